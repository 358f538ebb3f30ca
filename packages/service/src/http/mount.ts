import { HandleError, quoteForMessage } from "@handlekit/core";

/** Where a service stands: under which path, and how clients see it. */
export interface MountOptions {
  /** The path that every request target begins with, such as `/hdl`. Default none. */
  readonly basePath?: string | undefined;
  /**
   * The URL at which clients reach the service when that is not what it sees itself, as behind a proxy; such as
   * `https://hdl.example.org` or, where the proxy takes a path away, `https://example.org/hdl`. Default: the host that
   * each request names, and `basePath`.
   */
  readonly publicUrl?: string | undefined;
}

/** What {@link MountOptions} come to. Paths are empty, or have a leading slash and none at their end. */
export interface Mount {
  readonly basePath: string;
  /** The path that links to this service begin with. */
  readonly linkBase: string;
  /** The origin that clients see; undefined when each request says it. */
  readonly origin: string | undefined;
}

/** A path without empty segments: `//` at the beginning of a link would name another host. */
const PATH = /^(\/[^/?#\s]+)*\/?$/;

function readPublicUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url !== undefined && `${url.username}${url.password}${url.search}${url.hash}` === "";
  if (plain && /^https?:$/.test(url.protocol) && PATH.test(url.pathname)) return url;
  throw new HandleError("invalid_options", {
    message: `publicUrl ${quoteForMessage(text)} is not an http or https URL without user, query and fragment.`,
    hint: "Write it as clients see it, such as https://hdl.example.org.",
  });
}

/**
 * Reads where a service is mounted.
 *
 * @throws HandleError `invalid_options` that names the option
 */
export function readMount({ basePath = "", publicUrl }: MountOptions): Mount {
  if (typeof basePath !== "string" || !PATH.test(basePath)) {
    throw new HandleError("invalid_options", {
      message: `basePath ${quoteForMessage(String(basePath))} is not a path.`,
      hint: "Write it with a leading slash, such as /hdl.",
    });
  }
  const base = basePath.replace(/\/$/, "");
  if (publicUrl === undefined) return { basePath: base, linkBase: base, origin: undefined };
  const { origin, pathname } = readPublicUrl(publicUrl);
  return { basePath: base, linkBase: pathname.replace(/\/$/, ""), origin };
}
