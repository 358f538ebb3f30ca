import type { Server } from "node:http";
import { createServer, type Server as NetServer, type Socket } from "node:net";

/** The first byte of a TLS connection: a handshake record. */
const TLS_HANDSHAKE = 0x16;

/**
 * A server on one port in front of an HTTPS and an HTTP server: the first byte of a connection tells which it is for.
 *
 * @param patience how long a connection may stay silent, in milliseconds
 */
export function createOnePort(https: Server, http: Server, patience: number): NetServer {
  return createServer({ noDelay: true }, (socket: Socket) => {
    const give = () => socket.destroy();
    socket.setTimeout(patience, give);
    socket.on("error", give);
    socket.once("readable", () => {
      const first: Buffer | null = socket.read(1);
      if (first === null) return give();
      socket.setTimeout(0);
      socket.off("timeout", give).off("error", give);
      socket.unshift(first);
      (first[0] === TLS_HANDSHAKE ? https : http).emit("connection", socket);
    });
  });
}
