import type { Server } from "node:http";
import { createServer, type Server as NetServer, type Socket } from "node:net";

/** The first byte of a TLS connection: a handshake record. */
const TLS_HANDSHAKE = 0x16;

/**
 * Creates a server for HTTPS and HTTP on one port. The first byte of a connection shows which of them it uses.
 *
 * @param timeout the maximum time until the first byte, in milliseconds
 */
export function createOnePort(https: Server, http: Server, timeout: number): NetServer {
  return createServer({ noDelay: true }, (socket: Socket) => {
    const destroy = () => socket.destroy();
    socket.setTimeout(timeout, destroy);
    socket.on("error", destroy);
    socket.once("readable", () => {
      const first: Buffer | null = socket.read(1);
      if (first === null) return destroy();
      socket.setTimeout(0);
      socket.off("timeout", destroy).off("error", destroy);
      socket.unshift(first);
      (first[0] === TLS_HANDSHAKE ? https : http).emit("connection", socket);
    });
  });
}
