import { X509Certificate } from "node:crypto";
import type { DetailedPeerCertificate } from "node:tls";
import { parseChallenges } from "@handlekit/auth/wire";
import { foldCase, isHandleError, prefixOf, type WireResponse } from "@handlekit/core";
import { describeCertificate, fingerprintOf, isSelfIssued, issuerOf } from "./certificate-text.ts";
import { ask, type Examination, jsonOf } from "./context.ts";
import { type Finding, fault, faultOf, fine } from "./finding.ts";
import { makeHandshake } from "./probe.ts";

/** Makes TLS handshakes, and looks at the certificate. */
export async function checkHandshake(examination: Examination): Promise<Finding> {
  const { place, credentials } = examination;
  const found = await makeHandshake(place);
  if ("ok" in found) return found;
  examination.handshake = found;
  if (credentials.login?.kind === "certificate") {
    const older = await makeHandshake(place, "TLSv1.2");
    if ("ok" in older) return older;
  }
  return fine(`${found.protocol}; the certificate is that of ${describeCertificate(found.certificate)}`);
}

/**
 * Says who signed a certificate that is not trusted, and whether the server sends the certificate of its signer.
 *
 * @param isPinned true if another certificate is trusted, whoever signed it
 */
function describeSigner(certificate: DetailedPeerCertificate, isPinned: boolean): string {
  if (isSelfIssued(certificate)) return "It is signed by itself, as is usual for handle servers.";
  const signer = issuerOf(certificate);
  if (isPinned) return `It is signed by ${signer}.`;
  if (certificate.issuerCertificate !== undefined)
    return `It is signed by ${signer}, whose certificate the server sends too, but no CA of that chain is trusted here.`;
  return `It is signed by ${signer}, whose certificate the server does not send. If ${signer} is an intermediate CA, the server's administrator must add its certificate to that of the server; if it is a CA of its own, it is not trusted here.`;
}

/** Adds to an error about the certificate what the certificate says. */
function explainTrust(error: unknown, { handshake }: Examination): Finding {
  const certificate = handshake?.certificate;
  if (certificate === undefined || !isHandleError(error)) return faultOf(error);
  if (error.code === "tls_expired") {
    const now = new Date();
    const [from, to] = [new Date(certificate.valid_from), new Date(certificate.valid_to)];
    const what =
      now > to ? `has expired at ${to.toISOString()}` : `is not valid before ${from.toISOString()}`;
    const hint = `This computer's clock says ${now.toISOString()}. If that is right, the server needs a new certificate${isSelfIssued(certificate) ? "" : ", or a newer one of its CA's"}.`;
    return fault("expired", `The server's certificate ${what}.`, hint);
  }
  if (error.code === "tls_untrusted") {
    const fingerprint = fingerprintOf(certificate);
    const shown = error.message.includes(fingerprint) ? "" : ` Its fingerprint is ${fingerprint}.`;
    const isPinned = error.message.includes("(trust.");
    const hint = `${describeSigner(certificate, isPinned)}${shown} Compare the fingerprint with what the server's administrator says; if it is the same, give it as --trust, or as trust in the credentials file. Or give the PEM file of the certificate or of its CA as --ca, or as HTTPS_verify.`;
    return faultOf(error, "untrusted", hint);
  }
  return faultOf(error);
}

/** Sends the first request, for the server's site: the certificate is verified, and the answer is that of a handle server. */
export async function checkSite(examination: Examination): Promise<Finding> {
  let response: WireResponse;
  try {
    response = await ask(examination, "/api/site");
  } catch (error) {
    return explainTrust(error, examination);
  }
  examination.site = response;
  const { site } = jsonOf(response);
  const { status } = response;
  if (status >= 500 || status === 429)
    return fault("server_failed", `The server answers with HTTP ${status}.`, "Its log may say why.");
  if (status !== 200 || typeof site !== "object" || site === null)
    return fault(
      "no_handle_api",
      `${examination.server}/api/site is not answered as a handle server does (HTTP ${status}).`,
      "Check the host, the port and the path of the address, and that the server's HTTP interface is on.",
    );
  const version = "protocolVersion" in site ? String(site.protocolVersion) : "unknown";
  return fine(`a handle server, protocol version ${version}`);
}

