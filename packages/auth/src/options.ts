import {
  checkArgument,
  HandleError,
  invalidOptions,
  MAX_INDEX,
  parseReference,
  parseUrl,
  quoteForMessage,
  type Secret,
  secret,
  type ValueReference,
} from "@handlekit/core";

/**
 * Reads the option `origins`.
 *
 * @param caller the public function that was given it
 * @returns origins as `URL` writes them, without path and trailing slash
 * @throws HandleError `invalid_options`; `insecure_connection` for an origin that is not https
 */
export function readOrigins(caller: string, origins: readonly string[]): readonly string[] {
  checkArgument(caller, "the option origins", origins, ["array"]);
  if (origins.length === 0) {
    throw invalidOptions(
      `${caller}: the option origins is empty, so the strategy could be used with no server.`,
      'Give the server\'s address, such as origins: ["https://handle.example.org:8000"].',
    );
  }
  return origins.map((text, i) => {
    checkArgument(caller, `the option origins[${i}]`, text, ["string"]);
    const url = parseUrl(text);
    if (!url) {
      throw invalidOptions(
        `${caller}: the option origins[${i}] is not a URL.`,
        "Write it with https, such as https://handle.example.org:8000.",
      );
    }
    if (url.protocol !== "https:") {
      throw new HandleError("insecure_connection", {
        message: `Credentials are not sent to ${quoteForMessage(url.origin)}: the connection would not be encrypted.`,
        hint: "Use the server's https address.",
      });
    }
    return url.origin;
  });
}

/**
 * Reads the option `identity`, which is text or a reference.
 *
 * @throws HandleError `invalid_options`; `invalid_reference` for text that is neither `index:prefix/suffix` nor a handle
 */
export function readIdentity(caller: string, identity: string | ValueReference): ValueReference {
  checkArgument(caller, "the option identity", identity, ["string", "object"]);
  if (typeof identity === "string") return parseReference(identity);
  const { index, handle } = identity;
  checkArgument(caller, "the option identity.handle", handle, ["string"]);
  checkArgument(caller, "the option identity.index", index, ["number"]);
  if (!Number.isInteger(index) || index < 0 || index > MAX_INDEX) {
    throw invalidOptions(
      `${caller}: the option identity.index must be a whole number from 0 to ${MAX_INDEX}.`,
    );
  }
  return { index, handle };
}

/**
 * Reads an option that is a secret or its text, such as a private key.
 *
 * @param name the option's name
 * @throws HandleError `invalid_options`
 */
export function readSecret(caller: string, name: string, value: string | Secret): Secret {
  checkArgument(caller, `the option ${name}`, value, ["string", "object"]);
  if (typeof value !== "string") {
    checkArgument(caller, `the option ${name}.reveal`, value.reveal, ["function"]);
  }
  return typeof value === "string" ? secret(value) : value;
}

/**
 * Reads an option that is a password or another shared secret.
 *
 * @throws HandleError `invalid_options`, also for an empty one
 */
export function readPassword(caller: string, name: string, value: string | Secret): Secret {
  const password = readSecret(caller, name, value);
  const bytes = password.reveal();
  checkArgument(caller, `the result of ${name}.reveal()`, bytes, ["bytes"]);
  if (bytes.length === 0) throw invalidOptions(`${caller}: the option ${name} is empty.`);
  return password;
}
