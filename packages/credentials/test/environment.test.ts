import { decodeUtf8 } from "@handlekit/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readEnvironment } from "../src/mod.ts";
import { CANARY, leaks, printed, refusal } from "./canary.ts";

const messageOf = (environment: Record<string, string>) =>
  refusal(() => readEnvironment(environment)).message;

describe("readEnvironment", () => {
  it("HDL_SERVER, HDL_USERNAME, HDL_PASSWORD", () => {
    const document = readEnvironment({
      HDL_SERVER: "https://h.example:8000/",
      HDL_USERNAME: "300:foo/bar",
      HDL_PASSWORD: CANARY,
    });
    expect(document).toMatchObject({
      server: "https://h.example:8000",
      login: { kind: "password", identity: { index: 300, handle: "foo/bar" } },
      reverseLookup: { baseUrl: "https://h.example:8000", username: "300:foo/bar" },
      httpsVerify: true,
      warnings: [],
      found: [
        { key: "handle_server_url", where: "HDL_SERVER", shown: "https://h.example:8000/" },
        { key: "username", where: "HDL_USERNAME", shown: "300:foo/bar" },
        { key: "password", where: "HDL_PASSWORD" },
      ],
    });
    const { login } = document;
    expect(login?.kind === "password" && decodeUtf8(login.password.reveal()) === CANARY).toBe(true);
    expect(leaks(printed(document))).toBe(false);
  });

  it("HDL_PRIVATE_KEY and HDL_CERTIFICATE, or both in HDL_CERTIFICATE", () => {
    expect(readEnvironment({ HDL_PRIVATE_KEY: "k.pem", HDL_CERTIFICATE: "c.pem" }).login).toEqual({
      kind: "certificate",
      keyFile: "k.pem",
      certificateFile: "c.pem",
    });
    const both = { kind: "certificate", keyFile: "b.pem", certificateFile: "b.pem" };
    expect(readEnvironment({ HDL_CERTIFICATE: "b.pem" }).login).toEqual(both);
    expect(readEnvironment({ HDL_CERTIFICATE: "b.pem", HDL_PRIVATE_KEY: "" }).login).toEqual(both);
  });

  it("ARDC_APP_ID, ARDC_SHARED_SECRET, ARDC_IDENTIFIER, ARDC_AUTH_DOMAIN", () => {
    const { ardc } = readEnvironment({
      ARDC_APP_ID: "0123",
      ARDC_SHARED_SECRET: CANARY,
      ARDC_IDENTIFIER: "jane",
      ARDC_AUTH_DOMAIN: "example.org",
    });
    expect(ardc).toMatchObject({ appId: "0123", identifier: "jane", authDomain: "example.org" });
    expect(ardc?.sharedSecret && decodeUtf8(ardc.sharedSecret.reveal()) === CANARY).toBe(true);
  });

  it("ignores other variables, empty ones and undefined ones", () => {
    expect(
      readEnvironment({ PATH: CANARY, HDL_PASSWORD: "", HDL_USERNAME: undefined, username: CANARY }),
    ).toEqual({
      httpsVerify: true,
      clientConfig: {},
      config: {},
      found: [],
      warnings: [],
    });
  });

  it("prefers a certificate to a password, by the names of the variables", () => {
    const { login, warnings } = readEnvironment({
      HDL_USERNAME: "300:foo/bar",
      HDL_PASSWORD: CANARY,
      HDL_CERTIFICATE: "b.pem",
    });
    expect(login?.kind).toBe("certificate");
    expect(warnings).toEqual([
      'environment: "HDL_USERNAME" and "HDL_PASSWORD" are ignored: "HDL_CERTIFICATE" is used to log in',
    ]);
  });

  it.each([
    [{ HDL_USERNAME: "300:foo/bar" }, '"HDL_USERNAME" is given, but "HDL_PASSWORD" is missing'],
    [{ HDL_PASSWORD: CANARY }, '"HDL_PASSWORD" is given, but "HDL_USERNAME" is missing'],
    [{ HDL_PRIVATE_KEY: "k.pem" }, '"HDL_PRIVATE_KEY" is given, but "HDL_CERTIFICATE" is missing'],
    [{ HDL_SERVER: CANARY }, '"HDL_SERVER" is not an absolute http or https URL'],
    [
      { HDL_SERVER: `https://u:${CANARY}@h.example` },
      '"HDL_SERVER" must be the address of the server only, without a user, a password, "?" or "#"',
    ],
    [{ HDL_USERNAME: CANARY, HDL_PASSWORD: CANARY }, '"HDL_USERNAME" is not of the form index:prefix/suffix'],
    [
      { HDL_CERTIFICATE: `-----BEGIN ${CANARY}` },
      '"HDL_CERTIFICATE" must be the path of a PEM file, not its content',
    ],
    [
      { HDL_CERTIFICATE: "c.pem", HDL_PRIVATE_KEY: `a\n${CANARY}` },
      '"HDL_PRIVATE_KEY" must be the path of a PEM file, not its content',
    ],
    [
      { ARDC_SHARED_SECRET: "\ud800" },
      '"ARDC_SHARED_SECRET" contains a lone surrogate, which has no UTF-8 form',
    ],
  ])("refuses, and names the variable: %#", (environment, message) => {
    expect(messageOf(environment)).toBe(`environment: ${message}`);
  });

  it("throws only errors that show no value of a variable", () => {
    const names = ["HDL_SERVER", "HDL_USERNAME", "HDL_PASSWORD", "HDL_PRIVATE_KEY", "HDL_CERTIFICATE"];
    const value = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("300:foo/bar", "https://h.example", CANARY, `300:${CANARY}`, `https://${CANARY}:x`),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), value), (environment) => {
        try {
          readEnvironment(environment);
        } catch {
          refusal(() => readEnvironment(environment));
        }
      }),
      { numRuns: 500 },
    );
  });
});
