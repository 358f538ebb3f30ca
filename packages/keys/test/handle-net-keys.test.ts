import { createPrivateKey, createPublicKey } from "node:crypto";
import { inspect } from "node:util";
import { createByteReader, createByteWriter, decodePublicKey, secret } from "@handlekit/core";
import { readKey, writePrivateKey, writePublicKey } from "@handlekit/keys";
import { describe, expect, it } from "vitest";
import { ADMIN_KEY, ADMIN_PUBLIC_KEY, PASSPHRASE, refusal, reveal, vector } from "./support.ts";

const admin = createPrivateKey(ADMIN_KEY);
const adminJwk = createPublicKey(admin).export({ format: "jwk" });
const dsaPublic = createPublicKey({
  key: Buffer.from(vector("dsa-public-spki")),
  format: "der",
  type: "spki",
});

describe("a .bin file of Handle.Net", () => {
  it.each([0, 1, 2, 3, 4])("is read with encryption %i", async (code) => {
    const { privateKey, publicKey } = await readKey(vector(`rsa-encryption-${code}`), {
      passphrase: PASSPHRASE,
    });
    expect(createPrivateKey(reveal(privateKey)).equals(admin)).toBe(true);
    expect(publicKey).toEqual(adminJwk);
  });

  it("is read as DSA", async () => {
    for (const code of [1, 4]) {
      const key = await readKey(vector(`dsa-encryption-${code}`), { passphrase: PASSPHRASE });
      const read = createPrivateKey(reveal(key.privateKey));
      expect(read.export({ type: "pkcs8", format: "der" })).toEqual(Buffer.from(vector("dsa-private-pkcs8")));
      expect(key.publicKey).toEqual(decodePublicKey(vector("dsa-public")));
    }
  });

  it("is read without the primes of the RSA key", async () => {
    const { privateKey } = await readKey(vector("rsa-without-crt"));
    const key = createPrivateKey(reveal(privateKey));
    expect(createPublicKey(key).equals(createPublicKey(admin))).toBe(true);
    expect(key.export({ format: "jwk" }).d).toBe(admin.export({ format: "jwk" }).d);
  });

  it("is read as a public key, and written back byte for byte", async () => {
    const rsa = await readKey(vector("rsa-public"));
    expect(rsa).toEqual({ publicKey: adminJwk });
    expect(writePublicKey(rsa.publicKey, { format: "bin" })).toEqual(vector("rsa-public"));
    expect(Buffer.from(writePublicKey(rsa.publicKey, { format: "pem" })).toString()).toBe(ADMIN_PUBLIC_KEY);

    const dsa = await readKey(vector("dsa-public"));
    expect(writePublicKey(dsa.publicKey, { format: "bin" })).toEqual(vector("dsa-public"));
    const pem = Buffer.from(writePublicKey(dsa.publicKey, { format: "pem" })).toString();
    expect(createPublicKey(pem).equals(dsaPublic)).toBe(true);
  });

  it("is written without encryption as Java writes it", async () => {
    const { privateKey = secret("") } = await readKey(ADMIN_KEY);
    const written = await writePrivateKey(privateKey, { format: "bin" });
    expect(written.reveal()).toEqual(vector("rsa-encryption-1"));
    const dsa = await readKey(vector("dsa-encryption-1"));
    const again = await writePrivateKey(dsa.privateKey ?? secret(""), { format: "bin" });
    expect(again.reveal()).toEqual(vector("dsa-encryption-1"));
  });

  it("is written with encryption 4 and new salt each time, in Handle.Net's layout", async () => {
    const { privateKey = secret("") } = await readKey(ADMIN_KEY);
    const write = async () =>
      (await writePrivateKey(privateKey, { format: "bin", passphrase: PASSPHRASE })).reveal();
    const [first, second] = [await write(), await write()];
    expect(first).not.toEqual(second);
    const input = createByteReader(first, "key");
    expect(input.int32()).toBe(4);
    expect(input.bytes()).toHaveLength(16);
    expect(input.int32()).toBeGreaterThanOrEqual(10_000);
    expect(input.int32()).toBe(128);
    expect(input.bytes()).toHaveLength(16);
    expect(input.bytes().length % 16).toBe(0);
    expect(input.remaining).toBe(0);
    const read = await readKey(first, { passphrase: PASSPHRASE });
    expect(createPrivateKey(reveal(read.privateKey)).equals(admin)).toBe(true);
  });

  it("does not print the private key", async () => {
    const key = await readKey(vector("rsa-encryption-1"));
    expect(inspect(key, { depth: 5 })).not.toContain("PRIVATE");
    expect(JSON.stringify(key)).not.toContain("PRIVATE");
  });
});

