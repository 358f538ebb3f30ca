import { jsonAnswer } from "../http/answer.ts";
import type { Answer } from "../http/message.ts";
import type { Endpoint, HeaderLine } from "./context.ts";

/** The document only changes with the version of the server. */
const CACHED: HeaderLine = ["Cache-Control", "public, max-age=3600"];

/**
 * Creates the endpoint /api/openapi.json, which describes the API to everybody. The description is a module of its own,
 * loaded and encoded at the first request, because most servers are never asked for it.
 *
 * @param linkBase the path under which clients reach the service, empty or without a trailing slash
 */
export function createOpenApiEndpoint(linkBase: string): Endpoint {
  const encode = async (): Promise<Answer> => {
    const { describeApi } = await import("../openapi/document.ts");
    return jsonAnswer(describeApi(linkBase === "" ? "/" : linkBase), { headers: [CACHED] });
  };
  let encoded: Promise<Answer> | undefined;
  return () => {
    encoded ??= encode();
    return encoded;
  };
}
