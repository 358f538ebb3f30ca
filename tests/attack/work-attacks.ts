import { encodeBase64, encodeUtf8 } from "@handlekit/core";
import { PREFIX } from "../support/site.ts";
import { type Attack, must, rounds } from "./attack.ts";
import { AUTHORIZATION, SMALL, type Target } from "./target.ts";
import { ask, type Reply, requestText } from "./wire.ts";

const CNONCE = encodeBase64(encodeUtf8("S3CR3T-cnonce-of-a-client"));
const USER = `300:${PREFIX}/ADMIN`;

/** The fields of an answer with the most work that is allowed, or more. */
const derivation = (iterations: number, length: number) => ({
  cnonce: CNONCE,
  signature: "AAAA",
  alg: "PBKDF2-HMAC-SHA1",
  salt: "AAAA",
  iterations: String(iterations),
  length: String(length),
});

const verification = (iterations: number, length: number) =>
  requestText(
    "GET",
    `/api/verifications/${USER}?${new URLSearchParams({ nonce: CNONCE, ...derivation(iterations, length) })}`,
  );

/** Counts the statuses of replies: `200: 20, 503: 4`. */
function countStatuses(counts: Map<number, number>, replies: readonly Reply[]): void {
  for (const { status } of replies) counts.set(status, (counts.get(status) ?? 0) + 1);
}
const shown = (counts: ReadonlyMap<number, number>) =>
  [...counts]
    .sort()
    .map(([status, count]) => `${status}: ${count}`)
    .join(", ");

/** Sends requests, some at a time, while a client logs in with its password. */
function requests(
  name: string,
  atOnce: number,
  allowed: readonly number[],
  make: (target: Target) => Promise<readonly string[]>,
): Attack {
  return {
    name,
    async run(target, isOver) {
      const counts = new Map<number, number>();
      const made = await make(target);
      let slowest = 0;
      const tried = await rounds(isOver, async () => {
        const attacking = Array.from({ length: atOnce }, (_, i) =>
          ask(target.port, made[i % made.length] ?? ""),
        );
        const login = await target.honest("GET", `/api/handles/${SMALL}`, [AUTHORIZATION]);
        must(login.status === 200, `a login is ${login.status}`);
        slowest = Math.max(slowest, login.milliseconds);
        countStatuses(counts, await Promise.all(attacking));
      });
      const others = [...counts.keys()].filter((status) => !allowed.includes(status));
      must(others.length === 0, `unexpected responses: ${shown(counts)}`);
      return {
        tried: `${tried * atOnce} requests`,
        result: `${shown(counts)}; slowest login ${Math.round(slowest)} ms`,
      };
    },
  };
}

/** Opens a session and returns answers to its challenge, which need a key derived. */
async function derivedLogins({ port }: Target): Promise<readonly string[]> {
  const { body } = await ask(port, requestText("POST", "/api/sessions"));
  const { sessionId } = JSON.parse(body) as { sessionId: string };
  const fields = { sessionId, id: USER, type: "HS_SECKEY", ...derivation(100_000, 160) };
  return [requestText("PUT", "/api/sessions/this", [], JSON.stringify(fields))];
}

const put = (handle: string, query: string, values: readonly object[]) =>
  requestText("PUT", `/api/handles/${handle}${query}`, [AUTHORIZATION], JSON.stringify(values));

/** Fills a record in pieces, as far as it goes. */
const growing: Attack = {
  name: "a record that grows by 5,000 values with each request",
  async run({ port }, isOver) {
    const counts = new Map<number, number>();
    let [pieces, page] = [0, 0];
    const handle = `${PREFIX}/growing`;
    const admin = { handle: `${PREFIX}/ADMIN`, index: 300, permissions: "111111111111" };
    const first = { index: 100, type: "HS_ADMIN", data: { format: "admin", value: admin } };
    const tried = await rounds(isOver, async () => {
      const { status } = await ask(port, put(handle, "", [first]));
      must(status === 201 || status === 200, `the first value is ${status}`);
      for (let piece = 0; piece < 4; piece++) {
        const values = Array.from({ length: 5000 }, (_, i) => ({
          index: 1000 + piece * 5000 + i,
          type: "T",
          data: "a value of a record that grows",
        }));
        const made = await ask(port, put(handle, "?index=various", values));
        countStatuses(counts, [made]);
        pieces++;
      }
      const { body } = await ask(port, requestText("GET", `/${handle}?noredirect`));
      page = Math.max(page, body.length);
      must(page < 1_000_000, `the page has ${page} bytes`);
    });
    must((counts.get(400) ?? 0) >= 2 * tried, `responses: ${shown(counts)}`);
    return { tried: `${pieces} requests`, result: `${shown(counts)}; page of ${page} bytes` };
  },
};

/** Lists that refer to each other, for users that are in none of them. */
async function longLists({ port }: Target): Promise<readonly string[]> {
  const handle = `${PREFIX}/lists`;
  const list = (index: number, next: number) => ({
    index,
    type: "HS_VLIST",
    data: {
      format: "vlist",
      value: [
        { handle, index: next },
        ...Array.from({ length: 6000 }, (_, i) => ({ handle: `${PREFIX}/${i}`, index: 300 })),
      ],
    },
  });
  const admins = Array.from({ length: 200 }, (_, i) => ({
    index: i + 1,
    type: "HS_ADMIN",
    data: { format: "admin", value: { handle, index: 1000 + (i % 2), permissions: "111111111111" } },
  }));
  const { status } = await ask(port, put(handle, "", [...admins, list(1000, 1001), list(1001, 1000)]));
  must(status === 201 || status === 200, `the lists are ${status}`);
  return [requestText("DELETE", `/api/handles/${handle}?index=1`, [AUTHORIZATION])];
}

/** The attacks on the server's time and memory. */
export const WORK_ATTACKS: readonly Attack[] = [
  requests("verifications with as much PBKDF2 as is allowed", 24, [200, 429, 503], async () => [
    verification(100_000, 160),
  ]),
  requests("verifications with more PBKDF2 than is allowed", 24, [400, 429], async () => [
    verification(200_000, 4096),
  ]),
  requests("logins with as much PBKDF2 as is allowed", 24, [401, 503], derivedLogins),
  requests("selections of 120,000 indexes", 4, [400], async () => [
    requestText(
      "POST",
      `/api/handles/${SMALL}`,
      [],
      JSON.stringify({ index: Array.from({ length: 120_000 }, (_, i) => i + 1) }),
    ),
  ]),
  requests("a handle with a million blanks in it", 2, [404], async () => [
    requestText("POST", "/", [], `hdl=a${"+".repeat(1_000_000)}b`, "application/x-www-form-urlencoded"),
  ]),
  requests("changes that walk long lists of administrators", 4, [403], longLists),
  growing,
];
