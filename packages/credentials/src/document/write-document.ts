import { decodeUtf8, formatReference, type Secret } from "@handlekit/core";
import type { CredentialDocument, DocumentLogin, ReverseLookup } from "../credentials.ts";
import { FIELD_NAMES, type FieldName, type TrustFields } from "../layer/fields.ts";
import { readLayer } from "../layer/layer.ts";
import { invalidCredentials } from "../report.ts";
import { buildDocument } from "./build-document.ts";
import { trustField } from "./trust.ts";

/** The content of a credentials file to be written: a document, or any part of one. */
export type DocumentToSave = {
  readonly [Name in Exclude<keyof CredentialDocument, "found" | "warnings">]?:
    | CredentialDocument[Name]
    | undefined;
};

/** The fields as they are written: true and false are not text. */
type Writable = Partial<Record<FieldName, string | boolean | readonly string[] | TrustFields | undefined>>;

function loginFields(login: DocumentLogin | undefined, text: (value: Secret) => string): Writable {
  if (login === undefined) return {};
  if (login.kind === "password") {
    return { username: formatReference(login.identity), password: text(login.password) };
  }
  const { certificateFile, keyFile, passphrase } = login;
  return {
    ...(certificateFile === keyFile
      ? { certificate_and_key: keyFile }
      : { private_key: keyFile, certificate_only: certificateFile }),
    passphrase: passphrase && text(passphrase),
  };
}

function verifyField(httpsVerify: DocumentToSave["httpsVerify"]): string | false | undefined {
  if (typeof httpsVerify === "object") return httpsVerify.caFile;
  return httpsVerify === false ? false : undefined;
}

/** Refuses the result of `loadCredentials`, which does not name its files: writing it would lose the login. */
function assertNamesFiles({ login, httpsVerify, trust }: DocumentToSave, source: string): void {
  const { certificateFile, keyFile }: { certificateFile?: unknown; keyFile?: unknown } = {
    ...(login?.kind === "certificate" ? login : { certificateFile: "", keyFile: "" }),
  };
  if (typeof certificateFile !== "string" || typeof keyFile !== "string") {
    throw invalidCredentials(
      source,
      "a certificate login without certificateFile and keyFile cannot be written",
      {
        hint: "Save the result of parseCredentials, which names the files; the result of loadCredentials has their content.",
      },
    );
  }
  const verify: { caFile?: unknown } = typeof httpsVerify === "object" ? httpsVerify : { caFile: "" };
  if (typeof verify.caFile !== "string") {
    throw invalidCredentials(source, "an httpsVerify without caFile cannot be written", {
      hint: "Name the CA file: { caFile }.",
    });
  }
  if (trust && "certificate" in trust) {
    throw invalidCredentials(source, "a trust with the certificate itself cannot be written", {
      hint: "Name its file, { certificateFile }, or give its { fingerprint }.",
    });
  }
}

/** Leaves out of a complete reverse look-up what a reader takes from the server and the login. */
function lookupFields(
  { baseUrl, urlExtension, username, password }: ReverseLookup,
  { server, login }: DocumentToSave,
  text: (value: Secret) => string,
): Writable {
  const user = login?.kind === "password" ? login : undefined;
  const whole = baseUrl !== undefined && username !== undefined && password !== undefined;
  const sameUrl = whole && baseUrl === server;
  const sameUser =
    whole &&
    user !== undefined &&
    username === formatReference(user.identity) &&
    text(password) === text(user.password);
  return {
    reverselookup_baseuri: sameUrl ? undefined : baseUrl,
    reverselookup_url_extension: urlExtension && `/${urlExtension}/`,
    reverselookup_username: sameUser ? undefined : username,
    reverselookup_password: sameUser ? undefined : password && text(password),
  };
}

function stringify(object: object, source: string): string {
  try {
    return `${JSON.stringify(object, null, 2)}\n`;
  } catch {
    throw invalidCredentials(source, "config contains a value that JSON cannot represent");
  }
}

/**
 * Returns the JSON text of a document, with B2HANDLE's names; the server is written under both of its names.
 *
 * @param source the name of the text in messages
 * @throws HandleError `invalid_credentials` when the text could not be read again
 */
export function writeDocument(document: DocumentToSave, source: string): string {
  const { server, prefix, handleOwner, reverseLookup, clientConfig = {}, ardc } = document;
  const text = (value: Secret): string => {
    const decoded = decodeUtf8(value.reveal());
    if (decoded === undefined)
      throw invalidCredentials(source, "a secret is not UTF-8 text, so JSON cannot contain it");
    return decoded;
  };
  assertNamesFiles(document, source);
  const { restApiUrlExtension: extension, adminPermissions, modifyAdmin } = clientConfig;
  const fields: Writable = {
    handle_server_url: server,
    baseuri: server,
    ...loginFields(document.login, text),
    HTTPS_verify: verifyField(document.httpsVerify),
    trust: trustField(document.trust),
    prefix,
    handleowner: handleOwner && formatReference(handleOwner),
    ...lookupFields(reverseLookup ?? {}, document, text),
    REST_API_url_extension: extension && `/${extension}/`,
    HS_ADMIN_permissions: adminPermissions,
    modify_HS_ADMIN: modifyAdmin,
    "10320LOC_chooseby": clientConfig.locChooseBy,
    allowed_search_keys: clientConfig.allowedSearchKeys,
    appId: ardc?.appId,
    sharedSecret: ardc?.sharedSecret && text(ardc.sharedSecret),
    identifier: ardc?.identifier,
    authDomain: ardc?.authDomain,
  };
  const others = Object.entries(document.config ?? {});
  const taken = FIELD_NAMES.find((name) => others.some(([key]) => key === name));
  if (taken !== undefined)
    throw invalidCredentials(
      source,
      `"${taken}" cannot be a key of config: the document has a member for it`,
    );
  const json = stringify(Object.fromEntries([...Object.entries(fields), ...others]), source);
  buildDocument([readLayer(json, source)]);
  return json;
}
