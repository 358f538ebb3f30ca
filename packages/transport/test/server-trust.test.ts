import { formatFingerprint, isHandleError, type ServerTrust } from "@handlekit/core";
import { createTransport } from "@handlekit/transport";
import fc from "fast-check";
import { expect, it } from "vitest";

const PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

/** Returns "accepted" or the code of the HandleError; anything else that is thrown fails the test. */
function outcome(trust: unknown): string {
  try {
    createTransport({ trust: trust as ServerTrust });
    return "accepted";
  } catch (error) {
    if (!isHandleError(error)) throw error;
    expect(error.message.includes("S3CR3T")).toBe(false);
    return error.code;
  }
}

it("accepts exactly one member with the text of its kind", () => {
  const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(formatFingerprint);
  fc.assert(
    fc.property(digest, (fingerprint) => {
      expect(outcome({ fingerprint })).toBe("accepted");
      expect(outcome({ fingerprint, certificate: PEM })).toBe("invalid_options");
      expect(outcome({ certificate: fingerprint })).toBe("invalid_options");
      expect(outcome({ publicKey: fingerprint })).toBe("invalid_options");
    }),
  );
  expect(outcome({ certificate: PEM })).toBe("accepted");
});

it("refuses everything else in words, and shows none of it", () => {
  const piece = fc.constantFrom(
    "S3CR3T",
    "-----BEGIN ",
    "PUBLIC KEY-----",
    "-----END ",
    "AAAAC1JTQV9QVUJfS0VZ",
    "\n",
    "=",
  );
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(piece).map((pieces) => pieces.join("")),
    fc.base64String(),
  );
  const member = fc.constantFrom("certificate", "publicKey", "fingerprint", "other");
  const value = fc.oneof(text, fc.anything());
  fc.assert(
    fc.property(fc.oneof(fc.dictionary(member, value), fc.anything()), (trust) => {
      fc.pre(trust !== undefined);
      const key: unknown = Reflect.get(Object(trust), "publicKey");
      const begun = typeof key === "string" && key.includes("-----BEGIN PUBLIC KEY-----");
      if (!begun) expect(outcome(trust)).toBe("invalid_options");
      else expect(["accepted", "invalid_options"]).toContain(outcome(trust));
    }),
  );
});
