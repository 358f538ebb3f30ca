import type { XmlElement } from "./tree.ts";

/** Every element inside of another, at any depth, in the order of the document. */
export function* descendants(element: XmlElement): Generator<XmlElement> {
  // A stack of our own: a tree may be deeper than calls can be.
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

/** The elements directly inside of another that have a name. */
export function childrenNamed(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.type === "element").filter((child) => child.name === name);
}

/** All character data directly inside of an element. */
export function textOf(element: XmlElement): string {
  return element.children
    .map((child) => (child.type === "text" || child.type === "cdata" ? child.text : ""))
    .join("");
}