/** The RSA keys in the site, each as one text. */
function siteKeys(site: unknown): readonly string[] {
  if (typeof site !== "object" || site === null || !("servers" in site) || !Array.isArray(site.servers))
    return [];
  return site.servers.flatMap((server: unknown) => {
    const key: unknown = Object(Object(server).publicKey).value;
    const { n, e } = Object(key) as { n?: unknown; e?: unknown };
    return typeof n === "string" && typeof e === "string" ? [`${e}.${n}`] : [];
  });
}

/** Compares the key of the server's certificate with that in its HS_SITE. */
export function checkServerKey({ site, handshake }: Examination): Finding {
  const keys = site === undefined ? [] : siteKeys(jsonOf(site).site);
  if (keys.length === 0 || handshake === undefined) return fine("the site names no RSA key to compare with");
  const { certificate } = handshake;
  const { n, e } = new X509Certificate(certificate.raw).publicKey.export({ format: "jwk" });
  if (keys.includes(`${e}.${n}`)) return fine("the certificate has the key of HS_SITE");
  if (!isSelfIssued(certificate)) return fine("the certificate of a CA has another key than HS_SITE");
  return fault(
    "server_key",
    "The server's certificate is its own, but has another key than the server's HS_SITE.",
    "The server was given a new key and its HS_SITE was not changed, or this is not the server. Ask its administrator.",
    true,
  );
}

/** Seconds. */
const MAX_SKEW = 300;

/** Compares the clocks. */
export function checkClock({ site }: Examination): Finding {
  const date = Date.parse(site?.headers.date ?? "");
  if (Number.isNaN(date)) return fine("the server does not say the time");
  const skew = Math.round((date - Date.now()) / 1000);
  if (Math.abs(skew) <= MAX_SKEW) return fine("the clocks agree");
  return fault(
    "clock",
    `The server's clock is ${Math.abs(skew)} s ${skew > 0 ? "ahead of" : "behind"} this computer's.`,
    "Set the one that is wrong. Certificates and sessions expire too early or too late.",
    true,
  );
}

/** Asks for what needs a login, to see which logins the server offers. */
export async function checkAuthentication(examination: Examination): Promise<Finding> {
  const { login } = examination.credentials;
  const { handle } = login?.identity ?? { handle: "" };
  const prefix = foldCase(handle).startsWith("0.NA/") ? handle.slice("0.NA/".length) : prefixOf(handle);
  const response = await ask(
    examination,
    `/api/handles?prefix=${encodeURIComponent(prefix)}&page=0&pageSize=0`,
  );
  const { basic, handle: challenge } = parseChallenges(response.headers["www-authenticate"] ?? "");
  const offers = [...(basic ? ["Basic"] : []), ...(challenge ? ["Handle"] : [])].join(" and ");
  if (response.status === 403 && jsonOf(response).responseCode === 402)
    return fault(
      "no_authentication",
      "The server asks for a login, but offers none: it sees plain HTTP.",
      "A proxy ends TLS in front of it. A handle server accepts logins over TLS only: let the proxy pass TLS on, or connect to it over https.",
    );
  if (response.status !== 401) return fine(`not asked for (HTTP ${response.status})`);
  if (login?.kind === "password" && basic === undefined)
    return fault(
      "no_authentication",
      `The server offers ${offers === "" ? "no login" : offers}, and not Basic, with which hdl sends a password.`,
      "A proxy may have taken the header WWW-Authenticate out.",
      true,
    );
  return fine(`the server offers ${offers === "" ? "no challenge" : offers}`);
}

/** Opens a session and asks for it again. Behind several servers without a common memory it is lost. */
export async function checkSessions(examination: Examination): Promise<Finding> {
  const opened = await ask(examination, "/api/sessions", { method: "POST" });
  const { sessionId } = jsonOf(opened);
  if (opened.status !== 201 || typeof sessionId !== "string")
    return fine(`the server has no sessions (HTTP ${opened.status}); hdl needs none`);
  const headers = { authorization: `Handle sessionId="${sessionId.replace(/["\\]/g, "\\$&")}"` };
  const again = await ask(examination, "/api/sessions/this", { headers });
  if (again.status !== 200)
    return fault(
      "sessions",
      `A session is unknown to the server at the next request (HTTP ${again.status}).`,
      "Several servers may share the address: then each client must always reach the same one.",
      true,
    );
  await ask(examination, "/api/sessions/this", { method: "DELETE", headers });
  return fine("a session is kept");
}
