import type { Socket } from "node:net";

/** The first byte of a TLS connection: a handshake record. */
const TLS_HANDSHAKE = 0x16;

/** Options of {@link createFirstByteReader}. */
export interface FirstByteOptions {
  /** How long a connection may send nothing, in milliseconds. */
  readonly timeout: number;
  toTls(socket: Socket): void;
  toPlain(socket: Socket): void;
}

/**
 * Returns a function that reads the first byte of a connection, which shows whether it is TLS, puts it back and passes the
 * connection on. One that ends, fails or sends nothing in time is destroyed.
 *
 * A handshake takes a millisecond or more of the main thread. Many clients that connect at once begin theirs one in each
 * turn of the event loop, so that the requests on open connections wait for one handshake and not for all of them.
 */
export function createFirstByteReader({
  timeout,
  toTls,
  toPlain,
}: FirstByteOptions): (socket: Socket) => void {
  const waiting = new Set<() => void>();
  let isTaken = false;

  function takeTurn(handshake: () => void): void {
    isTaken = true;
    setImmediate(() => {
      isTaken = false;
      const [next] = waiting;
      if (next === undefined) return;
      waiting.delete(next);
      takeTurn(next);
    });
    handshake();
  }

  return (socket) => {
    const destroy = () => socket.destroy();
    const timer = setTimeout(destroy, timeout).unref();
    const handshake = () => {
      socket.off("error", destroy);
      toTls(socket);
    };
    socket.on("error", destroy);
    socket.once("close", () => {
      clearTimeout(timer);
      waiting.delete(handshake);
    });
    socket.once("readable", () => {
      const first: Buffer | null = socket.read(1);
      if (first === null) return destroy();
      clearTimeout(timer);
      socket.unshift(first);
      if (first[0] === TLS_HANDSHAKE) {
        if (isTaken) waiting.add(handshake);
        else takeTurn(handshake);
      } else {
        socket.off("error", destroy);
        toPlain(socket);
      }
    });
  };
}
