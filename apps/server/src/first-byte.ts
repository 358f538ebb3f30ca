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

function destroy(this: Socket): void {
  this.destroy();
}

/**
 * Returns a function that reads the first byte of a connection, which shows whether it is TLS, puts it back and passes the
 * connection on. One that ends, fails or sends nothing in time is destroyed.
 *
 * A handshake takes a millisecond or more of the main thread. Many clients that connect at once begin theirs one in each
 * turn of the event loop, so that the requests on open connections wait for one handshake and not for all of them. A
 * client that sends its hello in pieces can get round this, with as many connections as an address may have.
 */
export function createFirstByteReader({
  timeout,
  toTls,
  toPlain,
}: FirstByteOptions): (socket: Socket) => void {
  const waiting = new Set<Socket>();
  let isTaken = false;

  function begin(socket: Socket): void {
    isTaken = true;
    setImmediate(() => {
      isTaken = false;
      for (const next of waiting) {
        waiting.delete(next);
        // "close" comes later in the turn in which a connection was reset.
        if (!next.destroyed) return begin(next);
      }
    });
    socket.off("error", destroy);
    toTls(socket);
  }

  return (socket) => {
    const timer = setTimeout(() => socket.destroy(), timeout).unref();
    socket.on("error", destroy);
    socket.once("close", () => {
      clearTimeout(timer);
      waiting.delete(socket);
    });
    socket.once("readable", () => {
      const first: Buffer | null = socket.read(1);
      if (first === null) return void socket.destroy();
      clearTimeout(timer);
      socket.unshift(first);
      if (first[0] !== TLS_HANDSHAKE) {
        socket.off("error", destroy);
        toPlain(socket);
      } else if (isTaken) waiting.add(socket);
      else begin(socket);
    });
  };
}
