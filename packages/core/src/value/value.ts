import type { ValueReference } from "../reference.ts";

/** The data of an HS_ADMIN value: an administrator and its permissions. */
export interface AdminRecord {
  /** The administrator's handle. */
  readonly handle: string;
  /** The index of the administrator's key or HS_VLIST in that handle; 0 for any key. */
  readonly index: number;
  /** Twelve binary digits, list handles first, add handle last; see {@link permissionBits}. */
  readonly permissions: string;
  /** True if the stored bytes end in two zero bytes, which servers up to version 7 wrote. */
  readonly legacyByteLength?: boolean | undefined;
}

/** A public key as a JSON Web Key (RSA or DSA), numbers as base64url without padding. */
export type PublicKeyJwk =
  | { readonly kty: "RSA"; readonly n: string; readonly e: string }
  | { readonly kty: "DSA"; readonly y: string; readonly p: string; readonly q: string; readonly g: string };

/** An address at which a server of a site listens. */
export interface SiteInterface {
  readonly query: boolean;
  readonly admin: boolean;
  readonly protocol: "UDP" | "TCP" | "HTTP" | "HTTPS";
  readonly port: number;
}

/** One server of a site. */
export interface SiteServer {
  readonly serverId: number;
  /** IPv4 or IPv6, as text. */
  readonly address: string;
  /** As base64 if it is neither an RSA nor a DSA key; "" if the server has none. */
  readonly publicKey?:
    | { readonly format: "key"; readonly value: PublicKeyJwk }
    | { readonly format: "base64"; readonly value: string }
    | undefined;
  readonly interfaces: readonly SiteInterface[];
}

/** The data of an HS_SITE value: the servers that are responsible for a prefix. */
export interface Site {
  readonly version: number;
  /** Such as "2.11". */
  readonly protocolVersion: string;
  readonly serialNumber: number;
  readonly primarySite: boolean;
  readonly multiPrimary: boolean;
  /** 0 by prefix, 1 by suffix, 2 by the whole handle. Default 2. */
  readonly hashOption?: number | undefined;
  readonly hashFilter?: string | undefined;
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
  readonly servers: readonly SiteServer[];
}

/** The data of a handle value, in the formats of the REST API. */
export type ValueData =
  | { readonly format: "string"; readonly value: string }
  | { readonly format: "base64"; readonly value: string }
  | { readonly format: "hex"; readonly value: string }
  | { readonly format: "admin"; readonly value: AdminRecord }
  | { readonly format: "vlist"; readonly value: readonly ValueReference[] }
  | { readonly format: "key"; readonly value: PublicKeyJwk }
  | { readonly format: "site"; readonly value: Site };

/** One value of a record in the JSON of the REST API. */
export interface HandleValue {
  /** 1 to 2147483647, unique in the record. */
  readonly index: number;
  /** Such as `URL`, `EMAIL`, `HS_ADMIN` or another handle. */
  readonly type: string;
  readonly data: ValueData;
  /** How long a resolver may cache it: seconds, or until an ISO 8601 time. Default 86400. */
  readonly ttl?: number | string | undefined;
  /** Admin read, admin write, public read, public write, as four binary digits. Default "1110". */
  readonly permissions?: string | undefined;
  /** The time of the last change, ISO 8601 in UTC with whole seconds; set by the server. */
  readonly timestamp?: string | undefined;
  readonly references?: readonly ValueReference[] | undefined;
}

/** A value to be written: data may be a text, and everything except index, type and data has a default. */
export interface HandleValueInput extends Omit<HandleValue, "data" | "timestamp"> {
  readonly data: string | ValueData;
}

/** One value as a store keeps it: the fields of the Handle protocol, with data as bytes. */
export interface StoredValue {
  readonly index: number;
  readonly type: string;
  readonly data: Uint8Array;
  readonly ttlType: "relative" | "absolute";
  /** Seconds; for "absolute" since 1970. */
  readonly ttl: number;
  /** Four bits: 8 admin read, 4 admin write, 2 public read, 1 public write. */
  readonly permissions: number;
  /** Seconds since 1970; 0 if unknown. */
  readonly timestamp: number;
  readonly references: readonly ValueReference[];
}
