import type { IncomingMessage, OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Fault } from "./fault.ts";

/** A request and its response. */
export interface FaultyExchange {
  readonly message: IncomingMessage;
  readonly out: ServerResponse;
  /** Passes the request to the service, which responds on `out`. */
  serve(): void;
  /** Resets the connection. */
  reset(): void;
  /** Ends every session of the service. */
  forgetSessions(): void;
}

const JSON_TYPE = { "Content-Type": "application/json;charset=utf-8" };
const HTML_TYPE = { "Content-Type": "text/html;charset=utf-8" };
const BUSY = JSON.stringify({ responseCode: 3, message: "The server is too busy" });
const PAGE = "<!DOCTYPE html><title>Not the server</title><p>This is not the handle server.</p>\n";

const waiting = (retryAfter: number | string | undefined) =>
  retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) };

function answer(out: ServerResponse, status: number, headers: OutgoingHttpHeaders, body = ""): void {
  out.writeHead(status, { ...headers, "Content-Length": body.length }).end(body);
}

/** Passes the request to the service, and calls `handle` with the body instead of sending it. The head is set then. */
function interceptBody(
  { out, serve }: FaultyExchange,
  handle: (body: Uint8Array, send: (rest: Uint8Array) => void) => void,
): void {
  const end = out.end.bind(out);
  const intercepted = (body: Uint8Array | string = "", encoding: BufferEncoding = "utf8") => {
    handle(typeof body === "string" ? Buffer.from(body, encoding) : body, (rest) => end(rest));
    return out;
  };
  out.end = intercepted as typeof out.end;
  serve();
}

function serveWithStatus({ out, serve }: FaultyExchange, status: number): void {
  const writeHead = out.writeHead.bind(out);
  const withStatus = (_status: number, headers: OutgoingHttpHeader[]) => writeHead(status, headers);
  out.writeHead = withStatus as typeof out.writeHead;
  serve();
}

function halfClose(exchange: FaultyExchange): void {
  const { message, out } = exchange;
  interceptBody(exchange, (body) => {
    if (body.length === 0) message.socket.write("HTTP/1.1 ");
    else out.write(body.subarray(0, Math.floor(body.length / 2)));
    message.socket.end();
  });
}

function sendSlowly(exchange: FaultyExchange, pace: Iterable<unknown> | AsyncIterable<unknown>): void {
  const { out, reset } = exchange;
  interceptBody(exchange, (body, send) => {
    let sent = 0;
    const sendByte = () => {
      if (sent < body.length) out.write(body.subarray(sent, ++sent));
    };
    const sendAll = async () => {
      sendByte();
      for await (const _ of pace) {
        if (out.destroyed) return;
        sendByte();
      }
      send(body.subarray(sent));
    };
    sendAll().catch(reset);
  });
}

/** Injects a fault into one request. */
export function injectFault(fault: Fault, exchange: FaultyExchange): void {
  const { out, serve, reset, forgetSessions } = exchange;
  switch (fault.kind) {
    case "busy":
      answer(out, 503, { ...JSON_TYPE, ...waiting(fault.retryAfter) }, BUSY);
      return;
    case "too-many":
      answer(out, 429, waiting(fault.retryAfter));
      return;
    case "redirect":
      answer(out, fault.status ?? 302, { Location: fault.location });
      return;
    case "not-json":
      answer(out, 200, HTML_TYPE, PAGE);
      return;
    case "reset-before":
      reset();
      return;
    case "hang-before":
      return;
    case "expired-session":
      forgetSessions();
      serve();
      return;
    case "reset-after":
      interceptBody(exchange, reset);
      return;
    case "hang-after":
      interceptBody(exchange, () => {});
      return;
    case "half-close":
      halfClose(exchange);
      return;
    case "slow":
      sendSlowly(exchange, fault.pace);
      return;
    case "wrong-status":
      serveWithStatus(exchange, fault.status);
  }
}
