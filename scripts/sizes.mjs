// What each of these packages weighs in a page: its bundle for a browser, minified and gzipped. Needs: npm run build
// Fails when a bundle holds undici, which is for servers only.
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { REPOSITORY } from "./lib/workspaces.mjs";

const ENTRIES = [
  "@handlekit/loc",
  "@handlekit/auth",
  "@handlekit/auth/basic",
  "@handlekit/credentials",
  "@handlekit/client",
];

for (const entry of ENTRIES) {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: `export * from "${entry}";`,
      resolveDir: new URL("../packages/testing/", import.meta.url).pathname,
    },
    absWorkingDir: REPOSITORY,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    logLevel: "error",
  });
  const bytes = outputFiles[0]?.contents ?? new Uint8Array();
  console.log(
    `${entry.padEnd(24)} ${gzipSync(bytes, { level: 9 }).length} bytes (${bytes.length} before gzip)`,
  );
  const undici = Object.keys(metafile.inputs).filter((path) => path.startsWith("node_modules/undici/"));
  if (undici.length > 0) {
    console.error(`${entry} brings undici into a browser: ${undici[0]}`);
    process.exitCode = 1;
  }
}
