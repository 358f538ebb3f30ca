import {
  encodeUtf8,
  formatReference,
  HandleError,
  type HandleValueInput,
  isHandleError,
  type WireResponse,
} from "@handlekit/core";
import type { ClientSettings } from "../settings.ts";
import { isBusy, type Subject, secondsToWait } from "./failures.ts";
import { readAnswer, type SuccessAnswer } from "./response.ts";
import { recordUrl } from "./url.ts";

/** Query parameters in order; a name may be repeated. */
export type Query = readonly (readonly [name: string, value: string])[];

/** Options of every call. */
export interface CallOptions {
  /** Aborts the call, which then rejects at once with `aborted`. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of every call, and what a bulk run adds. */
export interface CallHints extends CallOptions {
  /**
   * Called each time the server answers that it is busy.
   *
   * @param limited true if it refuses requests (429) for a time that the transport did not wait
   */
  readonly onBusy?: ((limited: boolean) => void) | undefined;
}

/** Finds out whether a write was carried out, after an attempt without a clear answer. */
export type Settlement = (error: HandleError) => Promise<SuccessAnswer | "not done" | "unknown">;

/** One request to the API about one handle. */
export interface Call extends CallHints {
  /** In the infinitive, for errors. */
  readonly operation: string;
  readonly method: "GET" | "PUT" | "DELETE";
  readonly handle: string;
  /** True if the server generates the handle. Default false. */
  readonly minting?: boolean | undefined;
  readonly query?: Query | undefined;
  readonly values?: readonly HandleValueInput[] | undefined;
  /** Whether it is sent with the login. */
  readonly login: boolean;
  /** Whether it can be repeated without harm. Default true. */
  readonly repeatable?: boolean | undefined;
  readonly ifMatch?: string | undefined;
  /** True if the same write may have been carried out before. Default false. */
  readonly maybeDone?: boolean | undefined;
  readonly settle?: Settlement | undefined;
}

/** Sends calls to the server. */
export interface Connection {
  send(call: Call): Promise<SuccessAnswer>;
  /** Sends a GET with the login to any address of the server. */
  request(url: string, subject: Subject, signal: AbortSignal | undefined): Promise<WireResponse>;
}

function noCredentials(operation: string, handle: string): HandleError {
  return new HandleError("authentication_failed", {
    message: `Could not ${operation} ${handle}: no credentials were given.`,
    hint: "Give a credentials file with a user and password, or with a certificate and its key.",
    handle,
  });
}

/** Returns true if there was no answer, or only a gateway's: the server may still be carrying out the request. */
function isPending({ code, status }: HandleError): boolean {
  return code === "timeout" || code === "connection_failed" || status === 502 || status === 504;
}

/** Returns true for an answer that does not say whether the write was carried out. */
function isUnclear({ code, status = 200 }: HandleError): boolean {
  if (code === "server_error") return true;
  return (code === "protocol_error" || code === "too_large") && (status === 200 || status === 201);
}

/** Returns true for an answer by which the server refuses the write for good. */
function isRefusal({ status = 0 }: HandleError): boolean {
  return status >= 300 && status < 500 && !isBusy(status);
}

function outcomeUnknown(error: HandleError, handle: string): HandleError {
  return new HandleError("outcome_unknown", {
    message: `It is not known whether ${handle} was changed. ${error.message}`,
    hint: "Read the record to see whether it was; then decide whether to try again.",
    handle,
    cause: error,
  });
}

/** Creates a connection on the transport of the settings. */
export function createConnection({ server, apiPath, strategy, transport }: ClientSettings): Connection {
  const using = (operation: string, handle: string, login: boolean) => {
    if (login && strategy === undefined) throw noCredentials(operation, handle);
    return login ? strategy : undefined;
  };

  return {
    async send(call) {
      const { operation, method, handle, query, values, login, signal, ifMatch, repeatable = true } = call;
      const who = using(operation, handle, login);
      let unknown = call.maybeDone ?? false;
      let limited = false;
      try {
        const response = await transport.send(
          {
            method,
            url: recordUrl(`${server}${apiPath}`, handle, query),
            headers: {
              accept: "application/json",
              ...(values ? { "content-type": "application/json" } : {}),
              ...(ifMatch === undefined ? {} : { "if-match": ifMatch }),
            },
            body: values && encodeUtf8(JSON.stringify({ values })),
          },
          {
            strategy: who,
            signal,
            repeatable,
            onRepeat: ({ outcomeUnknown: maybe, status }) => {
              unknown ||= maybe;
              if (isBusy(status)) call.onBusy?.(false);
            },
          },
        );
        limited = response.status === 429 && (secondsToWait(response) ?? 0) > 0;
        const identity = who?.identity && formatReference(who.identity);
        const { minting } = call;
        return readAnswer(response, { operation, handle, minting, scheme: who?.scheme, identity });
      } catch (error) {
        if (!isHandleError(error)) throw error;
        if (isBusy(error.status)) call.onBusy?.(limited);
        unknown ||= isPending(error);
        if (method === "GET" || error.code === "aborted" || !(unknown || isUnclear(error))) throw error;
        const settled = (await call.settle?.(error)) ?? "unknown";
        if (typeof settled === "object") return settled;
        const surely = settled === "not done" && (isRefusal(error) || !unknown);
        throw surely ? error : outcomeUnknown(error, handle);
      }
    },
    async request(url, { operation, handle }, signal) {
      const headers = { accept: "application/json" };
      const who = using(operation, handle, true);
      return transport.send({ method: "GET", url, headers }, { strategy: who, signal });
    },
  };
}
