import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** More requests than this behind an unanswered one are not read from a connection that is in order. */
const MAX_WAITING = 64;

/** A request on its turn. */
type Run = () => void;

/**
 * Creates a function that handles the requests of one connection one after the other: the next one begins when the
 * client has read the response to the last one, as far as the operating system does not hold it. `node:http` itself
 * begins all of them, so that the responses to a client that sends many and reads none would be in memory at once.
 *
 * While requests wait, the connection is not read. A connection on which more than 64 requests wait, which arrived in
 * one piece, is closed. Requests whose connection is closed are dropped.
 */
export function createTurns(): (message: IncomingMessage, out: ServerResponse, run: Run) => void {
  const lines = new WeakMap<Socket, [ServerResponse, Run][]>();

  const begin = (socket: Socket, out: ServerResponse, run: Run): void => {
    let over = false;
    const next = () => {
      if (over) return;
      over = true;
      const line = lines.get(socket) ?? [];
      const [following, ...rest] = line;
      if (following === undefined || socket.destroyed) return void lines.delete(socket);
      lines.set(socket, rest);
      if (rest.length === 0) socket.resume();
      begin(socket, ...following);
    };
    out.once("finish", next).once("close", next);
    run();
  };

  return (message, out, run) => {
    const { socket } = message;
    if (socket.destroyed) return;
    const line = lines.get(socket);
    if (line === undefined) {
      lines.set(socket, []);
      return begin(socket, out, run);
    }
    if (line.length >= MAX_WAITING) return void socket.destroy();
    line.push([out, run]);
    socket.pause();
  };
}
