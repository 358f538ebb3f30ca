export {
  type AdminCheck,
  type Authorisation,
  type AuthorisationRules,
  authorise,
  type Operation,
} from "./authorise/authorise.ts";
export { changePermissions, sameValue } from "./authorise/change.ts";
export type { CheckedList, ReadRecord } from "./authorise/find-path.ts";
export { type ByteReader, type ByteWriter, createByteReader, createByteWriter } from "./byte-fields.ts";
export {
  concatBytes,
  decodeBase64,
  decodeHex,
  decodeUtf8,
  encodeBase64,
  encodeBase64Url,
  encodeHex,
  encodeUtf8,
  sameBytes,
} from "./bytes.ts";
export { checkArgument, checkOptions, type OptionKind } from "./check.ts";
export type {
  ArdcCredentials,
  ClientConfig,
  CommonCredentials,
  Credentials,
  FoundKey,
  Login,
  ReverseLookup,
} from "./credentials.ts";
export {
  HandleError,
  type HandleErrorCode,
  type HandleErrorDetails,
  invalidOptions,
  invalidValue,
  isHandleError,
} from "./error.ts";
export { exchange } from "./exchange.ts";
export {
  foldCase,
  formatHandle,
  type Handle,
  type HandleKey,
  handleKey,
  normalizeHandle,
  parseHandle,
  prefixHandle,
  prefixOf,
  quoteForMessage,
  sameHandle,
} from "./handle.ts";
export { createInTurn, type InTurn } from "./in-turn.ts";
export { parseJson } from "./parse-json.ts";
export { type Place, placeOf } from "./position.ts";
export { hasLoneSurrogate, printable } from "./printable.ts";
export {
  formatReference,
  MAX_INDEX,
  matchesReference,
  parseReference,
  subjectIdentity,
  type ValueReference,
} from "./reference.ts";
export { RESPONSE_CODES, statusOf } from "./response-codes.ts";
export { checkSecret, type Secret, secret } from "./secret.ts";
export type { AuthContext, AuthStrategy, Logger, WireRequest, WireResponse } from "./strategy.ts";
export { formatFingerprint, parseFingerprint, type ServerTrust } from "./trust.ts";
export { parseUrl } from "./url.ts";
export { decodeAdmin, decodeValueList, encodeAdmin, encodeValueList } from "./value/admin.ts";
export { decodeData, encodeData } from "./value/data.ts";
export { hasType } from "./value/has-type.ts";
export { clientNetwork, parseIpAddress } from "./value/ip-address.ts";
export { DEFAULT_TTL, decodeValue, encodeValue, encodeValues } from "./value/json.ts";
export {
  ADMIN_PERMISSIONS,
  type AdminPermission,
  permissionBits,
  permissionNames,
  permissionString,
  VALUE_PERMISSIONS,
} from "./value/permissions.ts";
export { decodePublicKey, encodePublicKey } from "./value/public-key.ts";
export { decodeSite, encodeSite } from "./value/site.ts";
export type {
  AdminRecord,
  HandleValue,
  HandleValueInput,
  PublicKeyJwk,
  Site,
  SiteInterface,
  SiteServer,
  StoredValue,
  ValueData,
} from "./value/value.ts";
