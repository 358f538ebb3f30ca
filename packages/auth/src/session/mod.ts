export { createPrivateKeySigner, type PrivateKeySignerOptions } from "./private-key-signer.ts";
export { createSecretKeySigner, type SecretKeySignerOptions } from "./secret-key-signer.ts";
export { createSessionAuth, type SessionAuthOptions } from "./session-auth.ts";
export type { Pbkdf2Parameters, Signer } from "./signer.ts";
