import { HandleError } from "../error.ts";
import type { PublicKeyJwk, Site, SiteInterface, SiteServer } from "./value.ts";

type Members = Readonly<Record<string, unknown>>;

function invalid(what: string): HandleError {
  return new HandleError("invalid_value", { message: `The site has no usable ${what}.` });
}

function members(value: unknown, what: string): Members {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(what);
  return value as Members;
}

function list(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid(what);
  return value;
}

function whole(value: unknown, preset: number, most: number, what: string): number {
  const number = value ?? preset;
  if (typeof number !== "number" || !Number.isInteger(number) || number < 0 || number > most)
    throw invalid(what);
  return number;
}

function text(value: unknown, what: string): string {
  if (typeof value !== "string") throw invalid(what);
  return value;
}

function readInterface(value: unknown): SiteInterface {
  const { query, admin, protocol, port } = members(value, "interface");
  return {
    query: query === true,
    admin: admin === true,
    protocol: text(protocol, "protocol").toUpperCase() as SiteInterface["protocol"],
    port: whole(port, 0, 0x7fffffff, "port"),
  };
}

function readServer(value: unknown): SiteServer {
  const { serverId, address, publicKey, interfaces } = members(value, "server");
  const key =
    publicKey === undefined || publicKey === null ? undefined : members(publicKey, "public key").value;
  return {
    serverId: whole(serverId, 1, 0x7fffffff, "serverId"),
    address: text(address, "address"),
    ...(key === undefined
      ? {}
      : { publicKey: { format: "key", value: members(key, "public key") as unknown as PublicKeyJwk } }),
    interfaces: list(interfaces, "interfaces").map(readInterface),
  };
}

/** Attributes are a list of names and values, or an object from name to a value or several. */
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
 * Reads the JSON of a site as a client writes it.
 *
 * @throws HandleError `invalid_value` that names the member
 */
export function readSite(value: unknown): Site {
  const site = members(value, "content");
  const filter = site.hashFilter;
  return {
    version: whole(site.version, 1, 0xffff, "version"),
    protocolVersion: text(site.protocolVersion ?? "2.11", "protocolVersion"),
    serialNumber: whole(site.serialNumber, 1, 0xffff, "serialNumber"),
    primarySite: site.primarySite === true,
    multiPrimary: site.multiPrimary === true,
    hashOption: whole(site.hashOption, 2, 255, "hashOption"),
    ...(filter === undefined || filter === null ? {} : { hashFilter: text(filter, "hashFilter") }),
    attributes: readAttributes(site.attributes),
    servers: list(site.servers, "servers").map(readServer),
  };
}
