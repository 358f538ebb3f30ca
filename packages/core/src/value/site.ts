import { createByteReader, createByteWriter } from "../byte-fields.ts";
import { decodeBase64, encodeBase64 } from "../bytes.ts";
import { checkArgument, checkBytes } from "../check.ts";
import { invalidValue, isHandleError } from "../error.ts";
import { decodeSiteAddress, encodeSiteAddress } from "./ip-address.ts";
import { decodePublicKey, encodePublicKey } from "./public-key.ts";
import { readSite } from "./site-json.ts";
import type { Site, SiteInterface, SiteServer } from "./value.ts";

const PRIMARY = 0x80;
const MULTI_PRIMARY = 0x40;
const DEFAULT_HASH = 2;
const ADMIN = 1;
const QUERY = 2;
const PROTOCOLS = ["UDP", "TCP", "HTTP", "HTTPS"] as const;

function versionOf(text: string): readonly [major: number, minor: number] {
  const match = /^(\d{1,3})\.(\d{1,3})$/.exec(text);
  const [major, minor] = [Number(match?.[1] ?? 256), Number(match?.[2] ?? 256)];
  if (major > 255 || minor > 255) {
    throw invalidValue("The protocol version of a site is not of the form 2.11.");
  }
  return [major, minor];
}

function keyBytes(key: SiteServer["publicKey"]): Uint8Array {
  if (key === undefined) return new Uint8Array();
  if (key.format === "key") return encodePublicKey(key.value);
  const bytes = decodeBase64(key.value);
  if (bytes === undefined) throw invalidValue("The public key of the site is not base64.");
  return bytes;
}

/** Sites of old mirrors have servers with no key, or with one of another kind. */
function readKey(bytes: Uint8Array): NonNullable<SiteServer["publicKey"]> {
  try {
    if (bytes.length > 0) return { format: "key", value: decodePublicKey(bytes) };
  } catch (error) {
    if (!isHandleError(error, "invalid_value")) throw error;
  }
  return { format: "base64", value: encodeBase64(bytes) };
}

/**
 * Returns the bytes of an HS_SITE value.
 *
 * @throws HandleError `invalid_value` if a member is missing or malformed
 * @example
 * ```ts
 * encodeSite(decodeSite(value.data)); // the same bytes
 * ```
 * @see RFC 3651 section 3.2.2
 */
export function encodeSite(site: Site): Uint8Array<ArrayBuffer> {
  checkArgument("encodeSite", "site", site, ["object"]);
  return writeSite(readSite(site));
}

/** {@link encodeSite} of a site that {@link readSite} has checked. */
export function writeSite(site: Site): Uint8Array<ArrayBuffer> {
  const [major, minor] = versionOf(site.protocolVersion);
  const out = createByteWriter().uint16(site.version).uint8(major).uint8(minor).uint16(site.serialNumber);
  out.uint8((site.primarySite ? PRIMARY : 0) | (site.multiPrimary ? MULTI_PRIMARY : 0));
  out.uint8(site.hashOption ?? DEFAULT_HASH).bytes(site.hashFilter ?? "");
  out.int32(site.attributes.length);
  for (const { name, value } of site.attributes) out.bytes(name).bytes(value);
  out.int32(site.servers.length);
  for (const server of site.servers) {
    out.int32(server.serverId).raw(encodeSiteAddress(server.address));
    out.bytes(keyBytes(server.publicKey));
    out.int32(server.interfaces.length);
    for (const { query, admin, protocol, port } of server.interfaces) {
      const code = PROTOCOLS.indexOf(protocol);
      if (code < 0) throw invalidValue("The protocol of a site's interface is not UDP, TCP, HTTP or HTTPS.");
      out
        .uint8((admin ? ADMIN : 0) | (query ? QUERY : 0))
        .uint8(code)
        .int32(port);
    }
  }
  return out.finish();
}

function counted<T>(count: number, minBytes: number, remaining: number, read: () => T): T[] {
  if (count < 0 || count * minBytes > remaining) {
    throw invalidValue(`The HS_SITE value has a count of ${count} parts, but not that many bytes.`);
  }
  return Array.from({ length: count }, read);
}

/**
 * Decodes an HS_SITE value.
 *
 * @throws HandleError `invalid_value` if the bytes are not an HS_SITE value
 * @example
 * ```ts
 * decodeSite(value.data).servers[0]?.address; // "192.0.2.7"
 * ```
 * @see RFC 3651 section 3.2.2
 */
export function decodeSite(bytes: Uint8Array): Site {
  checkBytes("decodeSite", "bytes", bytes);
  const input = createByteReader(bytes, "HS_SITE value");
  const version = input.uint16();
  const protocolVersion = `${input.uint8()}.${input.uint8()}`;
  const serialNumber = input.uint16();
  const flags = input.uint8();
  const hashOption = input.uint8();
  const hashFilter = input.text();
  const attributes = counted(input.int32(), 8, input.remaining, () => ({
    name: input.text(),
    value: input.text(),
  }));
  const readInterface = (): SiteInterface => {
    const kind = input.uint8();
    const protocol = PROTOCOLS[input.uint8()];
    if (protocol === undefined) throw invalidValue("The HS_SITE value names an unknown protocol.");
    return { query: (kind & QUERY) !== 0, admin: (kind & ADMIN) !== 0, protocol, port: input.int32() };
  };
  const readServer = (): SiteServer => {
    const serverId = input.int32();
    const address = decodeSiteAddress(input.take(16));
    const key = input.bytes();
    const interfaces = counted(input.int32(), 6, input.remaining, readInterface);
    return { serverId, address, publicKey: readKey(key), interfaces };
  };
  const servers = counted(input.int32(), 28, input.remaining, readServer);
  if (input.remaining > 0) throw invalidValue(`The HS_SITE value has ${input.remaining} bytes too many.`);
  return {
    version,
    protocolVersion,
    serialNumber,
    primarySite: (flags & PRIMARY) !== 0,
    multiPrimary: (flags & MULTI_PRIMARY) !== 0,
    ...(hashOption === DEFAULT_HASH ? {} : { hashOption }),
    ...(hashFilter === "" ? {} : { hashFilter }),
    attributes,
    servers,
  };
}
