import {
  type AuthStrategy,
  encodeUtf8,
  invalidOptions,
  quoteForMessage,
  type Secret,
  type WireRequest,
} from "@handlekit/core";
import { buildRequest, parseRequest, type RequestProperties } from "@handlekit/xml";
import { readOrigins, readSecret } from "./options.ts";
import { formatBasic } from "./wire/basic.ts";

/** What {@link createArdcAuth} needs. */
export interface ArdcAuthOptions {
  /** Names the institution; ARDC makes it. */
  readonly appId: string;
  /** Its secret. Without one the service knows the institution by the address it calls from. */
  readonly sharedSecret?: string | Secret | undefined;
  /** With `authDomain` the owner of the handles: whatever the institution calls them. */
  readonly identifier: string;
  /** Where the identifier is known, such as a host name. */
  readonly authDomain: string;
  /** Where the secret goes: into an Authorization header (default), or into the body with the rest. */
  readonly via?: "header" | "body" | undefined;
  /** The https addresses of the services it may be sent to. */
  readonly origins: readonly string[];
}

function readOptions(options: ArdcAuthOptions): { readonly secret?: Secret; readonly inHeader: boolean } {
  const { appId, sharedSecret, via = "header" } = options;
  for (const name of ["appId", "identifier", "authDomain"] as const) {
    if (options[name] === "") throw invalidOptions(`The ${name} of the ARDC service is empty.`);
  }
  if (appId.includes(":")) {
    throw invalidOptions(
      `The appId ${quoteForMessage(appId)} has a colon, at which the service would cut it.`,
      "Give the appId and the shared secret apart.",
    );
  }
  if (via !== "header" && via !== "body") throw invalidOptions('`via` is neither "header" nor "body".');
  if (sharedSecret === undefined) return { inHeader: false };
  const secret = readSecret(sharedSecret);
  if (secret.reveal().length === 0) {
    throw invalidOptions(
      "The shared secret of the ARDC service is empty.",
      "Leave it out to be known by a registered address.",
    );
  }
  return { secret, inHeader: via === "header" };
}

/** What is in a body already: only the authType is the caller's own. */
function readBody(request: WireRequest): { readonly name?: string | undefined; readonly authType?: string } {
  if (request.body === undefined || request.body.length === 0) {
    const service = /([^/]+)\/*$/.exec(new URL(request.url).pathname)?.[1];
    return service === undefined ? {} : { name: service };
  }
  const { name, properties } = parseRequest(request.body);
  return { name, ...(properties.authType === undefined ? {} : { authType: properties.authType }) };
}

/**
 * The strategy for the ARDC Handle service: the identity goes into an XML body, the shared secret into a Basic header
 * or beside it, never into the URL. A body that is there keeps its name and its authType; who asks is replaced.
 *
 * @throws HandleError `invalid_options` for an empty text, a colon in the appId or no origin, `invalid_value` for a
 *   character that XML cannot hold, `insecure_connection` for an origin that is not https; a request is refused with
 *   `invalid_options` when its method allows no body, with `invalid_value` when its body is no XML
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
  const { appId, identifier, authDomain } = options;
  const { secret, inHeader } = readOptions(options);
  const properties: RequestProperties = {
    ...(inHeader ? {} : { appId, sharedSecret: secret }),
    identifier,
    authDomain,
  };
  // Tells now rather than at the first request what XML cannot hold.
  buildRequest({ properties: { ...properties, appId } });
  return {
    scheme: "ardc",
    origins: readOrigins(options.origins),
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
          ...(inHeader && secret ? { authorization: formatBasic(appId, secret.reveal()) } : {}),
        },
        body: encodeUtf8(body),
      };
    },
  };
}
