// The packages for browsers in a web page: scripts/lib/release/browser.mjs bundles it, and calls runChecks.
import { createBasicAuth } from "@handlekit/auth/basic";
import { createSecretKeySigner, createSessionAuth } from "@handlekit/auth/session";
import { exchange, isHandleError, parseHandle } from "@handlekit/core";
import {
  addLocation,
  chooseLocation,
  createLocations,
  formatLocations,
  parseLocations,
} from "@handlekit/loc";
import { buildRequest, parseRequest } from "@handlekit/xml";

/** @param {import("@handlekit/core").WireRequest} request */
async function send({ method, url, headers, body }) {
  const answer = await fetch(url, { method, headers: { ...headers }, ...(body && { body: body.slice() }) });
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: new Uint8Array(await answer.arrayBuffer()),
  };
}

/** @typedef {{ origin: string, identity: string, password: string }} Server */

/** @type {Readonly<Record<string, (server: Server) => unknown>>} true if it works */
const checks = {
  core() {
    const { prefix, suffix } = parseHandle("hdl:20.500.12345/ü");
    try {
      parseHandle("no slash");
    } catch (error) {
      return isHandleError(error) && error.code === "invalid_handle" && prefix + suffix === "20.500.12345ü";
    }
  },
  loc() {
    const one = addLocation(createLocations(), "https://example.org/a?b&c", { country: "de" });
    return (
      chooseLocation(parseLocations(formatLocations(one)), { country: "de" })?.url ===
      "https://example.org/a?b&c"
    );
  },
  xml() {
    const text = buildRequest({
      name: "mint",
      properties: { appId: "a", identifier: "O'Neil & Co", authDomain: "x" },
    });
    return parseRequest(text).properties.identifier === "O'Neil & Co";
  },
  async "auth/session"({ origin, identity, password }) {
    const signer = createSecretKeySigner({ secret: password, alg: "HMAC-SHA256" });
    const strategy = createSessionAuth({ identity, signer, origins: [origin] });
    const url = `${origin}/api/sessions/this`;
    const { status, body } = await exchange(strategy, { method: "GET", url, headers: {} }, { send });
    await strategy.close?.();
    return status === 200 && JSON.parse(new TextDecoder().decode(body)).authenticated === true;
  },
  async "auth/basic"({ origin, identity, password }) {
    const strategy = createBasicAuth({ identity, password, origins: [origin] });
    const [, handle = ""] = identity.split(":");
    const url = `${origin}/api/handles/${handle}?index=300`;
    const { body } = await exchange(strategy, { method: "GET", url, headers: {} }, { send });
    return JSON.parse(new TextDecoder().decode(body)).values[0].type === "HS_SECKEY";
  },
};

/**
 * @param {Server} server
 * @returns {Promise<Record<string, string>>} by the name of each check, "ok" or what went wrong
 */
async function runChecks(server) {
  const results = Object.entries(checks).map(async ([name, check]) => {
    try {
      return [name, (await check(server)) === true ? "ok" : "wrong"];
    } catch (error) {
      return [name, String(error)];
    }
  });
  return Object.fromEntries(await Promise.all(results));
}

Object.assign(globalThis, { runChecks });
