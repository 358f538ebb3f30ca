import { invalidValue } from "../error.ts";
import type { PublicKeyJwk, Site, SiteInterface, SiteServer } from "./value.ts";

type Members = Readonly<Record<string, unknown>>;

function members(value: unknown, what: string): Members {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Members;
  throw invalidValue(`The ${what} of the site is not an object.`);
}

function list(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw invalidValue(`The member ${what} of the site is not a list.`);
}

function integer(value: unknown, fallback: number, max: number, what: string): number {
  const number = value ?? fallback;
  if (typeof number === "number" && Number.isInteger(number) && number >= 0 && number <= max) return number;
  throw invalidValue(`The member ${what} of the site is not an integer from 0 to ${max}.`);
}

function text(value: unknown, what: string): string {
  if (typeof value === "string") return value;
  throw invalidValue(`The member ${what} of the site is missing or not a text.`);
}

function readInterface(value: unknown): SiteInterface {
  const { query, admin, protocol, port } = members(value, "interface");
  return {
    query: query === true,
    admin: admin === true,
    protocol: text(protocol, "protocol").toUpperCase() as SiteInterface["protocol"],
    port: integer(port, 0, 0x7fffffff, "port"),
  };
}

function readKey(given: unknown): SiteServer["publicKey"] {
  if (given === undefined || given === null) return undefined;
  const { format, value } = members(given, "public key");
  if (value === undefined) return undefined;
  if (typeof value === "string" && String(format).toLowerCase() === "base64") {
    return { format: "base64", value };
  }
  return { format: "key", value: members(value, "public key") as unknown as PublicKeyJwk };
}

function readServer(value: unknown): SiteServer {
  const { serverId, address, publicKey, interfaces } = members(value, "server");
  return {
    serverId: integer(serverId, 1, 0x7fffffff, "serverId"),
    address: text(address, "address"),
    publicKey: readKey(publicKey),
    interfaces: list(interfaces, "interfaces").map(readInterface),
  };
}

/** Reads attributes: a list of names and values, or an object whose members are texts or lists of texts. */
function readAttributes(value: unknown): Site["attributes"] {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([name, entry]) =>
      (Array.isArray(entry) ? entry : [entry]).map((one) => ({ name, value: text(one, "attribute") })),
    );
  }
  return list(value, "attributes").map((entry) => {
    const { name, value: content } = members(entry, "attribute");
    return { name: text(name, "attribute"), value: text(content, "attribute") };
  });
}

/**
 * Reads a site in the JSON of the REST API, with defaults for what is missing.
 *
 * @throws HandleError `invalid_value` that names the member
 */
export function readSite(value: unknown): Site {
  const site = members(value, "content");
  const filter = site.hashFilter;
  return {
    version: integer(site.version, 1, 0xffff, "version"),
    protocolVersion: text(site.protocolVersion ?? "2.11", "protocolVersion"),
    serialNumber: integer(site.serialNumber, 1, 0xffff, "serialNumber"),
    primarySite: site.primarySite === true,
    multiPrimary: site.multiPrimary === true,
    hashOption: integer(site.hashOption, 2, 255, "hashOption"),
    hashFilter: filter === undefined || filter === null ? undefined : text(filter, "hashFilter"),
    attributes: readAttributes(site.attributes),
    servers: list(site.servers, "servers").map(readServer),
  };
}
