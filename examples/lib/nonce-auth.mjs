// An authentication strategy for a server that gives out nonces: each request has a MAC over the nonce, a number, the
// method, the path and the body, so that nobody can send it again or change it.
import { createHash, createHmac } from "node:crypto";

/**
 * @param {{ nonce: string, count: string, method: string, path: string, body: Uint8Array }} what
 * @param {Uint8Array} key
 */
export function requestMac({ nonce, count, method, path, body }, key) {
  const digest = createHash("sha256").update(body).digest("hex");
  return createHmac("sha256", key).update([nonce, count, method, path, digest].join("\n")).digest("hex");
}

/**
 * @param {{ keyId: string, key: Uint8Array, origins: string[] }} options
 * @returns {import("@handlekit/core").AuthStrategy}
 */
export function createNonceAuth({ keyId, key, origins }) {
  let nonce = "";
  let used = 0;
  return {
    scheme: "nonce",
    origins,
    authenticate(request) {
      let authorization = `Nonce id="${keyId}"`;
      if (nonce !== "") {
        const { method, url, body = new Uint8Array() } = request;
        const { pathname, search } = new URL(url);
        const count = String(++used);
        const mac = requestMac({ nonce, count, method, path: pathname + search, body }, key);
        authorization += `, nonce="${nonce}", count="${count}", mac="${mac}"`;
      }
      return { ...request, headers: { ...request.headers, authorization } };
    },
    settle(response, sent) {
      const given = /^Nonce nonce="([\w-]+)"/.exec(response.headers["www-authenticate"] ?? "")?.[1];
      if (response.status !== 401 || given === undefined) return "accept";
      // Of ten requests that were refused together, the first one changes the nonce for all of them.
      if (nonce === "" || sent.headers.authorization?.includes(nonce)) {
        nonce = given;
        used = 0;
      }
      return "resend";
    },
  };
}
