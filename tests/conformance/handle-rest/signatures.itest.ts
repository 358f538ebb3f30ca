import { createPublicKey, verify } from "node:crypto";
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { requestFields, sessionFacts } from "./challenge.ts";
import { type Exchange, readRecording, readSeed, recordingPath } from "./recording.ts";
import { checkServerSignature, isServerSignature, publishedKey } from "./server-key.ts";
import { attemptOf, findRecipe, signingKeys } from "./signatures.ts";

const OTHER_NONCE = Buffer.alloc(16, 7).toString("base64");
const serverKey = createPublicKey(await readFile(recordingPath("server-public-key.pem")));
const adminKey = createPublicKey(await readFile(recordingPath("admin-public-key.pem")));
const keys = signingKeys(await readSeed(), await readFile(recordingPath("admin-key.pem"), "utf8"));
const { exchanges } = await readRecording("05-auth-sessions");
const firstSteps = exchanges.flatMap(({ n, steps }) => steps.slice(0, 1).map((step) => ({ n, ...step })));

/** The recorded answers to challenges, with the nonce each was made for. */
const attempts = firstSteps.flatMap(({ n, request }) => {
  const fields = requestFields(request);
  const attempt = attemptOf(fields);
  if (!attempt) return [];
  const facts = firstSteps.map(({ response }) => sessionFacts(response));
  const nonce = facts.find(({ sessionId, nonce }) => sessionId === fields.sessionId && nonce)?.nonce;
  return [{ n, attempt, nonce: nonce ?? "" }];
});

describe("a recorded answer to a challenge", () => {
  it("can be made again, unless it was never a signature", () => {
    const unknown = attempts.filter(({ attempt, nonce }) => !findRecipe(attempt, nonce, keys));
    expect(unknown.map(({ n, attempt }) => [n, attempt.signature])).toEqual([
      [49, "eA=="],
      [51, "AAAA"],
      [52, "AAAA"],
    ]);
    expect(attempts.length).toBeGreaterThan(18);
  });

  it("is another for another nonce, and known again there", () => {
    for (const { n, attempt, nonce } of attempts) {
      const signature = findRecipe(attempt, nonce, keys)?.(OTHER_NONCE);
      if (signature === undefined) continue;
      expect(signature, `${n}`).not.toBe(attempt.signature);
      expect(findRecipe({ ...attempt, signature }, OTHER_NONCE, keys)?.(nonce), `${n}`).toBe(
        attempt.signature,
      );
    }
  });

  it("stays wrong where it was wrong: the nonces in the other order, another's password", () => {
    const made = (n: number): { signature: Buffer; cnonce: Buffer } => {
      const found = attempts.find((item) => item.n === n);
      if (!found) throw new Error(`there is no attempt ${n}`);
      const signature = findRecipe(found.attempt, found.nonce, keys)?.(OTHER_NONCE) ?? "";
      return {
        signature: Buffer.from(signature, "base64"),
        cnonce: Buffer.from(found.attempt.cnonce, "base64"),
      };
    };
    const nonce = Buffer.from(OTHER_NONCE, "base64");
    const { signature, cnonce } = made(78);
    expect(verify("sha256", Buffer.concat([cnonce, nonce]), adminKey, signature)).toBe(true);
    expect(verify("sha256", Buffer.concat([nonce, cnonce]), adminKey, signature)).toBe(false);
    expect(made(45).signature).not.toEqual(made(46).signature);
  });
});

describe("a recorded server signature", () => {
  const signed = firstSteps.filter(({ response }) => sessionFacts(response).serverSignature !== undefined);

  it("is by the server's key, which /api/site published", async () => {
    const { exchanges: reads } = await readRecording("01-resolve");
    const site = reads.find((exchange: Exchange) => exchange.n === 58)?.steps[0];
    const published = site && publishedKey(site.response);
    expect(published?.equals(serverKey)).toBe(true);
    expect(signed.map(({ n }) => n)).toEqual([84, 85, 86]);
    for (const { n, request, response } of signed) {
      expect(isServerSignature(request, response, serverKey), `${n}`).toBe(true);
      expect(isServerSignature(request, response, adminKey), `${n}`).toBe(false);
    }
  });

  it("is a difference when ours is by another key, or by none that is published", () => {
    for (const { request, response } of signed) {
      const found = (key: typeof serverKey | undefined): readonly string[] =>
        checkServerSignature(request, response, response, key).differences.map(({ got }) => got);
      expect(found(serverKey)).toEqual([]);
      expect(found(adminKey)).toEqual(["does not verify"]);
      expect(found(undefined)).toEqual(["no key at /api/site"]);
    }
  });
});
