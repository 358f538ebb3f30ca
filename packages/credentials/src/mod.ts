export type {
  ArdcCredentials,
  ClientConfig,
  CredentialDocument,
  Credentials,
  DocumentLogin,
  FoundKey,
  Login,
  ReverseLookup,
} from "./credentials.ts";
export { describeCredentials } from "./describe-credentials.ts";
export { parseCredentials } from "./parse-credentials.ts";
export { readEnvironment } from "./read-environment.ts";
