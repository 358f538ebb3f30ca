// A handle server over TLS on a loopback port, made of the built packages, with one administrator.
import { createServer } from "node:https";
import { encodeBase64, encodePublicKey, encodeUtf8, handleKey, parseReference } from "@handlekit/core";
import { createKeyPair, createSelfSignedCertificate } from "@handlekit/keys";
import { createHandleService } from "@handlekit/service";
import { createNodeListener } from "@handlekit/service/node";

export const PREFIX = "20.500.99999";
export const ADMIN = `300:${PREFIX}/ADMIN`;
const ADMIN_BY_KEY = `301:${PREFIX}/ADMIN`;
const KEY_BITS = { bits: 2048 };

/**
 * @param {number} index
 * @param {string} type
 * @param {Uint8Array} data
 */
const storedValue = (index, type, data) => ({
  index,
  type,
  data,
  ttlType: "relative",
  ttl: 86_400,
  permissions: 0b1110,
  timestamp: 0,
  references: [],
});

/**
 * Homes the prefix, enters the administrator, and listens.
 *
 * @param {import("@handlekit/core/store").HandleStore} store
 * @param {readonly string[]} [hosts] the names in the certificate of the server
 * @returns everything a client needs to trust the server and to log in, and `close`
 */
export async function startHandleServer(store, hosts = ["localhost", "127.0.0.1"]) {
  const password = `S3CR3T-${crypto.randomUUID()}`;
  const admin = await createKeyPair(KEY_BITS);
  await store.home(PREFIX);
  await store.commit(handleKey(`${PREFIX}/ADMIN`), "absent", [
    storedValue(300, "HS_SECKEY", encodeUtf8(password)),
    storedValue(301, "HS_PUBKEY", encodePublicKey(admin.publicKey)),
  ]);
  const service = createHandleService({
    store,
    serverAdmins: [parseReference(ADMIN), parseReference(ADMIN_BY_KEY)],
    serverAdminFullAccess: true,
  });

  const { privateKey, publicKey } = await createKeyPair(KEY_BITS);
  const ca = await createSelfSignedCertificate({ privateKey, subject: "anonymous", hosts: [...hosts] });
  const key = new TextDecoder().decode(privateKey.reveal());
  const server = createServer(
    { cert: ca, key, requestCert: true, rejectUnauthorized: false },
    createNodeListener(service),
  );
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");

  return {
    origin: `https://localhost:${address.port}`,
    ca,
    publicKey: encodeBase64(encodePublicKey(publicKey)),
    password,
    certificate: await createSelfSignedCertificate({ privateKey: admin.privateKey, subject: ADMIN_BY_KEY }),
    key: new TextDecoder().decode(admin.privateKey.reveal()),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve(undefined));
        server.closeAllConnections();
      }),
  };
}
