import { type JsonObject, ref } from "./parts.ts";

const schema = (name: string): JsonObject => ref(`schemas/${name}`);
const text = (description: string, more: JsonObject = {}): JsonObject => ({
  type: "string",
  description,
  ...more,
});
const list = (items: JsonObject): JsonObject => ({ type: "array", items });

const STRING: JsonObject = { type: "string" };
const BASE64: JsonObject = { type: "string", contentEncoding: "base64" };
const SUCCESS: JsonObject = { const: 1, description: "Success." };
const TIME: JsonObject = { type: "string", format: "date-time" };
const VALUE_PERMISSIONS: JsonObject = text(
  "Four binary digits: admin read, admin write, public read, public write. `1110`, the default, is left out; `1100` is a hidden value.",
  { pattern: "^[01]{4}$" },
);

/** Returns the schema of an object: all members are required but those whose names end with a question mark. */
function object(description: string, members: JsonObject): JsonObject {
  const names = Object.keys(members);
  return {
    type: "object",
    description,
    required: names.filter((name) => !name.endsWith("?")),
    properties: Object.fromEntries(
      Object.entries(members).map(([name, member]) => [name.replace(/\?$/, ""), member]),
    ),
  };
}

const data = (format: string, value: JsonObject, description: string): JsonObject =>
  object(description, { format: { const: format }, value });

const PAGE: JsonObject = {
  "page?": { type: "integer", minimum: 0 },
  "pageSize?": { type: "integer", minimum: 0 },
};
const TOTAL: JsonObject = text("The number of all, not only of this page, as text.", { pattern: "^\\d+$" });

const VALUES: JsonObject = {
  Reference: object("One value of a record, such as the key of a user.", {
    handle: STRING,
    index: { type: "integer", minimum: 0, description: "0 in HS_ADMIN and HS_VLIST stands for any index." },
  }),
  AdminRecord: object("The data of an HS_ADMIN value: who administers, and with which permissions.", {
    handle: STRING,
    index: { type: "integer", minimum: 0 },
    permissions: text(
      "Twelve binary digits, from the left: list handles, read value, add admin, remove admin, modify admin, add value, remove value, modify value, delete derived prefix, add derived prefix, delete handle, add handle.",
      { pattern: "^[01]{12}$" },
    ),
    "legacyByteLength?": {
      type: "boolean",
      description: "The stored bytes have the two zero bytes of old servers.",
    },
  }),
  PublicKey: {
    description: "A public key as JSON Web Key, numbers as base64url.",
    oneOf: [
      object("RSA", { kty: { const: "RSA" }, n: STRING, e: STRING }),
      object("DSA", { kty: { const: "DSA" }, y: STRING, p: STRING, q: STRING, g: STRING }),
    ],
  },
  Site: object("The data of an HS_SITE value: the servers that are responsible for a prefix.", {
    version: { type: "integer" },
    protocolVersion: STRING,
    serialNumber: { type: "integer" },
    primarySite: { type: "boolean" },
    multiPrimary: { type: "boolean" },
    "hashOption?": {
      enum: [0, 1, 2],
      description: "By prefix, by suffix, by the whole handle (2, the default).",
    },
    "hashFilter?": STRING,
    attributes: list(object("An attribute.", { name: STRING, value: STRING })),
    servers: list(schema("Server")),
  }),
  Server: object("One server of a site.", {
    serverId: { type: "integer" },
    address: text("IPv4 or IPv6."),
    "publicKey?": {
      oneOf: [
        data("key", schema("PublicKey"), "An RSA or DSA key."),
        data("base64", BASE64, "Another key, or none."),
      ],
    },
    interfaces: list(
      object("An address at which it listens.", {
        query: { type: "boolean" },
        admin: { type: "boolean" },
        protocol: { enum: ["UDP", "TCP", "HTTP", "HTTPS"] },
        port: { type: "integer", minimum: 0, maximum: 65_535 },
      }),
    ),
  }),
  Data: {
    description: "The data of a value. Its type decides about the format.",
    oneOf: [
      data("string", STRING, "Text."),
      data("base64", BASE64, "Bytes that are not text."),
      data("admin", schema("AdminRecord"), "HS_ADMIN."),
      data("vlist", list(schema("Reference")), "HS_VLIST, a list of administrators."),
      data("key", schema("PublicKey"), "HS_PUBKEY."),
      data("site", schema("Site"), "HS_SITE, HS_SITE.PREFIX and HS_NA_DELEGATE."),
    ],
  },
  Value: object("A value of a record.", {
    index: { type: "integer", format: "int32" },
    type: text("Such as `URL`, `EMAIL`, `HS_ADMIN`, or a handle."),
    data: schema("Data"),
    "permissions?": VALUE_PERMISSIONS,
    ttl: {
      description: "How long it may be cached: seconds, or until a time.",
      oneOf: [{ type: "integer" }, TIME],
    },
    "timestamp?": { ...TIME, description: "The last change." },
    "references?": list(schema("Reference")),
  }),
  ValueInput: object(
    "A value to be written. Handle.Net's other spellings are accepted too: an index as text, numbers and booleans as data, permissions of fewer digits, those of HS_ADMIN as a list, and formats in upper case.",
    {
      index: { type: "integer", format: "int32", minimum: 1 },
      type: STRING,
      data: {
        anyOf: [
          text("Short for the format string."),
          schema("Data"),
          data("hex", text("Hexadecimal digits.", { pattern: "^([0-9A-Fa-f]{2})*$" }), "Bytes."),
        ],
      },
      "permissions?": VALUE_PERMISSIONS,
      "ttl?": { oneOf: [{ type: "integer" }, TIME], default: 86_400 },
      "timestamp?": { ...TIME, description: "Ignored: the server sets it." },
      "references?": list(schema("Reference")),
    },
  ),
};

