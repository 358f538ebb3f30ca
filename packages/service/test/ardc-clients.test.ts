import { encodeUtf8 } from "@handlekit/core";
import type { StateStore } from "@handlekit/core/store";
import { createArdcClients, openMemory } from "@handlekit/service";
import { describe, expect, it } from "vitest";
import { ALICE, BOB, createArdcFixture, KEY } from "./ardc-support.ts";
import { NOW } from "./support.ts";

const OLD = encodeUtf8("S3CR3T-old");
const NEW = encodeUtf8("S3CR3T-new");

async function everything(state: StateStore): Promise<string> {
  return (await state.scan("", undefined, 1000)).map(([key, { value }]) => `${key} ${value}`).join("\n");
}

describe("clients", () => {
  it("get an App Id of 40 hexadecimal digits, and are listed without their secrets", async () => {
    const state = openMemory().state;
    const clients = createArdcClients(state, KEY, () => NOW);
    const appId = await clients.add({ description: "Library", secret: OLD, addresses: ["192.0.2.0/24"] });
    expect(appId).toMatch(/^[0-9a-f]{40}$/);
    const [listed] = await clients.list();
    expect(listed).toMatchObject({
      appId,
      entries: [
        { number: 1, description: "Library", addresses: ["192.0.2.0/24"], secrets: [{ created: NOW }] },
      ],
    });
    const kept = await everything(state);
    expect(kept).not.toContain("S3CR3T");
    expect(kept).not.toContain(Buffer.from(OLD).toString("base64").slice(0, -4));
  });

  it("may have the same secret without anybody noticing", async () => {
    const state = openMemory().state;
    const clients = createArdcClients(state, KEY);
    for (const appId of ["a", "b"]) await clients.add({ appId, description: "", secret: OLD });
    const marks = (await clients.list()).flatMap(({ entries }) =>
      entries[0]?.secrets.map(({ mark }) => mark),
    );
    expect(new Set(marks).size).toBe(2);
  });

  it("are only recognised with their key", async () => {
    const state = openMemory().state;
    const clients = createArdcClients(state, KEY);
    await clients.add({ appId: "a", description: "", secret: OLD });
    await clients.assertKey();
    const other = createArdcClients(state, encodeUtf8("S3CR3T-another-key-of-32-bytes-or-more"));
    expect(await other.recognise({ appId: "a", secret: OLD })).toBe(undefined);
    await expect(other.assertKey()).rejects.toMatchObject({ code: "invalid_key" });
    await clients.assertKey();
  });

  it("have two secrets during a rotation, and the new one after it", async () => {
    const clients = createArdcClients(openMemory().state, KEY);
    await clients.add({ appId: "a", description: "", secret: OLD });
    const knows = async () =>
      Promise.all([OLD, NEW].map((secret) => clients.recognise({ appId: "a", secret })));
    await clients.rotate("a", NEW);
    expect(await knows()).toEqual(["secret", "secret"]);
    await expect(clients.rotate("a", OLD)).rejects.toMatchObject({ code: "invalid_options" });
    await clients.finishRotation("a");
    expect(await knows()).toEqual([undefined, "secret"]);
    await clients.finishRotation("a");
    expect(await knows()).toEqual([undefined, "secret"]);
  });

  it("may have several registrations, each of which is rotated and revoked by its number", async () => {
    const clients = createArdcClients(openMemory().state, KEY);
    await clients.add({ appId: "a", description: "one", secret: OLD });
    await clients.add({ appId: "a", description: "two", addresses: ["192.0.2.1"] });
    const refused = { code: "invalid_options", message: expect.stringContaining("1, 2") };
    await expect(clients.rotate("a", NEW)).rejects.toMatchObject(refused);
    await expect(clients.rotate("a", NEW, 3)).rejects.toMatchObject(refused);
    await clients.rotate("a", NEW, 2);
    await clients.revoke("a", 1);
    expect(await clients.recognise({ appId: "a", secret: OLD })).toBe(undefined);
    expect(await clients.recognise({ appId: "a", secret: NEW })).toBe("secret");
    await clients.add({ appId: "a", description: "three", secret: OLD });
    expect((await clients.list())[0]?.entries.map(({ number }) => number)).toEqual([2, 3]);
    await clients.revoke("a");
    expect(await clients.list()).toEqual([]);
    expect(await clients.recognise({ appId: "a", secret: NEW })).toBe(undefined);
    for (const gone of [clients.revoke("a"), clients.rotate("a", NEW), clients.finishRotation("none")]) {
      await expect(gone).rejects.toMatchObject({ code: "invalid_options" });
    }
  });

  it("loses none if many are added at the same time", async () => {
    const clients = createArdcClients(openMemory().state, KEY);
    const descriptions = Array.from({ length: 20 }, (_, i) => `${i}`);
    await Promise.all(
      descriptions.map((description) =>
        clients.add({ appId: "a", description, secret: encodeUtf8(description) }),
      ),
    );
    const [{ entries } = { entries: [] }] = await clients.list();
    expect(entries.map(({ description }) => description).sort()).toEqual([...descriptions].sort());
    expect(entries.map(({ number }) => number)).toEqual(descriptions.map((_, i) => i + 1));
  });

  it.each([
    [{ description: "", addresses: ["x"] }],
    [{ description: "", addresses: ["192.0.2.1/33"], secret: OLD }],
    [{ description: "" }],
    [{ description: "", secret: new Uint8Array() }],
  ])("are refused if they could never log in, or are malformed (%#)", async (client) => {
    const clients = createArdcClients(openMemory().state, KEY);
    await expect(clients.add(client)).rejects.toMatchObject({ code: "invalid_options" });
    expect(await clients.list()).toEqual([]);
  });
});

