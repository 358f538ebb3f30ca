import type { ValueReference } from "../reference.ts";

/** What an HS_ADMIN value says: who (the owner) may do what. */
export interface AdminRecord {
  /** The owner's handle. */
  readonly handle: string;
  /** Where in it the owner's key or HS_VLIST stands; 0 for any key. */
  readonly index: number;
  /** Twelve binary digits, list handles first, add handle last; see {@link permissionBits}. */
  readonly permissions: string;
  /** True when the stored bytes end in two zero bytes, as servers up to version 7 wrote them. */
  readonly legacyByteLength?: boolean;
}

/** A public key as a JSON Web Key (RSA or DSA), numbers as base64url without padding. */
export type PublicKeyJwk =
  | { readonly kty: "RSA"; readonly n: string; readonly e: string }
  | { readonly kty: "DSA"; readonly y: string; readonly p: string; readonly q: string; readonly g: string };

/** How one server of a site can be reached. */
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
  readonly publicKey?: { readonly format: "key"; readonly value: PublicKeyJwk };
  readonly interfaces: readonly SiteInterface[];
}

/** What HS_SITE says: which servers are responsible for a prefix. */
export interface Site {
  readonly version: number;
  /** Such as "2.11". */
  readonly protocolVersion: string;
  readonly serialNumber: number;
  readonly primarySite: boolean;
  readonly multiPrimary: boolean;
  /** 0 by prefix, 1 by suffix, 2 by the whole handle. Default 2. */
  readonly hashOption?: number;
  readonly hashFilter?: string;
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

/** One value of a record, as the REST API shows it. */
export interface HandleValue {
  /** 1 to 2147483647, unique in the record. */
  readonly index: number;
  /** Such as `URL`, `EMAIL`, `HS_ADMIN` or another handle. */
  readonly type: string;
  readonly data: ValueData;
  /** How long a resolver may keep it: seconds, or an ISO 8601 time until which. Default 86400. */
  readonly ttl?: number | string;
  /** Admin read, admin write, public read, public write, as four binary digits. Default "1110". */
  readonly permissions?: string;
  /** When it was last changed, ISO 8601 in UTC with whole seconds; set by the server. */
  readonly timestamp?: string;
  readonly references?: readonly ValueReference[];
}

/** A value to be written: data may be a plain text, and everything but index, type and data has a default. */
export interface HandleValueInput extends Omit<HandleValue, "data" | "timestamp"> {
  readonly data: string | ValueData;
}

/** One value as a store holds it: the protocol's fields, data as bytes. */
export interface StoredValue {
  readonly index: number;
  readonly type: string;
  readonly data: Uint8Array;
  readonly ttlType: "relative" | "absolute";
  /** Seconds; for "absolute" since 1970. */
  readonly ttl: number;
  /** Four bits: 8 admin read, 4 admin write, 2 public read, 1 public write. */
  readonly permissions: number;
  /** Seconds since 1970; 0 when unknown. */
  readonly timestamp: number;
  readonly references: readonly ValueReference[];
}
