import { createPrivateKey } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hdl } from "../support/hdl.ts";

const VECTORS = new URL("../../packages/keys/test/handle-net-keys.json", import.meta.url);
const RECORDED = new URL("../conformance/handle-rest/recordings/", import.meta.url);

let folder: string;
let vectors: Readonly<Record<string, string>>;
const path = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "handlekit-"));
  vectors = JSON.parse(await readFile(VECTORS, "utf8")) as Record<string, string>;
  await writeFile(path("passphrase"), `${vectors.passphrase}\n`, { mode: 0o600 });
  for (const name of ["rsa-public", ...[0, 1, 2, 3, 4].map((code) => `rsa-encryption-${code}`)]) {
    await writeFile(path(`${name}.bin`), Buffer.from(vectors[name] ?? "", "base64"));
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("hdl key convert", () => {
  it.each([0, 1, 2, 3, 4])("makes PEM of Handle.Net's encryption %i", async (code) => {
    const file = path(`${code}.pem`);
    const done = await hdl(
      "key",
      "convert",
      path(`rsa-encryption-${code}.bin`),
      "-o",
      file,
      "--decrypt",
      "--passphrase-file",
      path("passphrase"),
    );
    expect(done).toMatchObject({ code: 0, stdout: "" });
    const recorded = createPrivateKey(await readFile(new URL("admin-key.pem", RECORDED)));
    expect(createPrivateKey(await readFile(file)).equals(recorded)).toBe(true);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("keeps an encrypted key encrypted, with its passphrase", async () => {
    const args = ["--passphrase-file", path("passphrase")];
    const done = await hdl("key", "convert", path("rsa-encryption-2.bin"), "-o", path("kept.bin"), ...args);
    expect(done.stderr).toContain("encrypted with PBKDF2 and AES");
    expect((await readFile(path("kept.bin"))).readInt32BE(0)).toBe(4);
    const shown = await hdl("key", "show", path("kept.bin"), "--json", ...args);
    const original = await hdl("key", "show", path("rsa-public.bin"), "--json");
    const fingerprint = (text: string) =>
      (JSON.parse(text) as { keys: { fingerprint: string }[] }).keys[0]?.fingerprint;
    expect(fingerprint(shown.stdout)).toBe(fingerprint(original.stdout));
    expect(fingerprint(shown.stdout)).toMatch(/^[\da-f]{64}$/);
  });

  it("writes the public key byte for byte as Handle.Net has it", async () => {
    await hdl("key", "convert", path("rsa-encryption-1.bin"), "--public", "-o", path("public.bin"));
    expect((await readFile(path("public.bin"))).toString("base64")).toBe(vectors["rsa-public"]);
  });

  it.each([
    [["rsa-encryption-1.bin"], "--output is missing"],
    [["rsa-encryption-1.bin", "-o", "key.txt"], "The format of the output is not known"],
    [
      ["rsa-encryption-1.bin", "-o", "x.pem", "--decrypt", "--encrypt"],
      "Both --decrypt and a new passphrase",
    ],
    [["missing.bin", "-o", "x.pem"], "does not exist"],
    [[".", "-o", "x.pem"], "is a directory"],
  ])("refuses %j in words", async ([file = "", ...args], message) => {
    const output = args[0] === "-o" ? ["-o", path(args[1] ?? ""), ...args.slice(2)] : args;
    const { code, stderr } = await hdl("key", "convert", path(file), ...output);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe("hdl key show", () => {
  it("names the user of a certificate, and warns of one that is nobody's", async () => {
    const certificate = (name: string) => new URL(`client-certificates/${name}.pem`, RECORDED).pathname;
    const shown = await hdl("key", "show", certificate("uid"));
    expect(shown).toMatchObject({ code: 0, stderr: "" });
    expect(shown.stdout).toContain("300:0.NA/20.500.99999");
  });

  it("refuses another file with the exit code of keys, and a missing one with that of usage", async () => {
    await writeFile(path("note.txt"), "no key");
    expect((await hdl("key", "show", path("note.txt"))).code).toBe(3);
    expect((await hdl("key", "show", path("nothing.pem"))).code).toBe(2);
  });
});
