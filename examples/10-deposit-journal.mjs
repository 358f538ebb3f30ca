// A deposit workflow that mints a handle of the ARDC service, once, although its process is killed between the mint and
// the answer: mintOnce() keeps a journal, and finds the handle when the workflow is run again.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createArdcClient } from "@handlekit/ardc";
import { secret } from "@handlekit/core";
import { openJournalFile } from "@handlekit/core/journal-file";
import { createTransport } from "@handlekit/transport";
import { hdlServer, withSite } from "./lib/site.mjs";

const DEPOSIT = "deposit 17";
const OWNER = { identifier: `depositor-${crypto.randomUUID()}`, authDomain: "example.org" };

/** @typedef {{ url: string, ca: string, journal: string, account: Record<string, string>, kill: boolean }} Job */

/** One run of the workflow. @param {Job} job */
async function deposit({ url, ca, journal: file, account, kill }) {
  const transport = createTransport({ ca });
  const { sharedSecret = "", appId = "", identifier = "", authDomain = "" } = account;
  const ardc = { appId, identifier, authDomain, sharedSecret: secret(sharedSecret) };
  const client = createArdcClient(
    { ardc },
    {
      url: `${url}/pids`,
      transport: {
        ...transport,
        async send(request, options) {
          const response = await transport.send(request, options);
          if (kill && request.url.includes("/mint?")) process.kill(process.pid, "SIGKILL");
          return response;
        },
      },
    },
  );
  const journal = await openJournalFile(file);
  // The service is on this machine: a mint without an answer is done or failed after a second.
  const values = { url: `https://example.org/deposits/17?by=${identifier}`, settleMs: 1000 };
  const { handle, outcome } = await client.mintOnce({ key: DEPOSIT, journal, ...values });
  let owned = 0;
  for await (const each of client.listHandles()) if (each === handle) owned++;
  console.log(`${DEPOSIT} has ${handle}: ${outcome}, ${owned} in the list`);
  await journal.close();
  await client.close();
  await transport.close();
}

/** Runs the workflow in a process of its own; the secret goes over the standard input. @param {Job} job */
async function runWorkflow(job) {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), "--workflow"], {
    stdio: ["pipe", "inherit", "inherit"],
  });
  child.stdin.end(JSON.stringify(job));
  const [code, signal] = await once(child, "close");
  if (job.kill) console.log(`the workflow was ended by ${signal}`);
  else if (code !== 0) throw new Error(`the workflow ended with ${code}`);
}

if (process.argv.includes("--workflow")) {
  await deposit(JSON.parse(Buffer.concat(await process.stdin.toArray()).toString()));
} else {
  const folder = await mkdtemp(join(tmpdir(), "handlekit-deposit-"));
  await withSite(async ({ data, server: url, ca }) => {
    const { appId, sharedSecret } = JSON.parse(
      await hdlServer("clients", "add", data, "--description", "deposits"),
    );
    const job = {
      url,
      ca,
      journal: join(folder, "mint.journal"),
      account: { appId, sharedSecret, ...OWNER },
    };
    await runWorkflow({ ...job, kill: true });
    await runWorkflow({ ...job, kill: false });
    await runWorkflow({ ...job, kill: false });
  });
  await rm(folder, { recursive: true });
}
