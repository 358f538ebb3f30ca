import { secret } from "@handlekit/core";
import { buildRequest, parseResponse } from "@handlekit/xml";
import type { RecordedResponse } from "../handle-rest/recording.ts";
import { type Connection, connect } from "../handle-rest/send.ts";
import { type Value, valuesBefore } from "./before.ts";
import type { ArdcCase } from "./cases.ts";
import { type Comparison, compare } from "./compare.ts";

/** Plays cases against a server, one after the other. */
export interface Player {
  play(one: ArdcCase): Promise<Comparison>;
  /** Mints a handle with these values. */
  mint(values: readonly Value[]): Promise<string>;
  close(): void;
}

/** Handles of the recordings, in a query or in XML. */
const RECORDED = /10378\.1(\/|%2F)(\d+)/g;
const IDENTIFIER = "ExampleUser";
const OWNER_NUMBER = 1;

const numbersIn = (text: string): number[] =>
  Array.from(text.matchAll(RECORDED), ([, , number]) => Number(number));

/** Puts our handles in the place of the recorded ones that have one. */
function translate(text: string, ours: ReadonlyMap<number, string>): string {
  return text.replace(RECORDED, (recorded, slash: string, number: string) => {
    return ours.get(Number(number))?.replace("/", slash) ?? recorded;
  });
}

/**
 * A player over one connection. Each case acts as an identity of its own, with the handles it needs made before it and
 * emptied after it, so that no case finds what another left.
 *
 * @param client App Id and secret of the client that makes the handles
 */
export function createPlayer(
  url: string,
  ca: string,
  client: { readonly appId: string; readonly sharedSecret: string },
): Player {
  const connection: Connection = connect(url, { ca });
  const { host } = new URL(url);
  let played = 0;
  let newest = 0;

  const send = (
    method: string,
    target: string,
    body: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<RecordedResponse> =>
    connection.send({ method, target, headers: [["Host", host], ...Object.entries(headers)], body });

  const call = async (identifier: string, service: string, query: Readonly<Record<string, string>>) => {
    const properties = {
      appId: client.appId,
      sharedSecret: secret(client.sharedSecret),
      identifier,
      authDomain: "example.org",
    };
    const xml = buildRequest({ properties });
    const { body } = await send("POST", `/pids/${service}?${new URLSearchParams(query)}`, xml);
    const answer = parseResponse(body);
    if (answer.identifier === undefined) throw new Error(`${service}: ${answer.message.text}`);
    return answer.identifier.handle;
  };

  const make = async (identifier: string, values: readonly Value[]): Promise<string> => {
    const [[index, type, value] = [1, "DESC", "x"], ...rest] = values;
    const handle = await call(identifier, "mint", { type, value, index: `${index}` });
    for (const [at, ofType, text] of rest) {
      await call(identifier, "addValueByIndex", { handle, index: `${at}`, type: ofType, value: text });
    }
    return handle;
  };

  /** The handles that a case speaks of, made for it; a fresh one is not among them. */
  const prepare = async (one: ArdcCase, identifier: string): Promise<Map<number, string>> => {
    const fresh = one.request.path === "/pids/mint";
    const named = fresh ? [] : numbersIn(`${one.request.rawQuery} ${one.response.body}`);
    const ours = new Map<number, string>();
    for (const number of [...new Set(named)].sort((a, b) => a - b)) {
      const handle =
        number === OWNER_NUMBER
          ? await call(identifier, "getOwnerHandle", {})
          : await make(identifier, valuesBefore(one.name));
      ours.set(number, handle);
    }
    return ours;
  };

  /** A fresh handle has a number greater than all before. */
  const freshHandle = (one: ArdcCase, body: string, ours: Map<number, string>): void => {
    const [recorded] = one.request.path === "/pids/mint" ? numbersIn(one.response.body) : [];
    const [got] = numbersIn(body);
    if (recorded === undefined || got === undefined) return;
    if (got > newest) ours.set(recorded, `10378.1/${got}`);
    newest = Math.max(newest, got);
  };

  const empty = async (identifier: string, handles: Iterable<string>): Promise<void> => {
    for (const handle of handles) {
      const { body } = await send("GET", `/pids/getHandle?handle=${handle}`, "");
      for (const { index } of parseResponse(body).identifier?.properties ?? []) {
        await call(identifier, "deleteValueByIndex", { handle, index: `${index}` });
      }
    }
  };

  return {
    async play(one) {
      const identifier = `${IDENTIFIER} ${++played}`;
      const ours = await prepare(one, identifier);
      const { method, path, rawQuery, headers, body } = one.request;
      const target = `${path}${rawQuery === "" ? "" : `?${translate(rawQuery, ours)}`}`;
      const asking = body.replaceAll(`value="${IDENTIFIER}"`, `value="${identifier}"`);
      const got = await send(method, target, asking, headers);
      freshHandle(one, got.body, ours);
      const expected = { ...one.response, body: translate(one.response.body, ours) };
      const minting = one.request.path === "/pids/mint";
      if (!minting || asking.includes(`value="${identifier}"`)) await empty(identifier, ours.values());
      return compare(expected, got);
    },
    mint: (values) => make(IDENTIFIER, values),
    close: () => connection.close(),
  };
}
