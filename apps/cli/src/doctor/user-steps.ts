import { X509Certificate } from "node:crypto";
import {
  decodePublicKey,
  encodeValue,
  foldCase,
  formatReference,
  type HandleValue,
  handleKey,
  hasType,
  isHandleError,
  type Login,
  prefixOf,
} from "@handlekit/core";
import { checkLogin } from "../check-login.ts";
import { explain } from "../why/explain.ts";
import { serverRecords } from "../why/record-source.ts";
import type { Examination } from "./context.ts";
import { type Finding, fault, faultOf, fine } from "./finding.ts";

/** True if the data of a value are the key of a certificate. Only RSA keys are compared. */
function hasKeyOf(value: HandleValue, certificate: X509Certificate): boolean {
  try {
    const key = decodePublicKey(encodeValue(value).data);
    const { n, e } = certificate.publicKey.export({ format: "jwk" });
    return key.kty === "RSA" && key.n === n && key.e === e;
  } catch (error) {
    if (isHandleError(error)) return false;
    throw error;
  }
}

function checkKey(
  values: readonly HandleValue[],
  login: Extract<Login, { kind: "certificate" }>,
  { handle, index }: NonNullable<Login["identity"]>,
): Finding & { readonly index?: number } {
  const at = values.filter((value) => index === 0 || value.index === index);
  const keys = at.filter(({ type }) => hasType(type, "HS_PUBKEY") || hasType(type, "HS_SITE"));
  const where = index === 0 ? handle : `index ${index} of ${handle}`;
  if (keys.length === 0) {
    const others = values.filter(({ type }) => hasType(type, "HS_PUBKEY")).map((value) => value.index);
    const there = at.length > 0 && index !== 0 ? ` There is a value of type ${at[0]?.type}.` : "";
    return fault(
      "no_key",
      `There is no HS_PUBKEY at ${where}, which the certificate names.${there}`,
      others.length > 0
        ? `The handle has HS_PUBKEY at ${others.join(", ")}: make a certificate for that index, or store the key at ${index}.`
        : "The public key of the certificate must be stored there, and be publicly readable.",
    );
  }
  const certificate = new X509Certificate(login.certificate);
  const rsa = certificate.publicKey.asymmetricKeyType === "rsa";
  const site = keys.some(({ type }) => hasType(type, "HS_SITE"));
  const match = keys.find((value) => hasKeyOf(value, certificate));
  if (match !== undefined)
    return { ...fine(`HS_PUBKEY at ${where} is the certificate's key`), index: match.index };
  if (!rsa || site) return fine("the key was not compared");
  return fault(
    "other_key",
    `The key of the certificate is not the HS_PUBKEY at ${where}.`,
    "The key pair was made anew, or the certificate is for another user. Store the certificate's public key there, or use the certificate that belongs to the stored key.",
  );
}

/** Looks the user up without logging in: the handle, and the key at its index. */
export async function checkUser(examination: Examination): Promise<Finding> {
  const { client, credentials, signal } = examination;
  const { login } = credentials;
  const identity = login?.identity;
  if (login === undefined || identity === undefined)
    return fault(
      "key_file",
      "The certificate of the login names no user.",
      "The UID or CN of its subject must be index:prefix/suffix, such as 301:20.500.12345/alice.",
    );
  const { handle, index } = identity;
  examination.user = identity;
  let values: readonly HandleValue[];
  try {
    values = (await client.read(handle, { signal })).values;
  } catch (error) {
    if (isHandleError(error, "handle_not_found"))
      return fault(
        "no_user",
        `There is no handle ${handle}, which is the user of the login.`,
        "Check the user name, index:prefix/suffix, and that this is its server.",
      );
    if (isHandleError(error, "prefix_not_served"))
      return fine(`${handle} is on another server; it is not checked`);
    return faultOf(error);
  }
  if (login.kind === "certificate") {
    const found = checkKey(values, login, identity);
    if (found.index !== undefined) examination.user = { handle, index: found.index };
    return found;
  }
  const value = values.find((each) => each.index === index);
  if (value !== undefined && !hasType(value.type, "HS_SECKEY"))
    return fault(
      "no_key",
      `The value at index ${index} of ${handle} is of type ${value.type}, and a password is an HS_SECKEY value.`,
      "Check the index in the user name; that of a password is usually 300.",
    );
  return fine(`${handle} exists`);
}

const LOGIN_HINTS = {
  password:
    "Check the password, and that the user is index:prefix/suffix with the index of its HS_SECKEY value (usually 300).",
  certificate:
    "The certificate must reach the server: no proxy may end TLS in front of it. hdl key show says whose certificate it is. A mirror or cache may take a while to see a new key.",
};

const RENEGOTIATION =
  "Other requests are answered, but not this one with a client certificate. A Handle.Net server asks for it by a TLS 1.2 renegotiation: it must allow TLS 1.2 and HTTP/1.1, and no proxy may end TLS in front of it. Or log in with a password.";

/** Logs in, and asks the server whom it has recognised. */
export async function checkUserLogin({ caller, credentials, signal }: Examination): Promise<Finding> {
  try {
    return fine(`the server accepts ${await checkLogin(caller, credentials, signal)}`);
  } catch (error) {
    if (!isHandleError(error)) throw error;
    const { kind = "password" } = credentials.login ?? {};
    const broken = ["timeout", "connection_failed", "tls_failed"].includes(error.code);
    if (kind === "certificate" && (broken || /renegotiat|HTTP 400/i.test(error.message)))
      return faultOf(error, "certificate_request", RENEGOTIATION);
    return error.code === "authentication_failed"
      ? faultOf(error, undefined, LOGIN_HINTS[kind])
      : faultOf(error);
  }
}

/** Asks whether the user may create handles, as `hdl why` does. */
export async function checkRights({ client, credentials, signal, user }: Examination): Promise<Finding> {
  if (user === undefined) return fine("the user is not known");
  const own = foldCase(user.handle).startsWith("0.NA/")
    ? user.handle.slice("0.NA/".length)
    : prefixOf(user.handle);
  const prefix = credentials.prefix ?? own;
  const source = serverRecords(client, true, signal);
  const { decision, change, unread } = await explain(user, `${prefix}/new`, { name: "create" }, source);
  const who = formatReference(user);
  if (decision.allowed) return fine(`${who} may create handles under ${prefix}`);
  if (unread.some(({ handle }) => handleKey(handle) === handleKey(decision.governedBy)))
    return fine(`not known: ${decision.governedBy} is on another server`);
  return fault(
    "rights",
    `${who} may not create handles under ${prefix}, unless it is a server administrator.`,
    `${change === undefined ? "" : `To grant it, ${change.text}. `}The whole reason: hdl why ${who} ${prefix}/new create`,
  );
}
