export { createSelfSignedCertificate, type SelfSignedCertificateOptions } from "./certificate.ts";
export { createKeyPair, type KeyPair, type KeyPairOptions } from "./key-pair.ts";
