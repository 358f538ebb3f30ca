import { checkArgument, invalidOptions, parseUrl, quoteForMessage } from "@handlekit/core";

/** Options that say where a service is mounted, and under which URL clients reach it. */
export interface MountOptions {
  /** The path that every request target begins with, such as `/hdl`. Default none. */
  readonly basePath?: string | undefined;
  /**
   * The URL of the service as clients see it, if it differs from the requests that reach the service, for example behind
   * a proxy: `https://hdl.example.org`, or `https://example.org/hdl` if the proxy removes a path. Default the host of
   * each request, and `basePath`.
   */
  readonly publicUrl?: string | undefined;
}

/** {@link MountOptions} with their defaults. Paths are empty, or have a leading and no trailing slash. */
export interface Mount {
  readonly basePath: string;
  /** The path that links to this service begin with. */
  readonly linkBase: string;
  /** The origin that clients see; undefined to use the host of each request. */
  readonly origin: string | undefined;
}

/** A path without empty segments: a link that begins with `//` would lead to another host. */
const PATH = /^(\/[^/?#\s]+)*\/?$/;

function readPublicUrl(text: string): URL {
  const url = parseUrl(text);
  const plain = url !== undefined && `${url.username}${url.password}${url.search}${url.hash}` === "";
  if (plain && /^https?:$/.test(url.protocol) && PATH.test(url.pathname)) return url;
  throw invalidOptions(
    `The option publicUrl, ${quoteForMessage(text)}, is not an http or https URL without user, query and fragment.`,
    "Write it as clients see it, such as https://hdl.example.org.",
  );
}

/**
 * Checks {@link MountOptions} and adds their defaults.
 *
 * @param caller the factory that they were passed to
 * @throws HandleError `invalid_options` that names the option
 */
export function readMount({ basePath = "", publicUrl }: MountOptions, caller: string): Mount {
  checkArgument(caller, "the option basePath", basePath, ["string"]);
  checkArgument(caller, "the option publicUrl", publicUrl, ["string", "undefined"]);
  if (!PATH.test(basePath)) {
    throw invalidOptions(
      `The option basePath, ${quoteForMessage(basePath)}, is not a path.`,
      "Write it with a leading slash, such as /hdl.",
    );
  }
  const base = basePath.replace(/\/$/, "");
  if (publicUrl === undefined) return { basePath: base, linkBase: base, origin: undefined };
  const { origin, pathname } = readPublicUrl(publicUrl);
  return { basePath: base, linkBase: pathname.replace(/\/$/, ""), origin };
}
