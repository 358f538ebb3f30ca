import { type AuthStrategy, HandleError, type HandleErrorCode, isHandleError } from "@handlekit/core";
import type { Transport } from "@handlekit/transport";
import { type ArdcIdentifier, parseResponse, type ReadResponse } from "@handlekit/xml";
import { type ArdcSubject, failureOf, unknownOutcome, unreadable } from "./failures.ts";

/** Options of every call. */
export interface CallOptions {
  /** Aborts the call. A change may have been carried out all the same. */
  readonly signal?: AbortSignal | undefined;
}

/** One request to a service. */
export interface ServiceCall {
  /** The name of the service as it stands in the address. */
  readonly service: string;
  /** The operation in the infinitive, for errors. */
  readonly operation: string;
  /** The query parameters, in order. Those that are undefined are left out. */
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly handle?: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Sends requests and returns the service's result, or throws the error it stands for. A change is sent once. */
export interface Caller {
  /** Resolves to the handle in the answer, its values by ascending index. */
  one(call: ServiceCall): Promise<ArdcIdentifier>;
  /** Resolves to the handles in the answer; for a list they may be none. */
  list(call: ServiceCall): Promise<readonly string[]>;
}

/** Options of {@link createCaller}. */
export interface CallerOptions {
  readonly url: string;
  readonly strategy: AuthStrategy | undefined;
  readonly transport: Pick<Transport, "send">;
  /** The shared secret, which is redacted in texts of the service. */
  readonly secret: string | undefined;
}

const ANONYMOUS: readonly string[] = ["getHandle"];
const READS: readonly string[] = ["getHandle", "listHandles", "getOwnerHandle"];
/** Failures after which the service may have received the request, unless they are retryable: then it was not sent. */
const UNANSWERED: readonly HandleErrorCode[] = [
  "timeout",
  "connection_failed",
  "protocol_error",
  "too_large",
];

function formatQuery(query: ServiceCall["query"]): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

/** Creates a caller. It sends anonymous requests by GET and all others by POST, with the parameters in the query. */
export function createCaller({ url, strategy, transport, secret }: CallerOptions): Caller {
  const hide = (text: string) => (secret ? text.replaceAll(secret, "[redacted]") : text);

  async function call<T>(
    { service, operation, query, handle, signal }: ServiceCall,
    read: (answer: ReadResponse) => T | undefined,
  ): Promise<T> {
    const subject: ArdcSubject = {
      operation,
      handle,
      address: `${url}/${service}`,
      write: !READS.includes(service),
      findOut:
        service === "mint"
          ? "Do not mint again before looking for the handle by its value; mintOnce does that."
          : "Read the handle to see.",
      hide,
    };
    const anonymous = ANONYMOUS.includes(service);
    if (!anonymous && strategy === undefined) {
      throw new HandleError("authentication_failed", {
        message: `Could not ${operation}: no credentials were given.`,
        hint: "Give appId, identifier, authDomain and, unless this computer's address is registered, the shared secret.",
      });
    }
    const response = await transport
      .send(
        {
          method: anonymous ? "GET" : "POST",
          url: `${url}/${service}${formatQuery(query)}`,
          headers: { accept: "application/xml" },
        },
        {
          strategy: anonymous ? undefined : strategy,
          signal,
          repeatable: !subject.write,
        },
      )
      .catch((error: unknown) => {
        const unanswered = isHandleError(error) && UNANSWERED.includes(error.code) && !error.retryable;
        if (!subject.write || !unanswered) throw error;
        throw unknownOutcome(error.message, subject, error.status, error);
      });

    let answer: ReadResponse;
    try {
      answer = parseResponse(response.body ?? new Uint8Array());
    } catch (error) {
      if (!isHandleError(error)) throw error;
      const type = /^[\w.+-]+\/[\w.+-]+/.exec(response.headers["content-type"] ?? "")?.[0];
      throw unreadable(
        response,
        subject,
        `something other than the service's XML${type ? ` (${type})` : ""}`,
      );
    }
    if (answer.type === "failure") throw failureOf(answer.message, response.status, subject);
    const result = read(answer);
    if (result === undefined) throw unreadable(response, subject, "no handle in it");
    return result;
  }

  return {
    one: (request) =>
      call(request, ({ identifier }) => {
        const properties = identifier?.properties.toSorted((a, b) => a.index - b.index);
        return identifier && properties && { handle: identifier.handle, properties };
      }),
    list: (request) =>
      call(request, ({ identifier, identifiers }) => {
        if (identifiers !== undefined) return identifiers;
        if (identifier !== undefined) return [identifier.handle];
        return request.service === "listHandles" ? [] : undefined;
      }),
  };
}
