import { Agent as HttpAgent, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import type { HeaderLines, RecordedRequest, RecordedResponse } from "./recording.ts";

const PATIENCE_MS = 15_000;

/** A certificate and its key, as PEM. */
export interface ClientIdentity {
  readonly certificate: string;
  readonly key: string;
}

/** One connection to a server; requests go out one after the other. */
export interface Connection {
  /** Sends the target and the headers byte for byte, in their order. */
  send(request: RecordedRequest): Promise<RecordedResponse>;
  close(): void;
}

function pairs(flat: readonly string[]): HeaderLines {
  return flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? ""] as const] : []));
}

/** A connection over TLS is TLS 1.2, as the recorded ones were. */
export function connect(
  url: string,
  options: { readonly ca: string; readonly identity?: ClientIdentity },
): Connection {
  const { protocol, hostname, port } = new URL(url);
  const secure = protocol === "https:";
  const one = { keepAlive: true, maxSockets: 1 };
  const agent = secure
    ? new HttpsAgent({
        ...one,
        maxCachedSessions: 0,
        maxVersion: "TLSv1.2",
        ca: options.ca,
        cert: options.identity?.certificate,
        key: options.identity?.key,
      })
    : new HttpAgent(one);
  return {
    send({ method, target, headers, body }) {
      const bytes = Buffer.from(body);
      const length = bytes.length > 0 || method === "PUT" || method === "POST";
      const lines = [...headers.flat(), ...(length ? ["Content-Length", String(bytes.length)] : [])];
      return new Promise((resolve, reject) => {
        const sent = (secure ? requestHttps : requestHttp)(
          { agent, hostname, port, method, path: target, headers: lines },
          (message) => {
            const chunks: Buffer[] = [];
            message.on("data", (chunk: Buffer) => chunks.push(chunk));
            message.on("error", reject);
            message.on("end", () => {
              const text = Buffer.concat(chunks).toString("utf8");
              resolve({ status: message.statusCode ?? 0, headers: pairs(message.rawHeaders), body: text });
            });
          },
        );
        sent.setTimeout(PATIENCE_MS, () => sent.destroy(new Error("no answer")));
        sent.on("error", reject);
        sent.end(bytes);
      });
    },
    close: () => agent.destroy(),
  };
}
