import { encodeBasic, formatHandleAuthorization } from "@handlekit/auth/wire";
import { encodeUtf8, parseReference } from "@handlekit/core";
import { createArdcClients, openMemory, type ServiceRequest } from "@handlekit/service";
import { ADMIN, createFixture, PASSWORD, PREFIX } from "../../../packages/service/test/support.ts";
import { bytesTarget, type FuzzTarget, messageOf } from "../target.ts";

const LOGIN = `authorization: ${encodeBasic(parseReference(ADMIN), encodeUtf8(PASSWORD))}`;
const VALUE = '{"index":1,"type":"URL","data":{"format":"string","value":"https://example.org/"}}';
const FORM = "content-type: application/x-www-form-urlencoded";
const API = `/api/handles/${PREFIX}`;
const ANSWER = formatHandleAuthorization({
  sessionId: "0af3",
  id: ADMIN,
  type: "HS_SECKEY",
  cnonce: "AwMDAwMDAwMDAwMDAwMDAw==",
  alg: "SHA256",
  signature: "AwMD",
});
const IDENTITY =
  '<request><properties><property name="identifier" value="I"/><property name="authDomain" value="D"/></properties></request>';

/** Requests that the service answers. */
export const REQUESTS: readonly string[] = [
  `GET ${API}/Record?index=1&type=URL\naccept: application/json\n\n`,
  `GET ${API}/Record?auth=true\n${LOGIN}\n\n`,
  `PUT ${API}/new\n${LOGIN}\ncontent-type: application/json\n\n{"values":[${VALUE}]}`,
  `PUT ${API}/Record?index=various&overwrite=true\n${LOGIN}\ncontent-type: application/json\nif-match: "a"\n\n[${VALUE}]`,
  `DELETE ${API}/Record?index=1\n${LOGIN}\norigin: https://example.org\n\n`,
  `POST /api/sessions\ncontent-type: application/json\n\n{"id":"${ADMIN}","type":"HS_SECKEY","cnonce":"AAAA"}`,
  `PUT /api/sessions/this\nauthorization: ${ANSWER}\n\n`,
  `GET /api/handles?prefix=${PREFIX}&page=0&pageSize=2\n${LOGIN}\n\n`,
  `POST /api/verifications\ncontent-type: application/json\n\n{"handle":"a/b","index":300,"nonce":"AA==","signature":"AA=="}`,
  `GET /hrls/handles/${PREFIX}?URL=*example*&limit=10&retrieverecords=true\n${LOGIN}\n\n`,
  `GET /hdl-server/history/${PREFIX}/Record?limit=1\n${LOGIN}\n\n`,
  `GET /${PREFIX}/Record?noredirect&locatt=country:au&urlappend=%2Fa\naccept: text/html;q=0.5, */*\naccept-language: de, en;q=0.7\n\n`,
  `POST /\n${FORM}\n\nhdl=${PREFIX}%2FRecord&action=showvalues&type=URL&_method=GET`,
  `POST /pids/mint?type=URL&value=https%3A%2F%2Fexample.org%2F\nauthorization: Basic OjE=\ncontent-type: application/xml\n\n${IDENTITY}`,
  `POST /pids/modifyValueByIndex?handle=${PREFIX}/1&index=1&value=a\nx-forwarded-for: 192.0.2.1, 10.0.0.1\n\n${IDENTITY}`,
  `GET /pids/addClient?appId=a&sharedSecret=S3CR3T&desc=b&ip=192.0.2.1\n\n`,
  `OPTIONS ${API}/a\norigin: null\naccess-control-request-method: PUT\naccess-control-request-headers: authorization\n\n`,
  "GET /api/site\naccept-encoding: gzip, br;q=0\n\n",
];

/** Creates a service with all that it can do; `failed` has the unexpected errors that it logged. */
export async function createEverything(): Promise<{
  respond(
    request: ServiceRequest,
  ): ReturnType<Awaited<ReturnType<typeof createFixture>>["service"]["respond"]>;
  readonly service: Awaited<ReturnType<typeof createFixture>>["service"];
  readonly failed: string[];
}> {
  const failed: string[] = [];
  const ignore = () => {};
  const { store, state } = openMemory();
  const secretKey = new Uint8Array(32).fill(9);
  const { service } = await createFixture({
    store,
    state,
    sessionKey: new Uint8Array(32).fill(8),
    failedLogins: { perIdentity: 0, perAddress: 0 },
    verificationsPerMinute: 1_000_000,
    serverAdmins: [parseReference(ADMIN)],
    basicInBrowsers: true,
    search: {},
    ardc: { state, prefix: PREFIX, secretKey, adminAddresses: ["127.0.0.0/8"], proxies: ["10.0.0.1"] },
    log: {
      debug: ignore,
      info: ignore,
      warn: ignore,
      error: (message, fields) =>
        failed.push(`${message} ${JSON.stringify(fields)} ${String(fields?.error)}`),
    },
  });
  await createArdcClients(state, secretKey).add({
    description: "fuzz",
    addresses: ["127.0.0.1", "192.0.2.1"],
  });
  return { service, respond: service.respond, failed };
}

export const serviceTargets: readonly FuzzTarget[] = [
  bytesTarget("service", REQUESTS, async (input) => {
    const { respond, failed } = await createEverything();
    const { first, headers, body } = messageOf(input);
    const [method = "", target = ""] = first.split(" ");
    const { status } = await respond({
      method,
      target: target.replace(/[^!-~]/g, ""),
      headers,
      body,
      connection: { secure: true, remoteAddress: "127.0.0.1" },
    });
    if (failed.length > 0) throw new Error(failed.join("; "));
    if (!(status >= 200 && status < 600) || status === 500) throw new Error(`status ${status}`);
  }),
];
