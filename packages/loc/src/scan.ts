import { createTagReader, type ScanFinding, type ScannedElement } from "./tag-reader.ts";

/** The elements of a text as far as Handle.Net acts on them. */
export interface Scan {
  /** Absent when the text has no tag. */
  readonly root: ScannedElement | undefined;
  /** The direct children of the root. */
  readonly children: readonly ScannedElement[];
  /** Deviations from XML, in the order of the text. */
  readonly warnings: readonly ScanFinding[];
  /** Set when the text breaks off inside of a tag or a comment. */
  readonly problem: ScanFinding | undefined;
}

/**
 * Reads markup as Handle.Net reads `10320/loc` values, which is no XML: any root, unquoted values, missing end tags,
 * text around it. Unlike Handle.Net it skips an XML declaration and a DOCTYPE in front of the root. Never throws.
 */
export function scan(text: string): Scan {
  const reader = createTagReader(text);
  const children: ScannedElement[] = [];
  /** Elements that are open, and how often each name is among them. */
  const open: ScannedElement[] = [];
  const names = new Map<string, number>();
  let root: ScannedElement | undefined;

  const closeElement = (name: string, start: number, end: number): void => {
    if ((names.get(name) ?? 0) === 0) {
      reader.warn(start, "an end tag has no start tag");
      return;
    }
    for (let left = open.pop(); left !== undefined; left = open.pop()) {
      names.set(left.name, (names.get(left.name) ?? 1) - 1);
      if (left.name === name) {
        left.contentEnd = start;
        left.end = end;
        return;
      }
      reader.warn(left.start, "an element has no end tag");
    }
  };

  const enter = (element: ScannedElement): void => {
    // The children of a root without content follow it.
    if (root !== undefined && open.length === (root.selfClosed ? 0 : 1)) children.push(element);
    root ??= element;
    if (element.selfClosed) return;
    open.push(element);
    names.set(element.name, (names.get(element.name) ?? 0) + 1);
  };

  const readTag = (start: number): void => {
    if (text[start + 1] !== "/") {
      const element = reader.startTag();
      if (element !== undefined) enter(element);
      return;
    }
    const end = text.indexOf(">", start);
    if (end < 0) {
      reader.breaksOff(start, "the text ends inside of a tag");
      return;
    }
    reader.moveTo(end + 1);
    closeElement(text.slice(start + 2, end).trim(), start, end + 1);
  };

  const isComplete = () => root !== undefined && !root.selfClosed && open.length === 0;
  while (!isComplete() && reader.problem() === undefined) {
    const at = reader.position();
    const next = text.indexOf("<", at);
    if (next < 0) break;
    if (root === undefined && text.slice(at, next).trim() !== "") {
      reader.warn(at, "there is text before the first element");
    }
    reader.moveTo(next);
    if (!reader.skipMarkup()) readTag(next);
  }

  const problem = reader.problem();
  if (problem === undefined) {
    if (root === undefined)
      reader.warn(0, text.trim() === "" ? "the value is empty" : "the value has no element");
    else if (isComplete() && text.slice(root.end).trim() !== "") {
      reader.warn(root.end, "the text after the root is not read");
    }
    for (const { start } of open) reader.warn(start, "an element has no end tag");
  }
  return { root, children, warnings: reader.warnings.sort((a, b) => a.offset - b.offset), problem };
}