describe("addClient and listClients", () => {
  const ADMIN = { adminAddresses: ["198.51.100.0/24"] };

  it("register by address, as the original does", async () => {
    const { call } = await createArdcFixture(ADMIN);
    const sent = { method: "GET", body: "" };
    const { properties, message, text } = await call(
      "addClient",
      { ip: "192.0.2.10", desc: "Example" },
      ALICE,
      sent,
    );
    expect(message).toEqual({ type: "user", text: "Successfully created trusted client" });
    expect([...(properties ?? [])]).toEqual([
      ["ip", "192.0.2.10"],
      ["appId", expect.stringMatching(/^[0-9a-f]{40}$/)],
    ]);
    expect(text).toContain('    <properties>\n        <property name="ip" value="192.0.2.10"/>\n');
    const who = { appId: properties?.get("appId") ?? "", identifier: "a", authDomain: "b" };
    const minted = await call("mint", { type: "DESC", value: "x" }, who, { address: "192.0.2.10" });
    expect(minted.type).toBe("success");
  });

  it("register by secret, under a given App Id", async () => {
    const { call } = await createArdcFixture(ADMIN);
    const query = { ip: "", desc: "Example", sharedSecret: "S3CR3T-added", appId: "mine" };
    const { properties } = await call("addClient", query);
    expect([...(properties ?? [])]).toEqual([
      ["ip", ""],
      ["appId", "mine"],
    ]);
    const who = { appId: "mine", secret: "S3CR3T-added", identifier: "a", authDomain: "b" };
    expect((await call("mint", { type: "DESC", value: "x" }, who)).type).toBe("success");
  });

  it("list every registration, one for each address, without secrets", async () => {
    const { call } = await createArdcFixture(ADMIN);
    await call("addClient", { ip: "192.0.2.7", desc: "also c", appId: "c2" });
    const { trustedClients, message, text } = await call("listClients", {});
    expect(message).toEqual({ type: "user", text: "Successfully fetched all trusted clients" });
    expect(trustedClients).toEqual([
      { appId: ALICE.appId, desc: "a", ip: "" },
      { appId: BOB.appId, desc: "b", ip: "" },
      { appId: "c".repeat(40), desc: "c", ip: "192.0.2.7" },
    ]);
    expect(text).not.toContain("S3CR3T");
  });

  const registered = "The ip address or shared secret provided is already registered";
  const noAddress = "IP address must not contain empty values";
  it.each<[Record<string, string>, string]>([
    [{}, "Parameter 'ip' or parameter 'sharedSecret' must be provided"],
    [{ ip: "" }, "IP address and sharedSecret must not both contain empty values and must be provided"],
    [
      { ip: " ", sharedSecret: " " },
      "IP address and sharedSecret must not both contain empty values and must be provided",
    ],
    [{ ip: "192.0.2" }, noAddress],
    [{ ip: "192.0.2.999", desc: "x" }, noAddress],
    [{ ip: "192.0.2.1" }, "Parameter 'desc' must be provided"],
    [{ ip: "192.0.2.1", desc: " " }, "Parameter 'desc' must not contain empty values"],
    [{ ip: "192.0.2.7", desc: "x", appId: "" }, registered],
    [{ sharedSecret: ALICE.secret, desc: "x" }, registered],
    [{ ip: "192.0.2.1", desc: "x", appId: " " }, "Parameter 'appId' must not contain empty values"],
  ])("refuse wrong parameters (%#)", async (query, text) => {
    const { call } = await createArdcFixture(ADMIN);
    expect(await call("addClient", query)).toMatchObject({
      type: "failure",
      message: { type: "user", text },
    });
  });

  it.each<[string, Record<string, string>]>([
    ["192.0.2.1", {}],
    ["192.0.2.1", { "x-forwarded-for": "198.51.100.1" }],
    ["198.51.100.1", { origin: "https://evil.example" }],
    ["", {}],
  ])("are only for allowed addresses, not for %j %j", async (address, headers) => {
    const { call, log } = await createArdcFixture(ADMIN);
    for (const name of ["addClient", "listClients"]) {
      const answer = await call(name, { ip: "192.0.2.1", desc: "x" }, ALICE, { address, headers });
      expect(answer).toMatchObject({ type: "failure", message: { text: "Authentication Failed" } });
    }
    expect(log.lines.join("\n")).not.toContain("S3CR3T");
  });
});
