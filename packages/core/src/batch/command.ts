import type { ValueReference } from "../reference.ts";
import type { Secret } from "../secret.ts";
import type { HandleValueInput, ValueData } from "../value/value.ts";

/**
 * The data of a value in a batch: text, HS_ADMIN, HS_VLIST, or a file whose bytes GenericBatch stores. A path is
 * relative to where GenericBatch runs.
 */
export type BatchData =
  | Extract<ValueData, { readonly format: "string" | "admin" | "vlist" }>
  | { readonly file: string };

/** One value of a batch. */
export interface BatchValue {
  /** 1 to 2147483647. */
  readonly index: number;
  readonly type: string;
  readonly data: BatchData;
  /** Seconds. */
  readonly ttl: number;
  /** Admin read, admin write, public read, public write, as four binary digits. */
  readonly permissions: string;
}

/**
 * A value to be written to a batch: a value of the REST API, with its defaults, or one whose data are in a file. The
 * format cannot represent every value; see `formatBatch`.
 */
export interface BatchValueInput extends Omit<HandleValueInput, "data"> {
  readonly data: string | ValueData | { readonly file: string };
}

/** Creates a handle, or adds or replaces values of one. CREATE fails if the handle exists. */
export interface BatchWrite<Value = BatchValue> {
  readonly command: "CREATE" | "ADD" | "MODIFY";
  readonly handle: string;
  /** At least one. */
  readonly values: readonly Value[];
}

/** Removes values. */
export interface BatchRemove {
  readonly command: "REMOVE";
  readonly handle: string;
  /** At least one. */
  readonly indexes: readonly number[];
}

/** Deletes a handle. */
export interface BatchDelete {
  readonly command: "DELETE";
  readonly handle: string;
}

/** Makes a server responsible for prefixes (HOME), or ends its responsibility (UNHOME). */
export interface BatchHome {
  readonly command: "HOME" | "UNHOME";
  readonly server: {
    /** IPv4 or IPv6, as text without brackets. */
    readonly address: string;
    readonly port: number;
    readonly protocol: "tcp" | "udp" | "http";
  };
  /** Such as `0.NA/20.500.12345`. */
  readonly prefixHandles: readonly string[];
}

/** Authenticates the commands that follow, by a password or a private key in a file. */
export type BatchAuthenticate =
  | {
      readonly command: "AUTHENTICATE";
      readonly method: "SECKEY";
      readonly identity: ValueReference;
      readonly password: Secret;
    }
  | {
      readonly command: "AUTHENTICATE";
      readonly method: "PUBKEY";
      readonly identity: ValueReference;
      /** A private key in the format of Handle.Net. */
      readonly keyFile: string;
      readonly passphrase?: Secret | undefined;
    };

/** Configures the session of the Handle protocol in which the commands that follow are sent. */
export interface BatchSessionSetup {
  readonly command: "SESSIONSETUP";
  readonly useSession: boolean;
  /** Without exchange keys, client and server agree on one by Diffie-Hellman. */
  readonly publicExchangeKey?: { readonly file: string } | ValueReference | undefined;
  readonly privateExchangeKey?:
    | { readonly file: string; readonly passphrase?: Secret | undefined }
    | undefined;
  readonly options?:
    | {
        readonly encrypt: boolean;
        readonly authenticate: boolean;
        /** Whether to answer challenges if no session can be set up. */
        readonly fallBack: boolean;
      }
    | undefined;
  readonly timeoutHours?: number | undefined;
}

/** One command of a batch. `Value` is the type of its values: as they were read, or as they may be written. */
export type BatchCommand<Value = BatchValue> =
  | BatchWrite<Value>
  | BatchRemove
  | BatchDelete
  | BatchHome
  | BatchAuthenticate
  | BatchSessionSetup;

/** The keyword of a command. */
export type CommandName = BatchCommand["command"];
