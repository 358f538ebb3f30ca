export { type DigestAlgorithm, digestAlgorithm, type MacAlgorithm, macAlgorithm } from "./algorithm.ts";
export { type BasicCredentials, decodeBasic, encodeBasic, formatBasic } from "./basic.ts";
export {
  type Challenges,
  formatHandleChallenge,
  type HandleChallenge,
  parseChallenges,
} from "./challenge.ts";
export {
  formatHandleAuthorization,
  type HandleAuthorization,
  parseHandleAuthorization,
} from "./handle-header.ts";
export { signedBytes } from "./signed-bytes.ts";
