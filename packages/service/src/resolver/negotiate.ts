/** One item of an Accept or Accept-Language header. */
interface Preference {
  /** In lower case, without parameters. */
  readonly name: string;
  readonly quality: number;
}

/** Types that a browser shows as a page. */
const PAGE_TYPES =
  /^(?:text\/html|text\/xhtml|application\/xhtml\+xml|application\/pdf|application\/vnd\.wap\.xhtml\+xml|text\/vnd\.wap\.wml|(?:image|audio|video)\/.*|.*\*.*)$/;
const HTML_TYPES = new Set(["text/html", "text/*", "*/*"]);

/** The items of a header, the most wanted first. */
function readPreferences(header: string): readonly Preference[] {
  const items = header.split(",").map((item) => {
    const [name = "", ...parameters] = item.split(";").map((part) => part.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    const quality = q === undefined || !/^\d*\.?\d+$/.test(q) ? 1 : Number(q);
    return { name, quality };
  });
  return items.sort((a, b) => b.quality - a.quality);
}

function fromAccept(accept: string | undefined, userAgent: string): readonly string[] {
  const wanted = accept === undefined ? [] : readPreferences(accept);
  if (accept === undefined || wanted.every(({ name }) => name === "*/*")) {
    return /^(?:mozilla|opera)\//i.test(userAgent)
      ? ["http_role:browser", "ctype:text/html", "media-type:text/html"]
      : ["http_role:no_conneg"];
  }
  const highest = wanted[0]?.quality;
  if (wanted.some(({ name, quality }) => quality === highest && PAGE_TYPES.test(name))) {
    const html = wanted.some(({ name }) => HTML_TYPES.has(name));
    return ["http_role:browser", ...(html ? ["ctype:text/html", "media-type:text/html"] : [])];
  }
  const end = wanted.findIndex(({ name }) => name.includes("*"));
  const exact = end < 0 ? wanted : wanted.slice(0, end);
  return [...exact.flatMap(({ name }) => [`ctype:${name}`, `media-type:${name}`]), "http_role:conneg"];
}

/**
 * The attributes of locations that the headers of a request ask for, as Handle.Net derives them from Accept, User-Agent
 * and Accept-Language; to be asked for after those of the request.
 *
 * @param headers names in lower case
 * @param withRole false to leave out the role of the client
 */
export function negotiate(headers: Readonly<Record<string, string>>, withRole: boolean): readonly string[] {
  const accepted = fromAccept(headers.accept, headers["user-agent"] ?? "");
  const languages = headers["accept-language"];
  return [
    ...accepted.filter((asked) => withRole || !asked.startsWith("http_role:")),
    ...(languages === undefined ? [] : readPreferences(languages).map(({ name }) => `language:${name}`)),
  ];
}