const RECORDS: JsonObject = {
  Record: object("A record, or the selected values of it.", {
    responseCode: SUCCESS,
    handle: text("As the request has it."),
    values: { type: "array", items: schema("Value"), minItems: 1, description: "By index." },
  }),
  NoValues: object("The record exists, but has no such value, or none that is public.", {
    responseCode: { const: 200, description: "Values not found." },
    values: { type: "array", maxItems: 0 },
    handle: STRING,
  }),
  RecordAnswer: { oneOf: [schema("Record"), schema("NoValues")] },
  RecordInput: {
    description: "The values, alone or in an object, or a single value.",
    anyOf: [
      list(schema("ValueInput")),
      object("A record.", {
        values: list(schema("ValueInput")),
        "handle?": text("That of the path; nothing else is accepted."),
      }),
      schema("ValueInput"),
    ],
  },
  RecordQuery: object("The parameters of the query, for those that do not fit into it.", {
    "index?": { anyOf: [{ type: "integer" }, list({ type: "integer" })] },
    "type?": { anyOf: [STRING, list(STRING)] },
    "publicOnly?": { type: "boolean" },
    "pretty?": { type: "boolean" },
    "callback?": STRING,
  }),
  Done: object("It was done.", {
    responseCode: SUCCESS,
    handle: text("As the request has it, or the new handle with `mintNewSuffix`."),
  }),
  HandleList: object("Handles of a prefix, as they are stored: in upper case, in the order of their bytes.", {
    responseCode: SUCCESS,
    prefix: STRING,
    totalCount: TOTAL,
    ...PAGE,
    handles: list(STRING),
  }),
  ListQuery: object("The parameters of the query.", {
    "prefix?": STRING,
    ...PAGE,
  }),
  Error: object("A refusal.", {
    responseCode: {
      enum: [2, 3, 4, 5, 100, 101, 102, 200, 201, 202, 301, 400, 401, 402],
      description:
        "Of the Handle protocol: 2 error, 3 too busy, 4 malformed, 5 not supported, 100 handle not found, 101 handle exists, 102 invalid handle, 200 values not found, 201 value exists, 202 invalid value, 301 prefix not here, 400 not an administrator, 401 no permission, 402 login needed.",
    },
    "message?": STRING,
    "handle?": STRING,
  }),
};

