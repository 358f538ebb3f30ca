/** An element with everything it holds, in the order of the document. */
export interface XmlElement {
  readonly type: "element";
  /** As written, with its prefix if it has one: namespaces are not resolved. */
  readonly name: string;
  /** Names and values in the order of the document; references in values are replaced by their characters. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlNode[];
}

/** Character data, references replaced by their characters. */
export interface XmlText {
  readonly type: "text";
  readonly text: string;
}

/** A CDATA section without its marks. */
export interface XmlCdata {
  readonly type: "cdata";
  readonly text: string;
}

/** A comment without its marks. */
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

/** Whatever stands inside an element. */
export type XmlNode = XmlElement | XmlText | XmlCdata | XmlComment | XmlInstruction;
