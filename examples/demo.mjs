// Makes a server in a temporary folder, then registers, reads, changes and deletes a handle, with user and password,
// with a client certificate and from the command line; then the ARDC service. Each step shows its code or command,
// and the requests (>) and answers (<) behind it. Run: npm run demo
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@handlekit/client";
import { formatReference, isHandleError } from "@handlekit/core";
import { loadCredentials } from "@handlekit/credentials/file";
import { createTransport } from "@handlekit/transport";
import { demoArdc } from "./demo-ardc.mjs";
import { freePort, run, say, startServer, step } from "./demo-tools.mjs";

const PREFIX = "20.500.12345";
const text = new TextDecoder();

/** A transport that shows each request and answer, and of the login only its user. */
function shown(transport) {
  return {
    ...transport,
    async send(request, options = {}) {
      const url = new URL(request.url);
      say(`  > ${request.method} ${url.pathname}${url.search}`);
      const { strategy } = options;
      if (strategy)
        say(`  > login: ${strategy.scheme} ${strategy.identity ? formatReference(strategy.identity) : ""}`);
      if (request.body) say(`  > ${text.decode(request.body)}`);
      const response = await transport.send(request, options);
      say(`  < ${response.status} ${response.body ? text.decode(response.body) : ""}`);
      return response;
    },
  };
}

async function mainJob(title, file) {
  say();
  say(`--- ${title}`);
  const credentials = await loadCredentials(file);
  const transport = createTransport({ ca: credentials.httpsVerify.ca });
  const client = createClient(credentials, { transport: shown(transport) });
  const handle = `${PREFIX}/${title.replaceAll(" ", "-")}`;
  say(`  const client = createClient(await loadCredentials(${JSON.stringify(file)}));`);
  say(`  const handle = ${JSON.stringify(handle)};`);
  try {
    await step("register", () =>
      client.create(handle, { URL: "https://example.org/first", TITLE: "A first record" }),
    );
    await step("read", () => client.read(handle));
    await step("change", () => client.modify(handle, { URL: "https://example.org/second" }));
    await step("register again (refused)", () =>
      client.create(handle, { URL: "https://example.org/third" }),
    ).catch((error) => {
      if (!isHandleError(error, "handle_exists")) throw error;
      say(`  ${error.code}: ${error.message}\n  ${error.hint}`);
    });
    await step("delete", () => client.delete(handle));
  } finally {
    await client.close();
    await transport.close();
  }
}

const folder = await mkdtemp(join(tmpdir(), "handlekit-demo-"));
const data = join(folder, "data");
let server;
try {
  const url = `https://127.0.0.1:${await freePort()}`;
  await run("hdl-server", "server", "init", data, "--prefix", PREFIX, "--url", url);
  server = await startServer(data);
  await mainJob("user and password", join(data, "credentials-password.json"));
  await mainJob("client certificate", join(data, "credentials-certificate.json"));
  say();
  say("--- the same from the command line");
  const login = ["--credentials", join(data, "credentials-certificate.json")];
  await run("hdl", "cli", "create", `${PREFIX}/demo`, "URL=https://example.org/", ...login);
  await run("hdl", "cli", "get", `${PREFIX}/demo`, ...login);
  await run("hdl", "cli", "delete", `${PREFIX}/demo`, "--yes", ...login);
  await demoArdc(folder);
  say();
  say("Done: registered, read, changed and deleted in both ways. The server and its folder are removed.");
} finally {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
}
