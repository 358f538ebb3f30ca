import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createAuthenticationString,
  EUDATHandleClient,
  GenericHandleError,
  HandleNotFoundException,
} from "@handlekit/client/b2handle";
import { decodeUtf8, isHandleError } from "@handlekit/core";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { failureOf, USER } from "./b2handle-scripted.ts";

const PASSWORD = "S3CR3T p@ss:w/rd%20é~+";

/** Starts a TLS server on the loopback for one test, which keeps its requests. */
async function serve(listener: RequestListener) {
  const { privateKey } = await createKeyPair({ bits: 2048 });
  const cert = await createSelfSignedCertificate({ privateKey, subject: "server", hosts: ["127.0.0.1"] });
  const asked: { line: string; authorization: string | undefined }[] = [];
  const server = createServer({ cert, key: decodeUtf8(privateKey.reveal()) ?? "" }, (request, response) => {
    asked.push({
      line: `${request.method} ${request.url}`,
      authorization: request.headers.authorization,
    });
    request.resume();
    listener(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  const config = { httpsVerify: { ca: cert } };
  return { asked, server, config, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

type Served = Pick<Awaited<ReturnType<typeof serve>>, "url" | "config">;

function connect({ url, config }: Served): EUDATHandleClient {
  const client = new EUDATHandleClient(url, { username: USER, password: PASSWORD, ...config });
  onTestFinished(() => client.close());
  return client;
}

function recordAnswer(handle: string): string {
  const value = { index: 1, type: "URL", data: { format: "string", value: "u" }, ttl: 60 };
  return JSON.stringify({ responseCode: 1, handle, values: [value] });
}

describe("over a real connection", () => {
  it("sends the login that a Handle.Net server reads (Q4), and only with writes", async () => {
    const { asked, ...served } = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" }).end(recordAnswer("a/b"));
    });
    const client = connect(served);
    await client.retrieveHandleRecordJson("a/b");
    await client.registerHandle("a/b", "u");
    expect(asked).toEqual([
      { line: "GET /api/handles/a/b", authorization: undefined },
      {
        line: "PUT /api/handles/a/b?overwrite=false",
        authorization: `Basic ${createAuthenticationString(USER, PASSWORD)}`,
      },
    ]);
  });

  it("lets neither ~/.netrc nor proxy variables change the login or the way (Q33)", async () => {
    const home = await mkdtemp(join(tmpdir(), "handlekit-netrc-"));
    onTestFinished(() => rm(home, { recursive: true, force: true }));
    const netrc = join(home, ".netrc");
    await writeFile(netrc, "machine 127.0.0.1 login other password S3CR3T-netrc\n", { mode: 0o600 });
    const nowhere = "http://127.0.0.1:1";
    const stubs = {
      HOME: home,
      NETRC: netrc,
      HTTPS_PROXY: nowhere,
      https_proxy: nowhere,
      ALL_PROXY: nowhere,
    };
    for (const [name, value] of Object.entries(stubs)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    const { asked, ...served } = await serve((_request, response) => response.end(recordAnswer("a/b")));
    await connect(served).registerHandle("a/b", "u");
    expect(asked[0]?.authorization).toBe(`Basic ${createAuthenticationString(USER, PASSWORD)}`);
  });

  it.each([301, 302, 303, 307, 308])(
    "a write that is answered with %i names the new address and is not carried there (Q8, Q10)",
    async (status) => {
      const { asked, ...served } = await serve((request, response) => {
        if (request.method === "GET") response.end(recordAnswer("a/b"));
        else response.writeHead(status, { location: "https://elsewhere.example/api/handles/a/b" }).end();
      });
      const client = connect(served);
      for (const work of [
        () => client.registerHandle("a/b", "u"),
        () => client.modifyHandleValue("a/b", { URL: "new" }),
        () => client.deleteHandle("a/b"),
      ]) {
        const error = await failureOf(work);
        expect(error).toBeInstanceOf(GenericHandleError);
        expect((error as Error).message).toContain("https://elsewhere.example");
        expect(isHandleError((error as Error).cause, "redirected")).toBe(true);
      }
      expect(asked.map(({ line }) => line.split(" ")[0])).toEqual(["PUT", "GET", "PUT", "GET", "DELETE"]);
    },
  );

  it("a server that is not there is a GenericHandleError, and close ends what was opened", async () => {
    const served = await serve((_request, response) => response.end(recordAnswer("a/b")));
    const client = connect(served);
    await client.retrieveHandleRecord("a/b");
    await client.close();
    expect(await failureOf(client.retrieveHandleRecord("a/b"))).toBeInstanceOf(GenericHandleError);
    const nobody = connect({ ...served, url: "https://127.0.0.1:1" });
    expect(await failureOf(nobody.retrieveHandleRecordJson("a/b"))).toBeInstanceOf(GenericHandleError);
  });

  it("a user who does not exist is an error at once, and the connection is closed", async () => {
    const { url, asked, server, config } = await serve((_request, response) => {
      response.writeHead(404).end(JSON.stringify({ responseCode: 100, handle: "a/USER" }));
    });
    const ended = once(server, "secureConnection").then(([socket]) => once(socket, "close"));
    const made = EUDATHandleClient.instantiateWithUsernameAndPassword(url, USER, PASSWORD, config);
    expect(await failureOf(made)).toBeInstanceOf(HandleNotFoundException);
    expect(asked).toEqual([{ line: "GET /api/handles/a/USER", authorization: undefined }]);
    await ended;
  });
});
