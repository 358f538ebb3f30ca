import {
  HandleError,
  parseReference,
  quoteForMessage,
  type Secret,
  secret,
  type ValueReference,
} from "@handlekit/core";

/** Normalises the origins a strategy is made for: `https` only, path and trailing slash dropped. */
export function readOrigins(origins: readonly string[]): readonly string[] {
  if (origins.length === 0) {
    throw new HandleError("invalid_options", {
      message: "The strategy has no origins, so it could speak to no server.",
      hint: "Give the server's address, for example origins: ['https://handle.example.org:8000'].",
    });
  }
  return origins.map((text) => {
    let url: URL;
    try {
      url = new URL(text);
    } catch {
      throw new HandleError("invalid_options", {
        message: `The origin ${quoteForMessage(text)} is not a URL.`,
      });
    }
    if (url.protocol !== "https:") {
      throw new HandleError("insecure_connection", {
        message: `Credentials are not sent to ${quoteForMessage(url.origin)}: the connection is not encrypted.`,
        hint: "Use the server's https address.",
      });
    }
    return url.origin;
  });
}

/** An identity given as text or taken apart. */
export function readIdentity(identity: string | ValueReference): ValueReference {
  return typeof identity === "string" ? parseReference(identity) : { ...identity };
}

/** A secret given as such or as text. */
export function readSecret(value: string | Secret): Secret {
  return typeof value === "string" ? secret(value) : value;
}
