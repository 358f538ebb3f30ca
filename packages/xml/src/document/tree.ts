/** An element with everything inside of it, in the order of the document. */
export interface XmlElement {
  readonly type: "element";
  /** As written, with its prefix if it has one: namespaces are not resolved. */
  readonly name: string;
  /** Names and values in the order of the document; references in values are replaced by their characters. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlNode[];
}

/** Character data; references are replaced by their characters. */
export interface XmlText {
  readonly type: "text";
  readonly text: string;
}

/** The text of a CDATA section. */
export interface XmlCdata {
  readonly type: "cdata";
  readonly text: string;
}

/** The text of a comment. */
export interface XmlComment {
  readonly type: "comment";
  readonly text: string;
}

/** A processing instruction: `<?target text?>`. */
export interface XmlInstruction {
  readonly type: "instruction";
  readonly target: string;
  readonly text: string;
}

/** A child of an element. */
export type XmlNode = XmlElement | XmlText | XmlCdata | XmlComment | XmlInstruction;

/** Yields every element inside of another, at any depth, in the order of the document. */
export function* descendants(element: XmlElement): Generator<XmlElement> {
  // An explicit stack: a tree may be deeper than the call stack.
  const waiting = [...element.children].reverse();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.type !== "element") continue;
    yield next;
    for (let i = next.children.length - 1; i >= 0; i--) {
      const child = next.children[i];
      if (child !== undefined) waiting.push(child);
    }
  }
}

/** Returns the elements directly inside of another that have a name. */
export function childrenNamed(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.type === "element").filter((child) => child.name === name);
}

/** Returns all character data directly inside of an element. */
export function textOf(element: XmlElement): string {
  return element.children
    .map((child) => (child.type === "text" || child.type === "cdata" ? child.text : ""))
    .join("");
}
