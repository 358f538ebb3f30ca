import { secret } from "@handlekit/core";
import type { ArdcCredentials, CredentialDocument } from "../credentials.ts";
import { type Group, type Layer, type Layers, layerOf } from "../layer/layer.ts";
import type { FieldName } from "../layer/read-fields.ts";
import { omitUndefined } from "../omit-undefined.ts";
import { listNames } from "../problem.ts";
import { checkText } from "./check-text.ts";
import { findKeys } from "./find-keys.ts";
import { readClientConfig } from "./read-client-config.ts";
import { readIdentity } from "./read-identity.ts";
import { readLogin } from "./read-login.ts";
import { readReverseLookup } from "./read-reverse-lookup.ts";
import { readServer } from "./read-server.ts";

/** What is taken whole from the first layer that has any of it. */
const SERVER: Group = ["handle_server_url", "baseuri"];
const LOGIN: Group = ["username", "password", "private_key", "certificate_only", "certificate_and_key"];
const APPLICATION: Group = ["appId", "sharedSecret"];
const OWNER: Group = ["identifier", "authDomain"];

/** A document, and which layer its login is from. */
export interface BuiltDocument {
  readonly document: CredentialDocument;
  readonly loginLayer: Layer;
}

function readHttpsVerify({ fields, source, reporter }: Layer): CredentialDocument["httpsVerify"] {
  const value = fields.HTTPS_verify;
  const word = typeof value === "string" ? value.toLowerCase() : value;
  if (word === undefined || word === true || word === "true") return true;
  if (word !== false && word !== "false") return { caFile: String(value) };
  reporter.warn(
    `TLS verification is OFF (HTTPS_verify is false in ${source}): anyone on the path can pose as the server and read the password. Give the server's CA file instead.`,
  );
  return false;
}

function readArdc(application: Layer, owner: Layer): ArdcCredentials | undefined {
  const { appId, sharedSecret } = application.fields;
  const { identifier, authDomain } = owner.fields;
  if ([appId, sharedSecret, identifier, authDomain].every((value) => value === undefined)) return undefined;
  return omitUndefined({
    appId,
    sharedSecret: sharedSecret === undefined ? undefined : secret(sharedSecret),
    identifier,
    authDomain,
  });
}

/** An address is the same with a slash at its end. */
const withoutSlash = (value: unknown) => (typeof value === "string" ? value.replace(/\/+$/, "") : value);

/** Says of each later layer what of it is not used, and returns those fields. */
function warnOfLater(layers: Layers): ReadonlyMap<Layer, readonly FieldName[]> {
  const unused = new Map<Layer, FieldName[]>();
  for (const group of [SERVER, LOGIN, APPLICATION, OWNER]) {
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
        `${names} ${other.length === 1 ? "is" : "are"} ignored: ${chosen.source} goes first`,
      );
    }
  }
  return unused;
}

/**
 * Makes the document of one or more layers; an earlier layer goes before a later one.
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
    own.reporter.warn(`"${field}" is ignored: the login is not of ${own.source}`, field);
  }
  const httpsVerify = readHttpsVerify(own);
  const { lookup, borrowed } = readReverseLookup(own, loginLayer, server);
  const clientConfig = readClientConfig(own);
  const document = omitUndefined({
    server,
    login,
    httpsVerify,
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
  return { document, loginLayer };
}
