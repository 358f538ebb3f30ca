// What is measured. Each subject does the same HTTP: a read is a GET and JSON.parse, a modification a read and a PUT.
import { HANDLE, IDENTITY, NEW_EMAIL, PASSWORD } from "./record.mjs";

/**
 * @typedef {{ http: string, https: string, ca: string }} Site
 * @typedef {() => Promise<unknown>} Operation
 * @typedef {Record<string, Operation>} Subject operations by "read http", "read https", "modify http", "modify https"
 */

const PATH = `/api/handles/${HANDLE}`;
const CHANGE_PATH = `${PATH}?index=2&overwrite=true`;
const ACCEPT = { accept: "application/json" };
const AUTHORIZATION = `Basic ${Buffer.from(`${encodeURIComponent(IDENTITY)}:${PASSWORD}`).toString("base64")}`;
const WRITE_HEADERS = { ...ACCEPT, "content-type": "application/json", authorization: AUTHORIZATION };

/** @param {{ values: { index: number, ttl: number }[] }} record */
function change(record) {
  const present = record.values.find(({ index }) => index === 2);
  const value = { ...present, data: { format: "string", value: NEW_EMAIL } };
  return JSON.stringify({ values: [value] });
}

/** @param {Site} site @returns {Promise<Subject>} */
async function openHandlekit({ http, https, ca }) {
  const [{ createClient }, { parseReference, secret }] = await Promise.all([
    import("@handlekit/client"),
    import("@handlekit/core"),
  ]);
  const plain = createClient({ server: http });
  const secure = createClient({
    server: https,
    httpsVerify: { ca },
    login: {
      kind: "password",
      identity: parseReference(IDENTITY),
      password: secret(new TextEncoder().encode(PASSWORD)),
    },
  });
  return {
    "read http": () => plain.read(HANDLE),
    "read https": () => secure.read(HANDLE),
    "modify https": () => secure.modify(HANDLE, { EMAIL: NEW_EMAIL }),
  };
}

/** @param {Site} site @returns {Promise<Subject>} */
async function openUndici({ http, https, ca }) {
  const { Pool } = await import("undici");
  const options = { connections: 32, pipelining: 1 };
  const pools = { http: new Pool(http, options), https: new Pool(https, { ...options, connect: { ca } }) };
  /** @param {import("undici").Pool} pool */
  const read = async (pool) => {
    const { body } = await pool.request({ method: "GET", path: PATH, headers: ACCEPT });
    return JSON.parse(await body.text());
  };
  /** @param {import("undici").Pool} pool */
  const modify = async (pool) => {
    const { body } = await pool.request({
      method: "PUT",
      path: CHANGE_PATH,
      headers: WRITE_HEADERS,
      body: change(await read(pool)),
    });
    return JSON.parse(await body.text());
  };
  return {
    "read http": () => read(pools.http),
    "read https": () => read(pools.https),
    "modify http": () => modify(pools.http),
    "modify https": () => modify(pools.https),
  };
}

/** Its certificate is trusted by NODE_EXTRA_CA_CERTS. @param {Site} site @returns {Promise<Subject>} */
async function openFetch({ http, https }) {
  /** @param {string} origin */
  const read = async (origin) => (await fetch(`${origin}${PATH}`, { headers: ACCEPT })).json();
  /** @param {string} origin */
  const modify = async (origin) => {
    const init = { method: "PUT", headers: WRITE_HEADERS, body: change(await read(origin)) };
    return (await fetch(`${origin}${CHANGE_PATH}`, init)).json();
  };
  return {
    "read http": () => read(http),
    "read https": () => read(https),
    "modify http": () => modify(http),
    "modify https": () => modify(https),
  };
}

/** @type {Record<string, (site: Site) => Promise<Subject>>} */
const SUBJECTS = { handlekit: openHandlekit, "undici request": openUndici, "global fetch": openFetch };

/** @param {string} name @param {Site} site */
export function openSubject(name, site) {
  const open = SUBJECTS[name];
  if (!open) throw new Error(`no such subject: ${name}`);
  return open(site);
}
