export { createSelfSignedCertificate, type SelfSignedCertificateOptions } from "./certificate.ts";
export { createKeyPair, type KeyPair } from "./key-pair.ts";
