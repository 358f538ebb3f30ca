import type { Socket } from "node:net";

/** The first byte of a TLS connection: a handshake record. */
const TLS_HANDSHAKE = 0x16;

/**
 * Reads the first byte of a connection, which shows whether it is TLS, and puts it back. A connection that ends, fails
 * or sends nothing for `timeout` milliseconds is destroyed.
 */
export function recogniseTls(socket: Socket, timeout: number, then: (isTls: boolean) => void): void {
  const destroy = () => socket.destroy();
  const timer = setTimeout(destroy, timeout).unref();
  socket.on("error", destroy);
  socket.once("close", () => clearTimeout(timer));
  socket.once("readable", () => {
    const first: Buffer | null = socket.read(1);
    if (first === null) return destroy();
    clearTimeout(timer);
    socket.off("error", destroy);
    socket.unshift(first);
    then(first[0] === TLS_HANDSHAKE);
  });
}
