export { EUDATHandleClient } from "./eudat-handle-client.ts";
export {
  BrokenHandleRecordException,
  CredentialsFormatError,
  type ExceptionDetails,
  type ExceptionResponse,
  GenericHandleError,
  HandleAlreadyExistsException,
  HandleAuthenticationError,
  HandleNotFoundException,
  HandleSyntaxError,
  IllegalOperationException,
  ReverseLookupException,
} from "./exceptions.ts";
export type { HandleRecordJson } from "./handle-record.ts";
export type { AdminOwner, KeyValuePairs, RegisterOptions } from "./key-value-pairs.ts";
export type { ModifyHandleValueOptions } from "./methods/change-values.ts";
export type { SearchHandleOptions, SearchHandleTerms } from "./methods/search.ts";
export { PIDClientCredentials } from "./pid-client-credentials.ts";
export type { EUDATHandleClientConfig } from "./read-config.ts";
export {
  checkHandleSyntax,
  checkHandleSyntaxWithIndex,
  createAuthenticationString,
  removeIndexFromHandle,
} from "./utilhandle.ts";
