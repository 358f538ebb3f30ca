/** One block of a PEM file. */
export interface PemBlock {
  /** Such as `CERTIFICATE` or `RSA PRIVATE KEY`. */
  readonly label: string;
  /** From `-----BEGIN` to `-----END ...-----`, with a line break at the end. */
  readonly text: string;
}

/** The blocks of a PEM file in their order; what stands around them is passed over, and so is a block without an end. */
export function readPem(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = [];
  const begin = /-----BEGIN ([A-Z0-9 ]{1,40})-----/g;
  for (let match = begin.exec(text); match; match = begin.exec(text)) {
    const [, label = ""] = match;
    const end = `-----END ${label}-----`;
    const at = text.indexOf(end, begin.lastIndex);
    if (at < 0) break;
    blocks.push({ label, text: `${text.slice(match.index, at + end.length)}\n` });
    begin.lastIndex = at + end.length;
  }
  return blocks;
}
