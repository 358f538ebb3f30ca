export type { CredentialDocument, Credentials, DocumentLogin, Login } from "./credentials.ts";
export { parseCredentials } from "./parse-credentials.ts";
