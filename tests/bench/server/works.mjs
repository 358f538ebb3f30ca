import { handleOf, NUMBER, valuesOf } from "./record.mjs";

/** @typedef {Awaited<ReturnType<typeof import("./logins.mjs").createLogins>>} Logins */

/**
 * @typedef {object} Work what is measured
 * @property {string} name
 * @property {"http" | "https"} scheme
 * @property {number} connections
 * @property {readonly import("./load.mjs").Call[]} calls
 * @property {"known" | "new" | "filled"} numbers of handles that exist, of new ones, or of ones that exist once
 * @property {{ cert: string, key: string }} [certificate] of the client
 * @property {import("./load.mjs").Call} [yardstick] what the yardsticks' server is asked for in its place
 * @property {"read" | "create"} [peer] for a load that another server can be given too
 * @property {Work} [beside] a load that runs at the same time, and whose figures are shown too
 */

const JSON_TYPE = { "content-type": "application/json" };
const pathOf = (/** @type {number | string} */ number) => `/api/handles/${handleOf(number)}`;
const record = (/** @type {number | string} */ number) => JSON.stringify({ values: valuesOf(number) });

const FIXED = { method: "GET", path: "/fixed" };
const LIBSQL = { method: "GET", path: `/libsql/${handleOf(NUMBER)}` };

/** Connections at the same time, as most figures are taken. */
const READERS = 32;
const WRITERS = 16;
const MANY = [1, 16, 128];

/** @param {Readonly<Record<string, string>>} headers a login */
const writes = (headers) => {
  const change = JSON.stringify([{ index: 3, type: "TITLE", data: `Changed ${NUMBER}` }]);
  return {
    create: {
      method: "PUT",
      path: `${pathOf(NUMBER)}?overwrite=false`,
      headers: { ...headers, ...JSON_TYPE },
      body: record(NUMBER),
    },
    modify: {
      method: "PUT",
      path: `${pathOf(NUMBER)}?index=3`,
      headers: { ...headers, ...JSON_TYPE },
      body: change,
    },
    delete: { method: "DELETE", path: pathOf(NUMBER), headers },
  };
};

/** @returns {Work[]} */
function reads() {
  const hot = { method: "GET", path: pathOf(0) };
  const random = { method: "GET", path: pathOf(NUMBER) };
  /** @type {("http" | "https")[]} */
  const schemes = ["http", "https"];
  return schemes.flatMap((scheme) => {
    const common = { scheme, numbers: /** @type {const} */ ("known") };
    return [
      ...[READERS, ...MANY].map((connections) => ({
        ...common,
        name: "resolve hot",
        connections,
        calls: [hot],
        yardstick: FIXED,
        peer: /** @type {const} */ ("read"),
      })),
      { ...common, name: "resolve random", connections: READERS, calls: [random], yardstick: LIBSQL },
      {
        ...common,
        name: "redirect hot",
        connections: READERS,
        calls: [{ method: "GET", path: `/${handleOf(0)}` }],
        yardstick: FIXED,
      },
    ];
  });
}

/**
 * Reads while as much is created as can be.
 *
 * @param {Logins} logins
 * @returns {Work}
 */
function readsBesideCreates({ session }) {
  return {
    name: "resolve hot beside creates",
    scheme: "http",
    connections: READERS,
    numbers: "known",
    calls: [{ method: "GET", path: pathOf(0) }],
    beside: {
      name: "create session beside resolves",
      scheme: "https",
      connections: WRITERS,
      numbers: "new",
      calls: [writes(session).create],
    },
  };
}

/** @param {Logins} logins @returns {Work[]} */
function changes({ basic, session, certificate }) {
  const by = { basic, session, certificate: certificate.headers };
  const numbers = /** @type {const} */ ({ create: "new", modify: "known", delete: "filled" });
  return /** @type {const} */ (["create", "modify", "delete"]).flatMap((operation) =>
    Object.entries(by).map(([login, headers]) => ({
      name: `${operation} ${login}`,
      scheme: /** @type {const} */ ("https"),
      connections: WRITERS,
      numbers: numbers[operation],
      calls: [writes(headers)[operation]],
      ...(login === "certificate" && { certificate: certificate.pem }),
      ...(operation === "create" && {
        yardstick: { method: "PUT", path: "/synced", body: record(NUMBER) },
        ...(login === "session" && { peer: /** @type {const} */ ("create") }),
      }),
    })),
  );
}

/**
 * Everything that is measured.
 *
 * @param {Logins} logins
 * @returns {Work[]}
 */
export function listWorks(logins) {
  const { session, ardc } = logins;
  const mint = `/pids/mint?type=URL&value=${encodeURIComponent("https://example.org/minted/")}${NUMBER}`;
  const { modify } = writes(session);
  const common = {
    scheme: /** @type {const} */ ("https"),
    connections: WRITERS,
    numbers: /** @type {const} */ ("known"),
  };
  const url = encodeURIComponent("https://example.org/");
  return [
    ...reads(),
    readsBesideCreates(logins),
    ...changes(logins),
    { ...common, name: "mint", numbers: "new", calls: [{ method: "POST", path: mint, ...ardc }] },
    {
      ...common,
      name: "search",
      calls: [{ method: "GET", path: `/hrls/handles?URL=${url}${NUMBER}`, headers: logins.basic }],
    },
    {
      ...common,
      name: "mixed 95/5",
      calls: [
        { method: "GET", path: pathOf(NUMBER), share: 0.95 },
        { ...modify, share: 0.05 },
      ],
    },
  ];
}
