/**
 * @typedef {object} Run text in one style
 * @property {string} text
 * @property {string} style names of classes, separated by blanks; "" for plain text
 *
 * @typedef {object} Line
 * @property {Run[]} runs
 * @property {number} at when it appears, in seconds
 */

const FONT = 13;
const WIDTH = 7.83;
const HEIGHT = 19;
const MARGIN = 18;
const BAR = 34;

/** Styles of SGR codes. */
const STYLES = new Map([
  [1, "bold"],
  [2, "dim"],
  [31, "red"],
  [32, "green"],
  [33, "yellow"],
  [34, "blue"],
  [35, "magenta"],
  [36, "cyan"],
  [90, "dim"],
]);

/**
 * Splits a line of a terminal into runs of one style. Other escapeMarkup sequences are left out.
 *
 * @param {string} line
 * @returns {Run[]}
 */
export function parseLine(line) {
  /** @type {Run[]} */
  const runs = [];
  /** @type {Set<string>} */
  let styles = new Set();
  for (const part of line.split(/(\u001b\[[\d;?]*[A-Za-z])/)) {
    const codes = /^\u001b\[([\d;]*)m$/.exec(part)?.[1];
    if (codes !== undefined) {
      for (const code of codes.split(";").map(Number)) {
        const style = STYLES.get(code);
        if (style) styles.add(style);
        else if (code === 22)
          styles = new Set([...styles].filter((name) => name !== "bold" && name !== "dim"));
        else if (code === 39)
          styles = new Set([...styles].filter((name) => name === "bold" || name === "dim"));
        else styles = new Set();
      }
    } else if (part !== "" && !part.startsWith("\u001b")) {
      runs.push({ text: part, style: [...styles].join(" ") });
    }
  }
  return runs;
}

/** @param {string} text */
const escapeMarkup = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/**
 * Writes a recording as an SVG: each line appears at its time, and the whole begins again after a pause.
 *
 * @param {string} title for readers who do not see it
 * @param {readonly Line[]} lines
 * @param {number} columns
 */
export function terminalSvg(title, lines, columns) {
  const width = Math.ceil(columns * WIDTH + 2 * MARGIN);
  const height = Math.ceil(lines.length * HEIGHT + BAR + MARGIN);
  const total = (lines.at(-1)?.at ?? 0) + 6;
  const texts = lines.map(({ runs, at }, row) => {
    const y = BAR + (row + 0.8) * HEIGHT;
    const parts = runs.map(
      ({ text, style }) => `<tspan${style ? ` class="${style}"` : ""}>${escapeMarkup(text)}</tspan>`,
    );
    const percent = ((at / total) * 100).toFixed(2);
    return [
      `@keyframes l${row}{0%{opacity:0}${percent}%{opacity:0}${(Number(percent) + 0.01).toFixed(2)}%{opacity:1}100%{opacity:1}}`,
      `<text x="${MARGIN}" y="${y.toFixed(1)}" style="animation-name:l${row}">${parts.join("")}</text>`,
    ];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escapeMarkup(title)}</title>
<style>
text{font:${FONT}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d4d8df;white-space:pre;animation:${total.toFixed(1)}s step-end infinite}
.bold{font-weight:bold}.dim{fill:#8b93a1}.red{fill:#f28b82}.green{fill:#8fd19e}.yellow{fill:#f0cf81}.blue{fill:#8ab4f8}.magenta{fill:#d7a6f0}.cyan{fill:#7fd5d9}
${texts.map(([frames]) => frames).join("\n")}
@media (prefers-reduced-motion:reduce){text{animation:none}}
</style>
<rect width="100%" height="100%" rx="8" fill="#1d2129"/>
<circle cx="20" cy="17" r="5.5" fill="#f28b82"/><circle cx="38" cy="17" r="5.5" fill="#f0cf81"/><circle cx="56" cy="17" r="5.5" fill="#8fd19e"/>
${texts.map(([, text]) => text).join("\n")}
</svg>
`;
}