const OTHERS: JsonObject = {
  PrefixList: object("Homed prefixes, as their prefix handles.", {
    responseCode: SUCCESS,
    totalCount: TOTAL,
    ...PAGE,
    prefixes: list(STRING),
  }),
  PrefixQuery: object("The prefix.", { "prefix?": text("`0.NA/20.500.12345` or `20.500.12345`.") }),
  SiteAnswer: object("The site of this server.", { responseCode: SUCCESS, site: schema("Site") }),
  Verification: object("Whether the MAC was made with the key.", {
    responseCode: SUCCESS,
    isValid: { type: "boolean" },
    handle: STRING,
  }),
  Session: object("A session. Who has its id has its login.", {
    "sessionId?": STRING,
    "nonce?": {
      ...BASE64,
      description: "To be signed together with a nonce of the client: `nonce` then `cnonce`.",
    },
    "serverAlg?": { const: "SHA-256" },
    "serverSignature?": { ...BASE64, description: "With the key of `/api/site`, over `nonce` and `cnonce`." },
    "authenticated?": {
      type: "boolean",
      description: "Absent for a session whose challenge is not answered.",
    },
    "id?": text("The identity: `300:20.500.12345/USER1`."),
    "error?": text("The reason why the login of this request failed."),
  }),
  Login: object(
    "The answer to a challenge. The same fields may be in `Authorization: Handle`, which takes precedence.",
    {
      "sessionId?": STRING,
      "id?": text("`300:20.500.12345/USER1`; in the header it is percent-encoded."),
      "type?": { enum: ["HS_SECKEY", "HS_PUBKEY"] },
      "cnonce?": {
        ...BASE64,
        description: "A nonce of the client. Alone it asks for the server's signature.",
      },
      "alg?": text(
        "HS_SECKEY: `HMAC-SHA256`, `HMAC-SHA1`, `SHA-256`, `SHA-1`, `MD5` or `PBKDF2-HMAC-SHA1`. HS_PUBKEY: `SHA-256`, `SHA-1` or `MD5`.",
      ),
      "signature?": BASE64,
      "salt?": { ...BASE64, description: "Of PBKDF2." },
      "iterations?": { type: ["integer", "string"], description: "Of PBKDF2, at most 100,000." },
      "length?": { type: ["integer", "string"], description: "Of the key of PBKDF2, in bits." },
      "version?": { type: ["integer", "string"], description: "0." },
      "clientCert?": {
        type: ["boolean", "string"],
        description:
          "`true` uses the client certificate of the connection from now on, `false` no more. Only in JSON.",
      },
    },
  ),
  History: object("Changes of a handle, the newest first.", {
    responseCode: SUCCESS,
    handle: STRING,
    entries: list(schema("HistoryEntry")),
    "next?": {
      type: "integer",
      description: "There are older ones: the value of `before` for the next page.",
    },
  }),
  HistoryEntry: object("One change.", {
    number: { type: "integer", minimum: 1 },
    time: TIME,
    "identity?": STRING,
    scheme: STRING,
    "address?": text("Only for server administrators."),
    operation: text("`create`, `change`, `delete`, or that of a command of `hdl-server`."),
    "note?": text("The client of the ARDC service."),
    "before?": {
      ...list(schema("Value")),
      description: "Absent for a new record. HS_SECKEY values have no data.",
    },
    "after?": { ...list(schema("Value")), description: "Absent for a record that was removed." },
    digest: text("SHA-256 of the entry in the chain of all changes, in hex.", { pattern: "^[0-9a-f]{64}$" }),
  }),
  FoundHandles: {
    ...list(STRING),
    description: "Handles as they are stored. Empty if nothing matches, and without a type.",
  },
  FoundRecords: {
    type: "object",
    description: "With `retrieverecords`: the publicly readable values of each record, by handle.",
    additionalProperties: list(object("A value.", { type: STRING, value: STRING })),
  },
  SearchAnswer: { oneOf: [schema("FoundHandles"), schema("FoundRecords")] },
  SearchError: text("The reason, as a JSON string."),
  OpenApi: { type: "object", additionalProperties: true, description: "This document." },
};

/** The schemas of the document. */
export const SCHEMAS: JsonObject = { ...VALUES, ...RECORDS, ...OTHERS };