describe("what is wrong with a .bin file is said", () => {
  it.each([0, 2, 3, 4])("encryption %i: no passphrase, a wrong one, a damaged file", async (code) => {
    const file = vector(`rsa-encryption-${code}`);
    expect((await refusal(readKey(file))).message).toContain("no passphrase was given");
    const wrong = await refusal(readKey(file, { passphrase: secret("S3CR3T wrong") }));
    expect(wrong.message).toBe("The passphrase does not decrypt the private key.");
    const short = await refusal(readKey(file.subarray(0, -3), { passphrase: PASSPHRASE }));
    expect(short.message).toBe("The key is damaged.");
  });

  it("a flipped bit in a number of an RSA key", async () => {
    for (const name of ["rsa-encryption-1", "rsa-without-crt"]) {
      const file = vector(name);
      for (let at = 40; at < file.length; at += 97) {
        const damaged = file.slice();
        damaged[at] = (damaged[at] ?? 0) ^ 0x10;
        expect((await refusal(readKey(damaged))).message).toContain("damaged");
      }
    }
  });

  it("a flipped bit in the prime of a DSA key", async () => {
    const damaged = vector("dsa-encryption-1");
    damaged[100] = (damaged[100] ?? 0) ^ 0x10;
    expect((await refusal(readKey(damaged))).message).toContain("damaged");
  });

  it("bytes after the key", async () => {
    const file = Buffer.concat([vector("rsa-encryption-1"), Buffer.from("more")]);
    expect((await refusal(readKey(file))).message).toBe("The key is damaged.");
  });

  it("more iterations than anyone uses", async () => {
    const file = vector("rsa-encryption-4");
    new DataView(file.buffer).setInt32(4 + 4 + 16, 2_000_000_000);
    const error = await refusal(readKey(file, { passphrase: PASSPHRASE }));
    expect(error.message).toContain("demands 2000000000 iterations of PBKDF2");
  });

  it("a key of a session", async () => {
    const file = createByteWriter().bytes("DH_PUB_KEY").uint16(0).bytes("y").bytes("p").bytes("g").finish();
    expect((await refusal(readKey(file))).message).toContain("is a Diffie-Hellman key");
  });

  it("another file", async () => {
    for (const file of ["", "a", "{}", "\0\0\0\x05abcdef", "a long text that is no key at all"]) {
      expect((await refusal(readKey(file))).message).toContain("neither PEM nor a .bin key file");
    }
    const huge = await refusal(readKey(new Uint8Array(1_048_577)));
    expect(huge.message).toContain("larger than 1048576 bytes");
  });

  it("a modulus that is too long", async () => {
    const out = createByteWriter().int32(1).bytes("RSA_PRIVCRT_KEY");
    for (let i = 0; i < 8; i++) out.bytes(new Uint8Array(2049).fill(0x7f));
    expect((await refusal(readKey(out.finish()))).message).toContain("more than 16384 bits");
    const plain = createByteWriter().int32(1).bytes("RSA_PRIV_KEY").bytes(new Uint8Array(513).fill(0x7f));
    const error = await refusal(readKey(plain.bytes(new Uint8Array(512).fill(0x7f)).finish()));
    expect(error.message).toContain("lacks its primes and has more than 4096 bits");
  });
});
