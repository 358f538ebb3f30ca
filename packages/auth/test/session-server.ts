import {
  createHash,
  createHmac,
  createPublicKey,
  createVerify,
  generateKeyPairSync,
  pbkdf2Sync,
  randomBytes,
  randomUUID,
  sign,
  timingSafeEqual,
} from "node:crypto";
import {
  digestAlgorithm,
  formatHandleChallenge,
  macAlgorithm,
  parseHandleAuthorization,
  signedBytes,
} from "@handlekit/auth/wire";
import {
  decodeUtf8,
  encodeUtf8,
  type PublicKeyJwk,
  type WireRequest,
  type WireResponse,
} from "@handlekit/core";

const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
const { n = "", e = "" } = pair.publicKey.export({ format: "jwk" });

interface Session {
  readonly nonce: Buffer;
  id?: string;
}

/** A key as the server knows it: the secret's text, or the PEM of the public key. */
export type ServerKey = { readonly secret: string } | { readonly publicKey: string };

/** A handle server whose records need a session; on node:crypto, independent of the code under test. */
export function createSessionServer(keys: Record<string, ServerKey>) {
  const sessions = new Map<string, Session>();
  const seen: WireRequest[] = [];
  const held = new Map<string, { arrived: () => void; released: Promise<void> }>();

  function open(): [string, Session] {
    const made: [string, Session] = [`node0${randomUUID()}`, { nonce: randomBytes(16) }];
    sessions.set(...made);
    return made;
  }

  function verified(session: Session, answer: Record<string, string>): boolean {
    const bytes = Buffer.from(signedBytes(session.nonce, Buffer.from(answer.cnonce ?? "", "base64")));
    const signature = Buffer.from(answer.signature ?? "", "base64");
    const key = keys[answer.id ?? ""];
    if (!key || answer.type !== ("secret" in key ? "HS_SECKEY" : "HS_PUBKEY")) return false;
    if ("publicKey" in key) {
      const hash = digestAlgorithm(answer.alg ?? "") ?? "MD5";
      return createVerify(hash).update(bytes).verify(createPublicKey(key.publicKey), signature);
    }
    const secret = Buffer.from(key.secret);
    const algorithm = macAlgorithm(answer.alg ?? "");
    const { salt = "", iterations, length } = answer;
    const derived = () =>
      pbkdf2Sync(secret, Buffer.from(salt, "base64"), Number(iterations), Number(length) / 8, "sha1");
    const mac =
      algorithm === "PBKDF2-HMAC-SHA1"
        ? createHmac("sha1", derived()).update(bytes).digest()
        : algorithm === "HMAC-SHA256"
          ? createHmac("sha256", secret).update(bytes).digest()
          : createHash("sha256").update(secret).update(bytes).update(secret).digest();
    return mac.length === signature.length && timingSafeEqual(mac, signature);
  }

  const json = (status: number, content: unknown, headers: Record<string, string> = {}): WireResponse => ({
    status,
    headers: { ...headers, "content-type": "application/json;charset=utf-8" },
    body: encodeUtf8(JSON.stringify(content)),
  });

  function unauthorised(error?: string, [sessionId, { nonce }] = open()): WireResponse {
    const challenge = formatHandleChallenge({ sessionId, nonce, error });
    return json(
      401,
      { sessionId, nonce: nonce.toString("base64"), error },
      { "www-authenticate": `Basic realm="handle", ${challenge}` },
    );
  }

  function answer({ method, url, headers, body }: WireRequest): WireResponse {
    const content: Record<string, string> = JSON.parse((body && decodeUtf8(body)) || "{}");
    const header = parseHandleAuthorization(headers.authorization ?? "")?.get("sessionid");
    const { pathname } = new URL(url);
    if (method === "POST" && pathname === "/api/sessions") {
      const [sessionId, { nonce }] = open();
      const bytes = signedBytes(nonce, Buffer.from(content.cnonce ?? "", "base64"));
      const proof = content.cnonce !== undefined &&
        server.proof !== "none" && {
          serverAlg: "SHA-256",
          serverSignature: sign("sha256", server.proof === "right" ? bytes : nonce, pair.privateKey).toString(
            "base64",
          ),
        };
      return json(201, { sessionId, nonce: nonce.toString("base64"), ...proof });
    }
    const sessionId = header ?? content.sessionId ?? "";
    const session = sessions.get(sessionId);
    if (pathname === "/api/sessions/this") {
      if (!session) return { status: 403, headers: {} };
      if (method === "DELETE") return { status: sessions.delete(sessionId) ? 204 : 403, headers: {} };
      if (!verified(session, content)) return unauthorised("Identity not verified", [sessionId, session]);
      session.id = content.id ?? "";
      return json(200, { sessionId, authenticated: true, id: content.id });
    }
    return session?.id === undefined || server.deaf
      ? unauthorised()
      : json(200, { responseCode: 1, as: session.id });
  }

  const server = {
    /** Its proof of identity: a signature over the right bytes, over others, or none. */
    proof: "right" as "right" | "wrong" | "none",
    /** True to refuse every session. */
    deaf: false,
    publicKey: { kty: "RSA", n, e } satisfies PublicKeyJwk as PublicKeyJwk,
    sessions,
    seen,
    keys,
    /** Returns the number of requests with this method and path. */
    count: (method: string, path: string) =>
      seen.filter((request) => request.method === method && new URL(request.url).pathname === path).length,
    /** Makes the next request with this method and path wait. */
    hold(method: string, path: string) {
      let release = () => {};
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      const arrived = new Promise<void>((resolve) => {
        held.set(`${method} ${path}`, { arrived: resolve, released });
      });
      return { arrived, release };
    },
    async respond(request: WireRequest): Promise<WireResponse> {
      seen.push(request);
      const name = `${request.method} ${new URL(request.url).pathname}`;
      const waiting = held.get(name);
      held.delete(name);
      waiting?.arrived();
      await waiting?.released;
      return answer(request);
    },
  };
  return server;
}

export type SessionServer = ReturnType<typeof createSessionServer>;
