import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { afterAll, expect, it } from "vitest";
import { createTestCertificate, createTestKey } from "./certificates.ts";

const folder = mkdtempSync(join(tmpdir(), "handlekit-credentials-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("leaves node:tls complete for modules that load it later", async () => {
  const key = await createTestKey();
  const file = join(folder, "credentials.json");
  writeFileSync(join(folder, "key.pem"), key.pem, { mode: 0o600 });
  writeFileSync(join(folder, "cert.pem"), await createTestCertificate(key, { cn: "300:20.500.12345/USER" }));
  writeFileSync(file, JSON.stringify({ private_key: "key.pem", certificate_only: "cert.pem" }), {
    mode: 0o600,
  });
  const bundle = join(folder, "load.mjs");
  buildSync({
    stdin: {
      contents: `
        import { loadCredentials } from "@handlekit/credentials/file";
        const { login } = await loadCredentials(process.argv[2]);
        const tls = await import("node:tls");
        console.log(login.kind, typeof tls.createSecureContext);
      `,
      resolveDir: fileURLToPath(new URL(".", import.meta.url)),
    },
    outfile: bundle,
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["@handlekit/source"],
    mainFields: ["module", "main"],
  });
  const { stdout } = spawnSync(process.execPath, [bundle, file], { encoding: "utf8" });
  expect(stdout).toBe("certificate function\n");
});
