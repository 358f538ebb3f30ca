import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** More requests than this behind an unanswered one are not read from a connection that is in order. */
const MAX_WAITING = 64;

/** A request on its turn. */
type Run = () => void;

/** The requests of one connection. */
interface Line {
  /** The response that is being sent. */
  current: ServerResponse | undefined;
  readonly waiting: [ServerResponse, Run][];
  /** Begins the next request. A listener of the responses, which `this` is. */
  readonly next: (this: ServerResponse) => void;
}

/**
 * Creates a function that handles the requests of one connection one after the other: the next one begins when the
 * client has read the response to the last one, as far as the operating system does not hold it. `node:http` itself
 * begins all of them, so that the responses to a client that sends many and reads none would be in memory at once.
 *
 * While requests wait, the connection is not read. A connection on which more than 64 requests wait, which arrived in
 * one piece, is closed. Requests whose connection is closed are dropped.
 */
export function createTurns(): (message: IncomingMessage, out: ServerResponse, run: Run) => void {
  const lines = new WeakMap<Socket, Line>();

  const begin = (line: Line, out: ServerResponse, run: Run): void => {
    line.current = out;
    // "finish" comes when the response was sent, and "close" without it when the connection was closed before.
    out.on("finish", line.next);
    out.on("close", line.next);
    run();
  };

  const createLine = (socket: Socket): Line => {
    const line: Line = {
      current: undefined,
      waiting: [],
      next(this: ServerResponse) {
        if (line.current !== this) return;
        line.current = undefined;
        const following = socket.destroyed ? undefined : line.waiting.shift();
        if (following === undefined) return void line.waiting.splice(0);
        if (line.waiting.length === 0) socket.resume();
        begin(line, ...following);
      },
    };
    lines.set(socket, line);
    // node:http resumes a connection that it has paused itself, each time that a part of a response was sent.
    socket.on("resume", () => {
      if (line.waiting.length > 0) socket.pause();
    });
    return line;
  };

  return (message, out, run) => {
    const { socket } = message;
    if (socket.destroyed) return;
    const line = lines.get(socket) ?? createLine(socket);
    if (line.current === undefined) return begin(line, out, run);
    if (line.waiting.length >= MAX_WAITING) return void socket.destroy();
    line.waiting.push([out, run]);
    socket.pause();
  };
}
