import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeValues, handleKey, parseReference, secret } from "@handlekit/core";
import { formatBatch, parseBatch, parseBatchLog } from "@handlekit/core/batch";
import { readExport, writeExport } from "@handlekit/core/export";
import { openJournalFile } from "@handlekit/core/journal-file";
import { auditEntry, formatAuditEntry, parseAuditEntry } from "@handlekit/core/store";
import { parseCredentials, readEnvironment } from "@handlekit/credentials";
import { describeKeys, readKey } from "@handlekit/keys";
import { readSettings } from "../../../apps/server/src/read-settings.ts";
import { bytesTarget, type FuzzTarget, textTarget } from "../target.ts";

const VALUES = encodeValues(
  [
    { index: 1, type: "URL", data: "https://example.org/" },
    { index: 2, type: "TITLE", data: "A record" },
  ],
  new Date(0),
);
const EXPORT: string[] = [];
for await (const line of writeExport(
  ["20.500.12345/A", "20.500.12345/B"].map((handle) => ({ handle: handleKey(handle), values: VALUES })),
  { prefixes: ["20.500.12345"] },
)) {
  EXPORT.push(line);
}
const ENTRY = formatAuditEntry(
  auditEntry({
    time: new Date(0),
    identity: parseReference("300:20.500.12345/USER"),
    scheme: "basic",
    address: "192.0.2.1",
    handle: "20.500.12345/abc",
    before: undefined,
    after: VALUES,
  }),
);

const BATCH = `AUTHENTICATE SECKEY:300:0.NA/TEST
S3CR3T-of-the-batch

CREATE TEST/BATCH1
100 HS_ADMIN 86400 1110 ADMIN 300:110011111111:0.NA/TEST
3 URL 86400 1110 UTF8 https://example.org/batch with spaces
400 HS_VLIST 86400 1110 LIST 300:TEST/MEMBER;301:0.NA/TEST;

REMOVE 5:TEST/BATCH1
HOME 192.0.2.1:2641:TCP
0.NA/TEST

DELETE TEST/BATCH1
`;
const LOG = `Start Time: Sat Nov 21 19:34:34 UTC 2026
==>SUCCESS[3]: create:TEST/BATCH1
==>FAILURE[7]: create:TEST/BATCH1: Error(101): HANDLE ALREADY EXISTS
==>INVALID[10]: error in command line
Successes/Total Entries: 6/8
Batch File Lines: 13
`;

const CREDENTIALS = [
  '{"handle_server_url":"https://h.example:8000/","username":"300:20.500.12345/USER","password":"S3CR3T"}',
  '{"baseuri":"https://h.example","private_key":"key.pem","certificate_only":"../c.pem","HTTPS_verify":"ca.pem"}',
  "{ “baseuri”: “https://h.example”, “username”: “300:a/b”, “password”: “S3CR3T” }",
  `{"appId":"${"a".repeat(40)}","sharedSecret":"S3CR3T","identifier":"I","authDomain":"example.org"}`,
  '{"handle_server_url":"https://h.example","trust":"sha256:00","reverselookup_username":"u","handleowner":"200:a/b"}',
];

const { passphrase, ...keys } = JSON.parse(
  await readFile(new URL("../../../packages/keys/test/handle-net-keys.json", import.meta.url), "utf8"),
) as Record<string, string>;
// Encryption 3 and 4 derive a key with many iterations, which takes longer than everything else.
const KEY_FILES = [
  "rsa-public",
  "rsa-encryption-0",
  "rsa-encryption-1",
  "rsa-encryption-2",
  "dsa-public",
].map((name) => new Uint8Array(Buffer.from(keys[name] ?? "", "base64")));
const pem = (label: string, base64: string) =>
  `-----BEGIN ${label}-----\n${base64.replace(/.{64}/g, "$&\n")}\n-----END ${label}-----\n`;

/** Calls a function with a file of its own that has this content. */
async function withFile<T>(
  name: string,
  content: Uint8Array,
  use: (path: string, folder: string) => Promise<T>,
) {
  const folder = mkdtempSync(join(tmpdir(), "handlekit-fuzz-"));
  try {
    writeFileSync(join(folder, name), content);
    return await use(join(folder, name), folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const fileTargets: readonly FuzzTarget[] = [
  textTarget("batch", [BATCH], (text) => {
    const commands = parseBatch(text);
    parseBatch(formatBatch(commands as never));
  }),
  textTarget("batch-log", [LOG], parseBatchLog),
  textTarget("export", [`${EXPORT.join("\n")}\n`], async (text) => {
    for await (const _ of readExport(text.split("\n").slice(0, -1)));
  }),
  textTarget("audit-entry", [ENTRY], (text) => formatAuditEntry(parseAuditEntry(text))),
  bytesTarget(
    "journal",
    [
      '{"kind":"intent","key":"1","at":"2026-01-02T03:04:05.678Z"}\n{"kind":"done","key":"1","detail":{"a":[1]}}\n',
      '{"kind":"intent","key":"1"}\n{"kind":"int',
    ],
    (bytes) =>
      withFile("a.journal", bytes, async (path) => {
        const journal = await openJournalFile(path);
        try {
          for await (const _ of journal.entries());
          await journal.append([{ kind: "done", key: "1", at: "2026-01-02T03:04:05.678Z" }]);
        } finally {
          await journal.close();
        }
      }),
  ),
  textTarget("credentials", CREDENTIALS, (text) => parseCredentials(text, { source: "c.json" })),
  textTarget(
    "environment",
    ["HDL_SERVER=https://h.example\nHDL_USERNAME=300:a/b\nHDL_PASSWORD=S3CR3T\nHDL_TRUST=sha256:00"],
    (text) => readEnvironment(Object.fromEntries(text.split("\n").map((line) => line.split("=", 2)))),
  ),
  bytesTarget(
    "key-file",
    [
      ...KEY_FILES,
      pem("PRIVATE KEY", keys["dsa-private-pkcs8"] ?? ""),
      pem("PUBLIC KEY", keys["dsa-public-spki"] ?? ""),
    ],
    async (bytes) => {
      const options = { passphrase: secret(passphrase ?? "") };
      await describeKeys(bytes, options);
      await readKey(bytes, options);
      await readKey(bytes);
    },
  ),
  bytesTarget(
    "server-config",
    [
      '{"host":"127.0.0.1","httpsPort":8000,"serverAdmins":["300:20.500.12345/ADMIN"],"ardcPrefix":"10378.1"}',
      '{"httpsPort":"8001","searchPrefixes":"a, b","serverAdminFullAccess":"on","logLevel":"info"}',
    ],
    (bytes) => withFile("config.json", bytes, (_, folder) => readSettings(folder, {}, {})),
  ),
];
