import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { type HandleError, isHandleError, secret } from "@handlekit/core";

const text = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
const RECORDINGS = "../../../tests/conformance/handle-rest/recordings";

/** Key files that Java made, with the cryptography that Handle.Net uses; not with this package. */
export const vectors: Readonly<Record<string, string>> = JSON.parse(text("handle-net-keys.json"));
export const PASSPHRASE = secret(vectors.passphrase ?? "");
/** The RSA key that a Handle.Net server was recorded with. */
export const ADMIN_KEY = text(`${RECORDINGS}/admin-key.pem`);
export const ADMIN_PUBLIC_KEY = text(`${RECORDINGS}/admin-public-key.pem`);

/** A certificate that the recorded server accepted, by the name of its file. */
export const recordedCertificate = (name: string) => text(`${RECORDINGS}/client-certificates/${name}.pem`);

export function vector(name: string): Uint8Array {
  const encoded = vectors[name];
  if (encoded === undefined) throw new Error(`There is no vector ${name}.`);
  return new Uint8Array(Buffer.from(encoded, "base64"));
}

export const reveal = (value: { reveal(): Uint8Array } | undefined) =>
  Buffer.from(value?.reveal() ?? []).toString("latin1");

/** Returns the error of an attempt, which must be `invalid_key` and show no secret. */
export async function refusal(attempt: Promise<unknown>): Promise<HandleError> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isHandleError(error, "invalid_key"))
    throw new Error(`The error is not invalid_key: ${inspect(error)}`);
  if (/S3CR3T|PRIVATE KEY-----\n/.test(inspect(error))) throw new Error("The error shows a secret.");
  return error;
}
