import { createPrivateKeySigner, createSecretKeySigner, createSessionAuth } from "@handlekit/auth/session";
import {
  decodeBasic,
  encodeBasic,
  formatHandleAuthorization,
  formatHandleChallenge,
  parseChallenges,
  parseHandleAuthorization,
} from "@handlekit/auth/wire";
import { encodeUtf8, exchange } from "@handlekit/core";
import {
  addLocation,
  chooseLocation,
  collectCandidates,
  exchangeUrl,
  expandTemplate,
  formatLocations,
  mergeLocations,
  parseLocations,
  removeUrl,
  repairLocations,
} from "@handlekit/loc";
import { buildRequest, parseRequest, parseResponse } from "@handlekit/xml";
import { parseXml, writeXml } from "@handlekit/xml/reader";
import { bytesTarget, type FuzzTarget, messageOf, runAll, textTarget } from "../target.ts";

const NONCE = new Uint8Array(16).fill(3);
const CHALLENGE = formatHandleChallenge({
  sessionId: "0af3",
  nonce: NONCE,
  serverAlg: "SHA256",
  serverSignature: NONCE,
});
const LOCATIONS = [
  '<locations chooseby="locatt,country,weighted"><location id="0" href="https://example.org/a?b&amp;c" country="au" weight="0.5"/></locations>',
  "<locations><location href='https://example.org/{hdl}'/><include handle=\"a/b\"/><loc_template href='x'/></locations>",
];
const XML = [
  '<?xml version="1.0" encoding="UTF-8"?>\n<request name="mint"><properties><property name="appId" value="a"/><property name="sharedSecret" value="S3CR3T"/><property name="identifier" value="I"/><property name="authDomain" value="D"/></properties></request>',
  '<a b="c&#10;d"><!-- e --><![CDATA[f]]>g&amp;<?h i?></a>',
];
const RESPONSE =
  '<?xml version="1.0"?>\n<response type="success"><identifier handle="10378.1/2"><property index="1" type="URL" value="https://example.org/"/></identifier><timestamp>2026-01-02T03:04:05Z</timestamp><message type="user">Successfully authenticated and created handle</message></response>';

const REQUEST = { method: "GET", url: "https://h.example/api/handles/a/b", headers: {} };

/** The login of a session with a server that answers each request with the same message. */
function logIn(input: Uint8Array) {
  const { first, headers, body } = messageOf(input);
  const signer = createSecretKeySigner({ secret: "S3CR3T", alg: "HMAC-SHA256" });
  const strategy = createSessionAuth({ identity: "300:a/b", signer, origins: ["https://h.example"] });
  const status = /^[1-5]\d\d/.test(first) ? Number(first.slice(0, 3)) : 200;
  return exchange(strategy, REQUEST, { send: async () => ({ status, headers, body }) });
}

export const wireTargets: readonly FuzzTarget[] = [
  textTarget(
    "challenge",
    [`Basic realm="handle", ${CHALLENGE}`, 'Handle sessionId=a, error="b\\"c"'],
    (text) => {
      const { handle } = parseChallenges(text);
      const { sessionId, nonce } = handle ?? {};
      if (sessionId !== undefined && nonce !== undefined) formatHandleChallenge({ sessionId, nonce });
    },
  ),
  textTarget("basic", [encodeBasic("300:a/b", encodeUtf8("S3CR3T")), "basic OjpAJTAw"], (text) => {
    const found = decodeBasic(text);
    if (found !== undefined) encodeBasic(found.user, found.password);
  }),
  textTarget(
    "handle-header",
    [
      formatHandleAuthorization({ sessionId: "a", id: "300:a/b", type: "HS_SECKEY", cnonce: "AA==" }),
      "handle a=b,c",
    ],
    (text) => formatHandleAuthorization(Object.fromEntries(parseHandleAuthorization(text) ?? [])),
  ),
  textTarget(
    "private-key-pem",
    [
      `-----BEGIN PRIVATE KEY-----\n${Buffer.from("3000060 92a864886f70d0101010500").toString("base64")}\n-----END PRIVATE KEY-----`,
    ],
    (key) => createPrivateKeySigner({ key }).sign(new Uint8Array(3)),
  ),
  bytesTarget(
    "session-login",
    [
      `401\nwww-authenticate: ${CHALLENGE}\ncontent-type: application/json\n\n{"sessionId":"0af3","nonce":"AwMDAwMDAwMDAwMDAwMDAw==","authenticated":false}`,
      '200\ncontent-type: application/json\n\n{"sessionId":"0af3","authenticated":true,"id":"300:a/b"}',
    ],
    logIn,
  ),
  textTarget("xml", XML, (text) => parseXml(writeXml(parseXml(text)))),
  bytesTarget("ardc-request", XML, (bytes) => buildRequest(parseRequest(bytes))),
  bytesTarget("ardc-response", [RESPONSE, ...XML], (bytes) => parseResponse(bytes)),
  textTarget("loc", LOCATIONS, (text) => {
    const locations = parseLocations(text);
    const repaired = repairLocations(locations);
    parseLocations(formatLocations(repaired));
    chooseLocation(locations, { random: () => 0.5 });
    collectCandidates({
      handle: "a/b",
      own: [locations],
      urls: [{ url: "https://example.org/", isSubtype: false }],
    });
    runAll(
      locations,
      (all) => exchangeUrl(all, "https://example.org/a?b&c", "https://example.org/d"),
      (all) => removeUrl(all, "https://example.org/a?b&c"),
      (all) => mergeLocations([all, repaired]),
      (all) => parseLocations(formatLocations(addLocation(all, "https://example.org/e", { weight: 1 }))),
    );
  }),
  textTarget("loc-template", ["https://example.org/{hdl}?{hdl:path}&{other}"], (text) =>
    expandTemplate(text, text.slice(0, 100)),
  ),
];
