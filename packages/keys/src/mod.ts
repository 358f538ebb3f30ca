export type { BinEncryption } from "./bin-encryption.ts";
export { createSelfSignedCertificate, type SelfSignedCertificateOptions } from "./certificate.ts";
export { type CertificateDescription, describeKeys, type KeyDescription } from "./describe-keys.ts";
export { createKeyPair, type KeyPair, type KeyPairOptions } from "./key-pair.ts";
export { type Key, type ReadKeyOptions, readKey } from "./read-key.ts";
export {
  type KeyFormat,
  type WritePrivateKeyOptions,
  type WritePublicKeyOptions,
  writePrivateKey,
  writePublicKey,
} from "./write-key.ts";
