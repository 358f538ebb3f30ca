export type { CredentialDocument, Credentials, Login } from "./credentials.ts";
export type { DocumentToSave } from "./document/write-document.ts";
export { loadCredentials } from "./file/load-credentials.ts";
export { type Passphrase, type ResolveOptions, resolveCredentials } from "./file/resolve-credentials.ts";
export { saveCredentials } from "./file/save-credentials.ts";
