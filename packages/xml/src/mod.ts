export { buildRequest } from "./build-request.ts";
export { buildResponse } from "./build-response.ts";
export { parseRequest } from "./parse-request.ts";
export { parseResponse } from "./parse-response.ts";
export type { ArdcRequest, RequestProperties } from "./request.ts";
export type {
  ArdcIdentifier,
  ArdcMessage,
  ArdcProperty,
  ArdcResponse,
  ReadResponse,
  ResponseContent,
  TrustedClient,
} from "./response.ts";
