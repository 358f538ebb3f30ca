// The ARDC Handle service on hdl-server, in every way a client can identify itself. Part of: npm run demo
import { readFile, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { capture, freePort, run, say, sayCommand, startServer } from "./demo-tools.mjs";

const PREFIX = "10378.1";
const OWNER = { identifier: "CloudUser", authDomain: "example.org" };
// Owners belong to the App Id that made them, so the other client has its own.
const FIXED_OWNER = { identifier: "FixedAddressUser", authDomain: "example.org" };

/** The body of a request in ARDC's documentation of mint. */
const SAMPLE = `<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<request name="mint">
<properties>
<property name="appId" value="exampleAppID"/>
<property name="sharedSecret" value="exampleSharedSecret"/>
<property name="identifier" value="ExampleUser"/>
<property name="authDomain" value="ExampleAuthDomain"/>
</properties>
</request>`;

/** Sends a body as it is, and shows the request. */
function post(url, ca, body) {
  const { pathname, search } = new URL(url);
  say(`  > POST ${pathname}${search}`);
  if (body !== "") say(body.replace(/^/gm, "  > "));
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: "POST", ca, headers: { "content-type": "application/xml" } },
      (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("end", () =>
          resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Runs the ARDC part of the demo in a temporary folder. */
export async function demoArdc(folder) {
  const data = join(folder, "ardc");
  const url = `https://127.0.0.1:${await freePort()}`;
  say();
  say("--- the ARDC Handle service");
  await run("hdl-server", "server", "init", data, "--prefix", PREFIX, "--url", url);
  const config = join(data, "config.json");
  await writeFile(
    config,
    JSON.stringify({ ...JSON.parse(await readFile(config, "utf8")), ardcPrefix: PREFIX }),
  );
  say(`(with "ardcPrefix": "${PREFIX}" in its config.json)`);
  const add = async (...options) => {
    const words = ["clients", "add", data, "--description", "demo", ...options];
    sayCommand("hdl-server", words);
    const { stdout } = await capture("server", ...words);
    return JSON.parse(stdout);
  };
  const bySecret = await add();
  say(`  App Id ${bySecret.appId}, and a secret that is shown once`);
  const byAddress = await add("--address", "127.0.0.1", "--no-secret");
  say(`  App Id ${byAddress.appId}, known by its address`);

  const server = await startServer(data, "--ardc-admin-addresses", "127.0.0.1");
  try {
    const ca = await readFile(join(data, "server-certificate.pem"), "utf8");
    const hdl = async (title, account, ...args) => {
      const file = join(folder, "ardc-credentials.json");
      const content = {
        ...OWNER,
        ...account,
        handle_server_url: `${url}/pids`,
        HTTPS_verify: join(data, "server-certificate.pem"),
      };
      await writeFile(file, JSON.stringify(content), { mode: 0o600 });
      say(`${title}:`);
      const words = ["ardc", ...args, "--credentials", file];
      sayCommand("hdl", words);
      const { code, stdout, stderr } = await capture("cli", ...words);
      for (const line of `${stdout}${stderr}`.trimEnd().split("\n")) say(`  ${line}`);
      return { code, handle: stdout.split("\n")[0] };
    };
    const mint = ["mint", "--url", "https://example.org/data"];
    const { handle } = await hdl("secret in the header", bySecret, ...mint);
    await hdl("secret in the body", bySecret, ...mint, "--in-body");
    await hdl("registered address, no secret", { ...byAddress, ...FIXED_OWNER }, ...mint);
    await hdl(
      "wrong secret, but from the registered address",
      { ...byAddress, ...FIXED_OWNER, sharedSecret: "wrong" },
      "list",
    );
    const refused = await hdl("unknown App Id", { appId: "0".repeat(40), sharedSecret: "wrong" }, ...mint);
    if (refused.code !== 4) throw new Error("an unknown App Id was not refused");
    await hdl("change it", bySecret, "modify", handle, "1", "https://example.org/moved");
    await hdl("describe it", bySecret, "add", handle, "DESC", "A data set");

    say("add the App Id of the sample request of ARDC's documentation, from an allowed address:");
    await post(
      `${url}/pids/addClient?appId=exampleAppID&sharedSecret=exampleSharedSecret&desc=sample`,
      ca,
      "",
    );
    say("that sample request, byte for byte:");
    const answer = await post(`${url}/pids/mint?type=DESC&value=ARDC+Home+Page`, ca, SAMPLE);
    say(`  < ${answer.status}\n${answer.text.trimEnd().replace(/^/gm, "  < ")}`);
    if (!answer.text.includes('type="success"')) throw new Error("the sample request was refused");
  } finally {
    await server.stop();
  }
}
