export { type ArdcAuthOptions, createArdcAuth } from "./ardc.ts";
export {
  type AuthFetchOptions,
  authFetch,
  type FetchLike,
  type FetchLikeInit,
  type FetchLikeResponse,
} from "./auth-fetch.ts";
export { type BasicAuthOptions, createBasicAuth } from "./basic.ts";
export { type ClientCertificateAuthOptions, createClientCertificateAuth } from "./client-certificate.ts";
export { type AuthCredentials, type CreateAuthOptions, createAuth } from "./create-auth.ts";
export {
  createPrivateKeySigner,
  createSecretKeySigner,
  createSessionAuth,
  type Pbkdf2Parameters,
  type PrivateKeySignerOptions,
  type SecretKeySignerOptions,
  type SessionAuthOptions,
  type Signer,
} from "./session/mod.ts";
