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

/** One value as a batch has it. */
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
 * A value to be written to a batch: any value of the REST API, with its defaults, or one whose data are in a file.
 * A batch cannot hold every value; see `formatBatch`.
 */
export interface BatchValueInput extends Omit<HandleValueInput, "data"> {
  readonly data: string | ValueData | { readonly file: string };
}

/** Creates a handle, or adds or replaces values of one. CREATE fails when there is such a handle. */
export interface BatchWrite<Value = BatchValue> {
  readonly command: "CREATE" | "ADD" | "MODIFY";
  readonly handle: string;
  /** One or more. */
  readonly values: readonly Value[];
}

/** Removes values. */
export interface BatchRemove {
  readonly command: "REMOVE";
  readonly handle: string;
  /** One or more. */
  readonly indexes: readonly number[];
}

/** Deletes a handle. */
export interface BatchDelete {
  readonly command: "DELETE";
  readonly handle: string;
}

/** Makes a server responsible for prefixes, or ends that. */
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

/** Says who carries out the commands that follow, with a password or with a private key in a file. */
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
      readonly passphrase?: Secret;
    };

/** Says whether the commands that follow share a session of the Handle protocol, and of which kind. */
export interface BatchSessionSetup {
  readonly command: "SESSIONSETUP";
  readonly useSession: boolean;
  /** Without both exchange keys the two sides agree on one by Diffie-Hellman. */
  readonly publicExchangeKey?: { readonly file: string } | ValueReference;
  readonly privateExchangeKey?: { readonly file: string; readonly passphrase?: Secret };
  readonly options?: {
    readonly encrypt: boolean;
    readonly authenticate: boolean;
    /** Whether to answer challenges when no session can be made. */
    readonly fallBack: boolean;
  };
  readonly timeoutHours?: number;
}

/** One command of a batch. `Value` is what its values are: as they were read, or as they may be written. */
export type BatchCommand<Value = BatchValue> =
  | BatchWrite<Value>
  | BatchRemove
  | BatchDelete
  | BatchHome
  | BatchAuthenticate
  | BatchSessionSetup;

/** The first word of a command. */
export type CommandName = BatchCommand["command"];
