// The names that the examples in the README of service leave to their reader.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyInstance } from "fastify";
import type { Context as HonoContext } from "hono";
import type { Context as KoaContext } from "koa";

/** The methods of an app of Express, Koa and Hono that the examples call. */
interface App {
  use(path: string, listener: (request: IncomingMessage, response: ServerResponse) => void): void;
  use(middleware: (context: KoaContext) => void): void;
  all(path: string, handler: (context: HonoContext) => Promise<Response>): void;
}

export declare const app: App;
export declare const fastify: FastifyInstance;
