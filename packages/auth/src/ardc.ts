import {
  type AuthStrategy,
  checkOptions,
  encodeUtf8,
  invalidOptions,
  type Secret,
  type WireRequest,
} from "@handlekit/core";
import { buildRequest, parseRequest, type RequestProperties } from "@handlekit/xml";
import { readOrigins, readPassword } from "./options.ts";
import { formatBasic } from "./wire/basic.ts";

/** Options of {@link createArdcAuth}. */
export interface ArdcAuthOptions {
  /** The id of the institution, which ARDC assigns. */
  readonly appId: string;
  /** Its shared secret. Without one, the service identifies the institution by the IP address of the request. */
  readonly sharedSecret?: string | Secret | undefined;
  /** With `authDomain` the owner of the handles, in the institution's own terms. */
  readonly identifier: string;
  /** The domain in which the identifier is unique, such as a host name. */
  readonly authDomain: string;
  /** Where the secret is sent: in an Authorization header, or in the body. Default `header`. */
  readonly via?: "header" | "body" | undefined;
  /** The https addresses of the services that it may be sent to. */
  readonly origins: readonly string[];
}

const CALLER = "createArdcAuth";

function checkArdcOptions(options: ArdcAuthOptions): void {
  checkOptions(CALLER, options, {
    appId: ["string"],
    identifier: ["string"],
    authDomain: ["string"],
    via: ["string", "undefined"],
  });
  for (const name of ["appId", "identifier", "authDomain"] as const) {
    if (options[name] === "") throw invalidOptions(`${CALLER}: the option ${name} is empty.`);
  }
  const { appId, via = "header" } = options;
  if (appId.includes(":")) {
    throw invalidOptions(
      `${CALLER}: the option appId contains a colon, at which the service would split it.`,
      "Give the appId and the shared secret separately.",
    );
  }
  if (via !== "header" && via !== "body") {
    throw invalidOptions(`${CALLER}: the option via must be "header" or "body".`);
  }
}

/** Returns the parts of the request's XML body that are the caller's own; without a body, the name is that of the path. */
function readBody(request: WireRequest): {
  readonly name: string | undefined;
  readonly authType: string | undefined;
} {
  if (request.body === undefined || request.body.length === 0) {
    const service = /([^/]+)\/*$/.exec(new URL(request.url).pathname)?.[1];
    return { name: service, authType: undefined };
  }
  const { name, properties } = parseRequest(request.body);
  return { name, authType: properties.authType };
}

/**
 * Creates the strategy for ARDC's Handle service: the identity is sent in an XML body, the shared secret in a Basic
 * header or in the body, never in the URL. An existing body keeps its name and its authType; its identity is replaced.
 *
 * @throws HandleError `invalid_options` for an option that is missing, of the wrong type or empty, or a colon in the
 *   appId, `invalid_value` for a character that XML does not allow, `insecure_connection` for an origin that is not
 *   https. Requests fail with `invalid_options` when their method allows no body, `invalid_value` when their body is
 *   not XML
 * @example
 * ```ts
 * const strategy = createArdcAuth({
 *   appId, sharedSecret, identifier: "ExampleUser", authDomain: "example.org",
 *   origins: ["https://demo.identifiers.ardc.edu.au"],
 * });
 * ```
 * @see https://documentation.ardc.edu.au/handle
 */
export function createArdcAuth(options: ArdcAuthOptions): AuthStrategy {
  checkArdcOptions(options);
  const { appId, identifier, authDomain, sharedSecret, via = "header" } = options;
  const secret = sharedSecret === undefined ? undefined : readPassword(CALLER, "sharedSecret", sharedSecret);
  const origins = readOrigins(CALLER, options.origins);
  const authorization = secret && via === "header" ? formatBasic(appId, secret.reveal()) : undefined;
  const properties: RequestProperties = {
    ...(authorization === undefined ? { appId, sharedSecret: secret } : {}),
    identifier,
    authDomain,
  };
  // Reports characters that XML does not allow now rather than at the first request.
  buildRequest({ properties: { ...properties, appId } });
  return {
    scheme: "ardc",
    origins,
    authenticate(request) {
      if (request.method === "GET" || request.method === "HEAD") {
        throw invalidOptions(
          `The ARDC service takes the identity from the body, and a ${request.method} request has none.`,
          "Use POST.",
        );
      }
      const { name, authType } = readBody(request);
      const body = buildRequest({ name, properties: { ...properties, authType } });
      const { authorization: _, ...headers } = request.headers;
      return {
        ...request,
        headers: {
          ...headers,
          "content-type": "application/xml",
          ...(authorization === undefined ? {} : { authorization }),
        },
        body: encodeUtf8(body),
      };
    },
  };
}
