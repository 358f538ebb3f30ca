import { styleText } from "node:util";

const NAMES = ["bold", "dim", "red", "green", "yellow", "cyan"] as const;

/** Functions that colour a text. */
export type Style = Readonly<Record<(typeof NAMES)[number], (text: string) => string>>;

/**
 * Returns the colours of a stream: none unless it is a terminal, and none under NO_COLOR or TERM=dumb.
 *
 * @see https://no-color.org
 */
export function createStyle(
  stream: { readonly isTTY?: boolean | undefined },
  env: Readonly<Record<string, string | undefined>>,
): Style {
  const plain = stream.isTTY !== true || (env.NO_COLOR ?? "") !== "" || env.TERM === "dumb";
  const entries = NAMES.map(
    (name) =>
      [name, plain ? (text: string) => text : (text: string) => styleText(name, text, NO_CHECK)] as const,
  );
  return Object.fromEntries(entries) as Style;
}

/** Newer versions of Node look at stdout unless told otherwise; Node 20 has no third argument. */
const NO_CHECK = { validateStream: false };
