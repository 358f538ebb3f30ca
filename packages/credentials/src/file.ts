export type { CredentialDocument, Credentials, Login } from "./credentials.ts";
export type { DocumentToSave } from "./document/write-document.ts";
export type { Passphrase } from "./file/private-key.ts";
export {
  type LoadOptions,
  loadCredentials,
  type ResolveOptions,
  resolveCredentials,
} from "./file/resolve-credentials.ts";
export { saveCredentials } from "./file/save-credentials.ts";
