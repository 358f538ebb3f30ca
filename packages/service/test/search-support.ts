import { encodeUtf8, type HandleValueInput, parseReference, secret } from "@handlekit/core";
import { type HandleServiceOptions, openMemory, type ServiceEvent } from "@handlekit/service";
import { ADMIN, admin, createFixture, PASSWORD, PREFIX, seed } from "./support.ts";

/** A prefix whose handles only its own administrator may list. */
export const ELSEWHERE = "20.500.999";
export const READER = { user: "reader", password: "S3CR3T-of-reader" };
/** An account for one prefix. */
export const NARROW = { user: "narrow", password: "S3CR3T-of narrow%41é" };

/** Returns a Basic header; the user is percent-encoded, the password as it is or as `encode` returns it. */
export function basic(
  user: string,
  password: string,
  encode: (text: string) => string = (text) => text,
): { authorization: string } {
  const login = encodeUtf8(`${encodeURIComponent(user)}:${encode(password)}`);
  return { authorization: `Basic ${Buffer.from(login).toString("base64")}` };
}

export const asAdmin: { authorization: string } = basic(ADMIN, PASSWORD);
export const asReader: { authorization: string } = basic(READER.user, READER.password);

const text = (index: number, type: string, data: string, permissions = "1110"): HandleValueInput => ({
  index,
  type,
  data,
  permissions,
});

/** The records that are searched, in this order. */
const RECORDS: readonly (readonly [handle: string, values: readonly HandleValueInput[]])[] = [
  [`${PREFIX}/a`, [text(1, "URL", "https://example.org/a"), text(2, "EMAIL", "a@example.org")]],
  [
    `${PREFIX}/b`,
    [
      text(1, "URL", "https://example.org/b"),
      text(2, "URL", "https://example.com/b"),
      text(3, "EMAIL", "b@example.org"),
      text(4, "url", "lower"),
      admin(),
    ],
  ],
  [
    `${PREFIX}/c`,
    [text(1, "NOTE", "100% of a_b"), text(2, "NOTE", "hidden note", "1100"), text(3, "NOTE", "")],
  ],
  [`${PREFIX}/d`, [text(1, "NOTE", "100 of aXb"), text(300, "HS_SECKEY", "S3CR3T-of-d", "1110")]],
  [`${ELSEWHERE}/a`, [text(1, "URL", "https://example.org/a")]],
  [`${ELSEWHERE}1/a`, [text(1, "URL", "https://example.org/a")]],
];

/** Creates a service with two prefixes, records to search, two accounts, and the fixture's users. */
export async function createSearchFixture(options: Partial<HandleServiceOptions> = {}) {
  const { store = openMemory().store } = options;
  const events: ServiceEvent[] = [];
  const { call } = await createFixture({
    observe: (event) => events.push(event),
    search: {
      accounts: [
        { username: READER.user, password: secret(READER.password) },
        { username: NARROW.user, password: secret(NARROW.password), prefixes: [ELSEWHERE] },
      ],
    },
    ...options,
    store,
  });
  await store.home(ELSEWHERE);
  await seed(store, `0.NA/${ELSEWHERE}`, [
    admin("111111110011", 200, `0.NA/${ELSEWHERE}`),
    {
      index: 200,
      type: "HS_VLIST",
      data: { format: "vlist", value: [parseReference(`300:${ELSEWHERE}/X`)] },
    },
  ]);
  for (const [handle, values] of RECORDS) await seed(store, handle, values);

  /** Sends a GET with the login of the administrator of {@link PREFIX}, or other headers. */
  const get = async (target: string, headers: Readonly<Record<string, string>> = asAdmin) => {
    const answer = await call("GET", target, { headers });
    const isJson = answer.headers.some(([name, value]) => name === "Content-Type" && value.includes("json"));
    return {
      ...answer,
      body: isJson && answer.text !== "" ? (JSON.parse(answer.text) as unknown) : undefined,
    };
  };
  /** Sends a search, and returns the status and the body. */
  const search = async (query: string, headers?: Readonly<Record<string, string>>) => {
    const { status, body } = await get(`/hrls/handles${query}`, headers);
    return [status, body] as const;
  };
  return { store, call, get, search, events };
}

/** Returns the keys of handles of {@link PREFIX}. */
export function ours(...suffixes: readonly string[]): string[] {
  return suffixes.map((suffix) => `${PREFIX}/${suffix.toUpperCase()}`);
}
