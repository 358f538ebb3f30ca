import { hasLoneSurrogate, printable } from "@handlekit/core";
import type { CredentialDocument, FoundKey } from "../credentials.ts";
import { FIELD_NAMES, type FieldName, type Fields, SECRET_FIELDS } from "../layer/fields.ts";
import { type Group, type Layer, type Layers, layerOf } from "../layer/layer.ts";
import { listNames, omitUndefined } from "../report.ts";
import { readIdentity, readLogin } from "./login.ts";
import { readReverseLookup, readServer } from "./server.ts";
import { readArdc, readClientConfig, readHttpsVerify } from "./settings.ts";
import { readTrust, showTrust, trustFile } from "./trust.ts";

/** The groups of fields that are taken together from the first layer that has any of them. */
const SERVER: Group = ["handle_server_url", "baseuri"];
const LOGIN: Group = ["username", "password", "private_key", "certificate_only", "certificate_and_key"];
const TRUST: Group = ["HTTPS_verify", "trust"];
const APPLICATION: Group = ["appId", "sharedSecret"];
const OWNER: Group = ["identifier", "authDomain"];

/** A document, and the layers of its login and of what it trusts. */
export interface BuiltDocument {
  readonly document: CredentialDocument;
  readonly loginLayer: Layer;
  readonly trustLayer: Layer;
}

const PATH_FIELDS = ["private_key", "certificate_only", "certificate_and_key", "HTTPS_verify"] as const;
/** PEM text, or the base64 of a key, in the place of a path: it must not be part of a message. */
const KEY_MATERIAL = /[\r\n]|-----|^MI[A-Za-z0-9+/=]{60,}$/;

/**
 * Refuses secrets that have no UTF-8 form, and key material in the place of a path.
 *
 * @param unread fields that are not used
 * @throws HandleError `invalid_credentials` naming the field
 */
function checkText({ fields, reporter }: Layer, unread: readonly FieldName[]): void {
  for (const field of SECRET_FIELDS.filter((name) => !unread.includes(name))) {
    if (hasLoneSurrogate(fields[field] ?? "")) {
      const name = reporter.name(field);
      throw reporter.fail(`"${name}" contains a lone surrogate, which has no UTF-8 form`, field);
    }
  }
  for (const field of PATH_FIELDS.filter((name) => !unread.includes(name))) {
    checkPath(reporter, field, fields[field]);
  }
}

/** @throws HandleError `invalid_credentials` naming the field */
function checkPath(reporter: Layer["reporter"], field: FieldName, path: string | undefined): void {
  if (path === undefined || !KEY_MATERIAL.test(path)) return;
  const name = reporter.name(field);
  throw reporter.fail(`"${name}" must be the path of a PEM file, not its content`, field);
}

/** The length to which an appId is shortened: some are the plain SHA-1 of the shared secret. */
const APP_ID_SHOWN = 8;

function shown(field: FieldName, value: Fields[FieldName]): string | undefined {
  if ((SECRET_FIELDS as readonly string[]).includes(field)) return undefined;
  if (field === "trust") return printable(showTrust(value as NonNullable<Fields["trust"]>));
  if (Array.isArray(value)) return value.length === 0 ? "every key" : printable(value.join(", "));
  const text = String(value);
  const start = Array.from(text).slice(0, APP_ID_SHOWN).join("");
  return field !== "appId" || start === text ? printable(text) : `${printable(start)}…`;
}

/**
 * Returns the known keys of a layer.
 *
 * @param unread fields that were not read, because another layer takes precedence
 * @param ignored fields that were read and are not used
 */
function findKeys(
  { fields, reporter }: Layer,
  { unread, ignored }: { readonly unread: readonly FieldName[]; readonly ignored: readonly FieldName[] },
): readonly FoundKey[] {
  return FIELD_NAMES.flatMap((key) => {
    const value = fields[key];
    if (value === undefined) return [];
    return omitUndefined({
      key,
      where: reporter.where(key),
      shown: unread.includes(key) ? undefined : shown(key, value),
      ignored: unread.includes(key) || ignored.includes(key) ? (true as const) : undefined,
    });
  });
}

/** Returns an address without slashes at its end, which make no difference. */
const withoutSlash = (value: unknown) => (typeof value === "string" ? value.replace(/\/+$/, "") : value);

/** Warns about the fields of each later layer that are not used, and returns those fields. */
function warnOfLater(layers: Layers): ReadonlyMap<Layer, readonly FieldName[]> {
  const unused = new Map<Layer, FieldName[]>();
  for (const group of [SERVER, LOGIN, TRUST, APPLICATION, OWNER]) {
    const chosen = layerOf(layers, group);
    for (const layer of layers.filter((other) => other !== chosen)) {
      const given = group.filter((name) => layer.fields[name] !== undefined);
      unused.set(layer, [...(unused.get(layer) ?? []), ...given]);
      // The server has two names in a document.
      const same = (name: FieldName) =>
        group === SERVER
          ? SERVER.some((own) => withoutSlash(chosen.fields[own]) === withoutSlash(layer.fields[name]))
          : chosen.fields[name] === layer.fields[name];
      const other = given.filter((name) => !same(name));
      if (other.length === 0) continue;
      const names = listNames(other.map(layer.reporter.name));
      layer.reporter.warn(
        `${names} ${other.length === 1 ? "is" : "are"} ignored: ${chosen.source} takes precedence`,
      );
    }
  }
  return unused;
}

/**
 * Creates the document of one or more layers. An earlier layer takes precedence over a later one.
 *
 * @throws HandleError `invalid_credentials` when a setting that is used is wrong
 */
export function buildDocument(layers: Layers): BuiltDocument {
  const [own] = layers;
  const unused = warnOfLater(layers);
  for (const layer of layers) checkText(layer, unused.get(layer) ?? []);
  const loginLayer = layerOf(layers, LOGIN);
  const server = readServer(layerOf(layers, SERVER));
  const identity = readIdentity(loginLayer, "username");
  const handleOwner = readIdentity(own, "handleowner");
  const { login, ignored } = readLogin(loginLayer, identity);
  const stray = own === loginLayer || own.fields.passphrase === undefined ? [] : (["passphrase"] as const);
  for (const field of stray) {
    own.reporter.warn(`"${field}" is ignored: the login is not from ${own.source}`, field);
  }
  const trustLayer = layerOf(layers, TRUST);
  const httpsVerify = readHttpsVerify(trustLayer);
  const trust = readTrust(trustLayer);
  checkPath(trustLayer.reporter, "trust", trustFile(trust));
  const { lookup, borrowed } = readReverseLookup(own, loginLayer, server);
  const clientConfig = readClientConfig(own);
  const document = omitUndefined({
    server,
    login,
    httpsVerify,
    trust,
    prefix: own.fields.prefix,
    handleOwner,
    reverseLookup: lookup,
    clientConfig,
    ardc: readArdc(layerOf(layers, APPLICATION), layerOf(layers, OWNER)),
    config: own.config,
    found: layers.flatMap((layer) =>
      findKeys(layer, {
        unread: unused.get(layer) ?? [],
        ignored: layer === loginLayer ? ignored.filter((name) => !borrowed.includes(name)) : stray,
      }),
    ),
    warnings: layers.flatMap(({ reporter }) => reporter.warnings),
  });
  return { document, loginLayer, trustLayer };
}
