import {
  encodeUtf8,
  formatReference,
  HandleError,
  type HandleValueInput,
  isHandleError,
  type WireResponse,
} from "@handlekit/core";
import { readAnswer, type Subject, type SuccessAnswer } from "./response.ts";
import type { ClientSettings } from "./settings.ts";
import { recordUrl } from "./url.ts";

/** Query parameters in order; a name may be repeated. */
export type Query = readonly (readonly [name: string, value: string])[];

/** What every call can be told. */
export interface CallHints {
  readonly signal?: AbortSignal | undefined;
  /** Told each time the server says that it is busy. */
  readonly onBusy?: (() => void) | undefined;
}

/** Finds out what became of a write when an attempt of it may have been carried out. */
export type Settlement = (error: HandleError) => Promise<SuccessAnswer | "not done" | "unknown">;

/** One request to the API about one handle. */
export interface Call extends CallHints {
  /** In the infinitive, for errors. */
  readonly operation: string;
  readonly method: "GET" | "PUT" | "DELETE";
  readonly handle: string;
  /** True when the server makes up the handle. Default false. */
  readonly minting?: boolean;
  readonly query?: Query;
  readonly values?: readonly HandleValueInput[];
  /** Whether it goes out with the login. */
  readonly login: boolean;
  /** Whether sending it again can do no harm. Default true. */
  readonly repeatable?: boolean;
  readonly ifMatch?: string | undefined;
  /** True when the same write may have been carried out before this call was made. Default false. */
  readonly maybeDone?: boolean | undefined;
  readonly settle?: Settlement;
}

/** Sends calls to the server. */
export interface ServerConnection {
  send(call: Call): Promise<SuccessAnswer>;
  /** A request to any other address of the server. */
  request(
    url: string,
    subject: Subject,
    login: boolean,
    signal: AbortSignal | undefined,
  ): Promise<WireResponse>;
}

/** What must be known before a write is tried. */
function noCredentials(operation: string, handle: string): HandleError {
  return new HandleError("authentication_failed", {
    message: `Could not ${operation} ${handle}: no credentials were given.`,
    hint: "Give a credentials file with a user and password, or with a certificate and its key.",
    handle,
  });
}

const isBusy = (status: number | undefined) => status === 429 || status === 503;

/** No answer, or that of a gateway: the server may be carrying it out still. */
function isUnderWay({ code, status }: HandleError): boolean {
  return code === "timeout" || code === "connection_failed" || status === 502 || status === 504;
}

/** An answer that does not say whether the write was carried out: an error of the server's, or one that cannot be read. */
function isUnclear({ code, status = 200 }: HandleError): boolean {
  if (code === "server_error") return true;
  return (code === "protocol_error" || code === "too_large") && (status === 200 || status === 201);
}

/** An answer by which the server will not do it, whenever it looks at it. */
function isRefusal({ status = 0 }: HandleError): boolean {
  return status >= 300 && status < 500 && !isBusy(status);
}

/** A write of which nobody knows whether it was carried out. */
function outcomeUnknown(error: HandleError, handle: string): HandleError {
  return new HandleError("outcome_unknown", {
    message: `It is not known whether ${handle} was changed. ${error.message}`,
    hint: "Read the record to see whether it was; then decide whether to do it again.",
    handle,
    cause: error,
  });
}

/** Sends calls through the transport of the settings and reads their answers. */
export function createConnection(settings: ClientSettings): ServerConnection {
  const { server, apiPath, strategy, transport } = settings;

  const using = (operation: string, handle: string, login: boolean) => {
    if (login && strategy === undefined) throw noCredentials(operation, handle);
    return login ? strategy : undefined;
  };

  return {
    async send(call) {
      const { operation, method, handle, query, values, login, signal, ifMatch, repeatable = true } = call;
      const who = using(operation, handle, login);
      let unknown = call.maybeDone ?? false;
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
            ...(values ? { body: encodeUtf8(JSON.stringify({ values })) } : {}),
          },
          {
            repeatable,
            onRepeat: ({ outcomeUnknown: maybe, status }) => {
              unknown ||= maybe;
              if (isBusy(status)) call.onBusy?.();
            },
            ...(who ? { strategy: who } : {}),
            ...(signal ? { signal } : {}),
          },
        );
        const identity = who?.identity && formatReference(who.identity);
        return readAnswer(response, {
          operation,
          handle,
          minting: call.minting,
          scheme: who?.scheme,
          identity,
        });
      } catch (error) {
        if (!isHandleError(error)) throw error;
        if (isBusy(error.status)) call.onBusy?.();
        unknown ||= isUnderWay(error);
        if (method === "GET" || error.code === "aborted" || !(unknown || isUnclear(error))) throw error;
        const settled = (await call.settle?.(error)) ?? "unknown";
        if (typeof settled === "object") return settled;
        const surely = settled === "not done" && (isRefusal(error) || !unknown);
        throw surely ? error : outcomeUnknown(error, handle);
      }
    },
    request(url, { operation, handle }, login, signal) {
      const who = using(operation, handle, login);
      const how = { ...(who ? { strategy: who } : {}), ...(signal ? { signal } : {}) };
      return transport.send({ method: "GET", url, headers: { accept: "application/json" } }, how);
    },
  };
}
