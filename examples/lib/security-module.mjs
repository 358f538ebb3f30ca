// Stands in for a hardware security module: the private key cannot be exported and never leaves this thread, which
// answers two questions: its public key, and a signature over bytes.
import { parentPort } from "node:worker_threads";

const rsa = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const size = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
const { privateKey, publicKey } = await crypto.subtle.generateKey({ ...rsa, ...size }, false, [
  "sign",
  "verify",
]);

parentPort?.on("message", async ({ number, bytes }) => {
  const answer =
    bytes === undefined
      ? await crypto.subtle.exportKey("jwk", publicKey)
      : new Uint8Array(await crypto.subtle.sign(rsa.name, privateKey, bytes));
  parentPort?.postMessage({ number, answer });
});
