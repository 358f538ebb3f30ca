import {
  type AdminRecord,
  decodeBase64,
  type HandleValue,
  hasType,
  type PublicKeyJwk,
  permissionBits,
  permissionNames,
  type Site,
  type ValueReference,
} from "@handlekit/core";
import { isLocType, parseLocations } from "@handlekit/loc";
import { grouped, type Html, html, type Part } from "./html.ts";
import { type Links, outsideLink } from "./links.ts";

const LONG_TEXT = 600;
const SHOWN_BASE64 = 120;
/** A value with more is cut: the JSON has all of it. */
const MOST_ENTRIES = 1000;
const MOST_TEXT = 100_000;
/** Longer values are shown as text. */
const LONGEST_LOCATIONS = 100_000;

const count = (n: number, one: string): string => `${grouped(n)} ${one}${n === 1 ? "" : "s"}`;

/** Terms with what they stand for; those without anything are left out. */
function list(terms: readonly (readonly [string, Part])[]): Html {
  const filled = terms.filter(([, part]) => part !== undefined && part !== "");
  return html`<dl>${filled.map(([term, part]) => html`<dt>${term}</dt><dd>${part}</dd>`)}</dl>`;
}

function admin({ permissions, ...owner }: AdminRecord, links: Links): Html {
  const names = permissionNames(permissionBits(permissions));
  const words = names.map((name) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));
  return list([
    ["owner", links.reference(owner)],
    ["may", words.join(", ") || "nothing"],
  ]);
}

/** The length of a base64url number in bits, as it is told of keys. */
function bits(number: string): number {
  const bytes = decodeBase64(number) ?? new Uint8Array();
  return bytes.length === 0 ? 0 : bytes.length * 8 - Math.clz32(bytes[0] ?? 0) + 24;
}

function key(jwk: PublicKeyJwk): Html {
  const { kty, ...numbers } = jwk;
  const size = bits(jwk.kty === "RSA" ? jwk.n : jwk.p);
  const shown = Object.entries(numbers).map(
    ([name, number]) => [name, html`<span class="code">${number}</span>`] as const,
  );
  return html`<details><summary>${kty} public key, ${size} bits</summary>${list(shown)}</details>`;
}

function site(data: Site): Html {
  const kind = [data.primarySite ? "primary" : "mirror", data.multiPrimary ? "one of several primaries" : ""];
  const servers = data.servers.map((server) => {
    const ports = server.interfaces.map(({ protocol, port, query, admin: administers }) => {
      const does = [query ? "queries" : "", administers ? "administration" : ""].filter(Boolean);
      return html`<li>${protocol} ${port}${does.length === 0 ? "" : `: ${does.join(", ")}`}</li>`;
    });
    return list([
      ["server", `${server.serverId} at ${server.address}`],
      ["ports", ports.length === 0 ? undefined : html`<ul>${ports}</ul>`],
      ["key", server.publicKey?.format === "key" ? key(server.publicKey.value) : undefined],
    ]);
  });
  return html`${list([
    ["site", kind.filter(Boolean).join(", ")],
    ["serial", data.serialNumber],
    ["protocol", data.protocolVersion],
    ["hashed by", ["prefix", "suffix", "handle"][data.hashOption ?? 2] ?? data.hashOption],
    ["filter", data.hashFilter],
    ...data.attributes.map(({ name, value }) => [name, value] as const),
  ])}${servers}`;
}

/** The locations of a `10320/loc` value; undefined when there are none to show. */
function locations(text: string): Html | undefined {
  if (text.length > LONGEST_LOCATIONS) return undefined;
  const { chooseby, entries, problem } = parseLocations(text);
  if (entries.length === 0 || problem !== undefined) return undefined;
  const shown = entries.map(({ href = "", attributes }) => {
    const others = [...attributes].filter(([name]) => name !== "href");
    const note = others.map(([name, value]) => `${name}: ${value}`).join(", ");
    return html`<li><div dir="ltr">${outsideLink(href)}</div><div class="note">${note}</div></li>`;
  });
  const how = chooseby === undefined ? undefined : html`<div class="note">chosen by ${chooseby}</div>`;
  return html`<ul>${shown}</ul>${how}`;
}

/** Returns a text, or its beginning. */
function beginning(text: string): string {
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** The entries of a list of references, or the first of them. */
export function references(entries: readonly ValueReference[], links: Links): Html {
  const more = entries.length - MOST_ENTRIES;
  const items = entries
    .slice(0, MOST_ENTRIES)
    .map((reference) => html`<li>${links.reference(reference)}</li>`);
  return html`<ul>${items}${more > 0 ? html`<li>and ${grouped(more)} more</li>` : undefined}</ul>`;
}

function longText(text: string): Part {
  if (text.length <= LONG_TEXT) return text;
  const start = text.slice(0, LONG_TEXT / 4).replace(/[\ud800-\udbff]$/, "");
  return html`<details><summary>${start}… <span class="note">(${count(text.length, "character")})</span></summary>${beginning(text)}</details>`;
}

function text(type: string, value: string, links: Links): Part {
  if (hasType(type, "HS_ALIAS")) return links.handle(value);
  const structured = isLocType(type) ? locations(value) : undefined;
  return structured ?? html`<div class="text" dir="auto">${outsideLink(value, longText(value))}</div>`;
}

function binary(base64: string): Html {
  const size = decodeBase64(base64)?.length ?? 0;
  const shown = base64.length > SHOWN_BASE64 ? `${base64.slice(0, SHOWN_BASE64)}…` : base64;
  return html`<div class="note">${count(size, "byte")}, in base64</div><div class="code">${shown}</div>`;
}

/** The data of a value for people: structures are taken apart, addresses are links. */
export function valueData({ type, data }: HandleValue, links: Links): Part {
  switch (data.format) {
    case "admin":
      return admin(data.value, links);
    case "vlist":
      return references(data.value, links);
    case "key":
      return key(data.value);
    case "site":
      return site(data.value);
    case "base64":
      return binary(data.value);
    default:
      return text(type, data.value, links);
  }
}
