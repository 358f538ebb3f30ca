export type {
  ArdcCredentials,
  ClientConfig,
  CredentialDocument,
  Credentials,
  DocumentLogin,
  DocumentTrust,
  FoundKey,
  Login,
  ReverseLookup,
} from "./credentials.ts";
export { describeCredentials } from "./describe-credentials.ts";
export { type ParseOptions, parseCredentials, readEnvironment } from "./parse-credentials.ts";
