export { type BasicCredentials, decodeBasic, encodeBasic } from "./basic.ts";
export {
  formatHandleAuthorization,
  type HandleAuthorization,
  parseHandleAuthorization,
} from "./handle-header.ts";
