import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { isHandleError, secret } from "@handlekit/core";
import { describeKeys, readKey, writePrivateKey } from "@handlekit/keys";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ADMIN_KEY, PASSPHRASE, recordedCertificate, reveal, vector, vectors } from "./support.ts";

const files = [
  ...Object.keys(vectors)
    .filter((name) => /^(?:rsa|dsa)-(?:public$|encryption|without)/.test(name))
    .map(vector),
  Buffer.from(ADMIN_KEY),
  Buffer.from(recordedCertificate("cn")),
];

/** A change of some bytes, a cut, or an insertion. */
const change = fc.record({
  file: fc.constantFrom(...files),
  at: fc.nat(300),
  remove: fc.nat(8),
  insert: fc.uint8Array({ maxLength: 8 }),
  end: fc.option(fc.nat(1200), { nil: undefined }),
});

/** Resolves to true if it is read, false if it is refused with `invalid_key`. */
async function isRead(attempt: Promise<unknown>): Promise<boolean> {
  return attempt.then(
    () => true,
    (error: unknown) => {
      if (isHandleError(error, "invalid_key")) return false;
      throw error;
    },
  );
}

describe("any bytes", () => {
  it("are read or refused", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 600 }),
          fc
            .tuple(fc.nat(5), fc.uint8Array({ maxLength: 200 }))
            .map(([code, rest]) => Uint8Array.of(0, 0, 0, code, ...rest)),
          fc
            .string({ unit: "binary" })
            .map((text) => Buffer.from(`-----BEGIN PRIVATE KEY-----${text}-----END PRIVATE KEY-----`)),
        ),
        async (bytes) => {
          await isRead(readKey(bytes, { passphrase: PASSPHRASE }));
          await isRead(describeKeys(bytes));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("made from a key by a change are read or refused", async () => {
    await fc.assert(
      fc.asyncProperty(change, async ({ file, at, remove, insert, end }) => {
        const bytes = Buffer.concat([file.subarray(0, at), insert, file.subarray(at + remove, end)]);
        await isRead(readKey(bytes, { passphrase: PASSPHRASE }));
        await isRead(describeKeys(bytes));
      }),
      { numRuns: 300 },
    );
  });
});

describe("a private key", () => {
  it("is the same after writing and reading, in any format and with any passphrase", async () => {
    const keys = [1024, 2048].map((modulusLength) =>
      generateKeyPairSync("rsa", { modulusLength }).privateKey.export({ type: "pkcs8", format: "pem" }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...keys),
        fc.constantFrom("bin" as const, "pem" as const),
        fc.option(
          fc.string({ minLength: 1, maxLength: 40 }).map((text) => secret(`S3CR3T${text}`)),
          { nil: undefined },
        ),
        async (key, format, passphrase) => {
          const file = await writePrivateKey(secret(String(key)), { format, passphrase });
          const read = await readKey(file.reveal(), { passphrase });
          expect(createPrivateKey(reveal(read.privateKey)).equals(createPrivateKey(key))).toBe(true);
          if (passphrase)
            expect(await isRead(readKey(file.reveal(), { passphrase: secret("S3CR3T") }))).toBe(
              reveal(passphrase) === "S3CR3T",
            );
        },
      ),
      { numRuns: 6 },
    );
  });
});
