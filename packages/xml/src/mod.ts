export { buildResponse } from "./ardc/build-response.ts";
export { parseResponse } from "./ardc/parse-response.ts";
export { type ArdcRequest, buildRequest, parseRequest, type RequestProperties } from "./ardc/request.ts";
export type {
  ArdcIdentifier,
  ArdcMessage,
  ArdcProperty,
  ArdcResponse,
  ReadResponse,
  ResponseContent,
  TrustedClient,
} from "./ardc/response.ts";
export { type ForbiddenCharacter, findForbidden, replaceForbidden } from "./document/characters.ts";
