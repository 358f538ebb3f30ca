import {
  clientNetwork,
  decodeAdmin,
  decodeBase64,
  decodeData,
  decodeHex,
  decodePublicKey,
  decodeSite,
  decodeValue,
  decodeValueList,
  encodeAdmin,
  encodeBase64,
  encodePublicKey,
  encodeSite,
  encodeUtf8,
  encodeValue,
  encodeValueList,
  encodeValues,
  handleKey,
  matchesReference,
  normalizeHandle,
  parseFingerprint,
  parseHandle,
  parseIpAddress,
  parseJson,
  parseReference,
  parseUrl,
  permissionBits,
  printable,
  quoteForMessage,
  subjectIdentity,
} from "@handlekit/core";
import { decodeRecord, encodeRecord } from "@handlekit/core/store";
import { bytesTarget, type FuzzTarget, runAll, textTarget } from "../target.ts";

const KEY = { kty: "RSA", n: encodeBase64(new Uint8Array(128).fill(7)), e: "AQAB" } as const;
const ADMIN = { handle: "20.500.12345/USER", index: 300, permissions: "011111110011" };
const SITE = {
  version: 1,
  protocolVersion: "2.10",
  serialNumber: 1,
  primarySite: true,
  multiPrimary: false,
  attributes: [{ name: "desc", value: "A site" }],
  servers: [
    {
      serverId: 1,
      address: "192.0.2.1",
      publicKey: { format: "key", value: KEY },
      interfaces: [{ query: true, admin: true, protocol: "HTTPS", port: 8000 }],
    },
  ],
} as never;
const VALUES = encodeValues([
  { index: 1, type: "URL", data: "https://example.org/" },
  { index: 100, type: "HS_ADMIN", data: { format: "admin", value: ADMIN } },
]);
const HANDLES = [
  "20.500.12345/abc",
  "hdl:0.NA/20.500.12345",
  "300:20.500.12345/a:b/é",
  "20.5/\ud83d\ude00%2F",
];

export const coreTargets: readonly FuzzTarget[] = [
  textTarget("handle", HANDLES, (text) => {
    const handle = parseHandle(text);
    handleKey(normalizeHandle(text));
    quoteForMessage(text);
    printable(text);
    parseHandle(`${handle.prefix}/${handle.suffix}`);
  }),
  textTarget("reference", ["300:20.500.12345/USER", "0:0.NA/1", "-1:a/b"], (text) => {
    const reference = parseReference(text);
    matchesReference(reference, parseReference("300:20.500.12345/USER"));
  }),
  textTarget("subject", ["300:20.500.12345/USER", "20.500.12345/USER"], (text) => {
    subjectIdentity({ UID: text });
    subjectIdentity({ UID: [text, "x"], CN: text });
  }),
  textTarget(
    "addresses",
    ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "fe80::1%eth0", "10.0.0.0/8"],
    (text) => {
      parseIpAddress(text);
      clientNetwork(text);
    },
  ),
  textTarget(
    "small",
    ["011111110011", `sha256:${"ab".repeat(32)}`, "AAEC_w==", "00ff", "https://a/%zz"],
    (text) => runAll(text, permissionBits, parseFingerprint, decodeBase64, decodeHex, parseUrl),
  ),
  textTarget("json", ['{"a":[1,2,{"b":null}],"c":"\\u00e9"}', "[[[[]]]]"], (text) => parseJson(text)),
  textTarget(
    "value-json",
    [
      '{"index":1,"type":"URL","data":{"format":"string","value":"https://example.org/"},"ttl":86400}',
      `{"index":100,"type":"HS_ADMIN","data":{"format":"admin","value":${JSON.stringify(ADMIN)}}}`,
      `{"index":301,"type":"HS_PUBKEY","data":{"format":"key","value":${JSON.stringify(KEY)}},"permissions":"1110"}`,
      '{"index":200,"type":"HS_VLIST","data":{"format":"vlist","value":[{"handle":"a/b","index":1}]}}',
      `{"index":2,"type":"HS_SITE","data":{"format":"site","value":${JSON.stringify(SITE)}},"ttl":"2026-01-02T03:04:05Z"}`,
      '{"index":5,"type":"X","data":{"format":"base64","value":"AAEC"},"references":[{"handle":"a/b","index":1}]}',
    ],
    (text) => {
      const value = encodeValue(parseJson(text));
      encodeValue(decodeValue(value));
      decodeRecord(encodeRecord([value]));
    },
  ),
  bytesTarget(
    "binary",
    [
      encodeAdmin(ADMIN),
      encodeValueList([{ handle: "a/b", index: 300 }]),
      encodePublicKey(KEY as never),
      encodeSite(SITE),
      encodeRecord(VALUES),
      encodeUtf8("plain"),
    ],
    (bytes) => {
      for (const type of ["HS_ADMIN", "HS_VLIST", "HS_PUBKEY", "HS_SITE", "URL"]) decodeData(type, bytes);
      runAll(bytes, decodeAdmin, decodeValueList, decodePublicKey, decodeSite, decodeRecord);
    },
  ),
];
