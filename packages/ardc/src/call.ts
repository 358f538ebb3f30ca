import {
  type AuthStrategy,
  decodeUtf8,
  HandleError,
  type HandleErrorCode,
  isHandleError,
  type Secret,
} from "@handlekit/core";
import type { Transport } from "@handlekit/transport";
import { type ArdcIdentifier, parseResponse, type ReadResponse } from "@handlekit/xml";
import { type ArdcSubject, failureOf, unknownOutcome, unreadable } from "./failures.ts";

/** One request to a service. */
export interface ServiceCall {
  /** Its name as it stands in the address. */
  readonly service: string;
  /** In the infinitive, for errors. */
  readonly operation: string;
  /** Its parameters, in their order. */
  readonly query: Readonly<Record<string, string>>;
  readonly handle?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Makes one request and gives what the service says, or throws what became of it. A change is sent once. */
export interface Caller {
  /** The handle in the answer, its values by ascending index. */
  one(call: ServiceCall): Promise<ArdcIdentifier>;
  /** The handles in the answer: one, several, and in a list none. */
  list(call: ServiceCall): Promise<readonly string[]>;
}

/** What a caller is made from. */
export interface CallerOptions {
  readonly url: string;
  readonly strategy: AuthStrategy | undefined;
  readonly transport: Pick<Transport, "send">;
  /** Taken out of whatever the service says, should it repeat it. */
  readonly secret: Secret | undefined;
}

const ANONYMOUS: readonly string[] = ["getHandle"];
const READS: readonly string[] = ["getHandle", "listHandles", "getOwnerHandle"];
/** Failures after which the service may have got the request, unless they are retryable: then it was not sent. */
const UNANSWERED: readonly HandleErrorCode[] = [
  "timeout",
  "connection_failed",
  "protocol_error",
  "too_large",
];

/**
 * What makes the requests: anonymous ones by GET, all others by POST, parameters in the query, the identity left to
 * the strategy.
 */
export function createCaller({ url, strategy, transport, secret }: CallerOptions): Caller {
  const secretText = secret && decodeUtf8(secret.reveal());
  const hide = (text: string) => (secretText ? text.replaceAll(secretText, "[redacted]") : text);

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
    const parameters = new URLSearchParams(query).toString();
    const request = {
      method: anonymous ? "GET" : "POST",
      url: `${url}/${service}${parameters === "" ? "" : `?${parameters}`}`,
      headers: { accept: "application/xml" },
    };
    const using = anonymous || strategy === undefined ? {} : { strategy };
    const response = await transport
      .send(request, { ...using, repeatable: !subject.write, ...(signal ? { signal } : {}) })
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
    one: (what) =>
      call(what, ({ identifier }) => {
        const properties = identifier?.properties.toSorted((a, b) => a.index - b.index);
        return identifier && properties && { handle: identifier.handle, properties };
      }),
    list: (what) =>
      call(what, ({ identifier, identifiers }) => {
        if (identifiers !== undefined) return identifiers;
        if (identifier !== undefined) return [identifier.handle];
        return what.service === "listHandles" ? [] : undefined;
      }),
  };
}
