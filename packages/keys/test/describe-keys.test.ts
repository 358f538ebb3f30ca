import { createHash, createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { secret } from "@handlekit/core";
import { createKeyPair, createSelfSignedCertificate, describeKeys } from "@handlekit/keys";
import { describe, expect, it } from "vitest";
import { ADMIN_KEY, ADMIN_PUBLIC_KEY, PASSPHRASE, recordedCertificate, refusal, vector } from "./support.ts";

const spki = createPublicKey(ADMIN_PUBLIC_KEY).export({ type: "spki", format: "der" });
const facts = {
  type: "RSA",
  bits: 2048,
  fingerprint: createHash("sha256").update(spki).digest("hex"),
  publicKey: createPublicKey(ADMIN_PUBLIC_KEY).export({ format: "jwk" }),
};

describe("describeKeys", () => {
  it("recognises what belongs together, whatever its format", async () => {
    for (const [content, expected] of [
      [ADMIN_KEY, { kind: "private-key", format: "pem", encrypted: false }],
      [ADMIN_PUBLIC_KEY, { kind: "public-key", format: "pem", encrypted: false }],
      [vector("rsa-public"), { kind: "public-key", format: "bin", encrypted: false }],
      [
        vector("rsa-encryption-1"),
        { kind: "private-key", format: "bin", encrypted: false, encryption: "none" },
      ],
      [
        vector("rsa-encryption-2"),
        { kind: "private-key", format: "bin", encrypted: true, encryption: "des-cbc" },
      ],
    ] as const) {
      expect(await describeKeys(content, { passphrase: PASSPHRASE })).toEqual([{ ...expected, ...facts }]);
    }
  });

  it("names the encryption without the passphrase", async () => {
    const names = ["des-ecb", "none", "des-cbc", "pbkdf2-des-ede3-cbc", "pbkdf2-aes-cbc"];
    for (const [code, encryption] of names.entries()) {
      const [found] = await describeKeys(vector(`rsa-encryption-${code}`));
      expect(found).toMatchObject({ encryption, encrypted: code !== 1 });
      expect(found?.fingerprint).toBe(code === 1 ? facts.fingerprint : undefined);
    }
    const wrong = describeKeys(vector("rsa-encryption-4"), { passphrase: secret("S3CR3T wrong") });
    expect((await refusal(wrong)).message).toContain("does not decrypt");
  });

  it.each([
    ["cn", { index: 300, handle: "0.NA/20.500.99999" }],
    ["cnnoidx", { index: 0, handle: "0.NA/20.500.99999" }],
    ["uid", { index: 300, handle: "0.NA/20.500.99999" }],
  ])("names the user of the recorded certificate %s", async (name, identity) => {
    const pem = recordedCertificate(name);
    const [found] = await describeKeys(pem);
    expect(found).toMatchObject({ kind: "certificate", ...facts });
    const x509 = new X509Certificate(pem);
    expect(found?.certificate).toMatchObject({
      identity,
      selfSigned: true,
      validTo: new Date(x509.validTo),
      fingerprint: x509.fingerprint256.replaceAll(":", "").toLowerCase(),
    });
  });

  it("names the hosts of a server's certificate, and nobody", async () => {
    const { privateKey } = await createKeyPair({ bits: 2048 });
    const pem = await createSelfSignedCertificate({ privateKey, subject: "a server", hosts: ["localhost"] });
    const [found] = await describeKeys(pem);
    expect(found?.certificate).toMatchObject({ hosts: "DNS:localhost", identity: undefined });
  });

  it("describes each block of a file in its order", async () => {
    const all = await describeKeys(`${recordedCertificate("cn")}text\n${ADMIN_KEY}`);
    expect(all.map(({ kind }) => kind)).toEqual(["certificate", "private-key"]);
  });

  it("describes DSA keys, and keys that no HS_PUBKEY value can hold", async () => {
    const [dsa] = await describeKeys(vector("dsa-public"));
    expect(dsa).toMatchObject({ type: "DSA", bits: 1024 });
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const [ec] = await describeKeys(String(privateKey.export({ type: "pkcs8", format: "pem" })));
    expect(ec).toMatchObject({ type: "EC", bits: undefined, publicKey: undefined });
  });

  it("refuses a damaged certificate", async () => {
    const pem = recordedCertificate("cn").replace(/.{64}\n/, "");
    expect((await refusal(describeKeys(pem))).message).toBe("The certificate is damaged.");
  });
});
