export { parseXml, type XmlLimits } from "./parse-xml.ts";
export type { XmlCdata, XmlComment, XmlElement, XmlInstruction, XmlNode, XmlText } from "./tree.ts";
export { escapeAttribute, escapeText, writeXml } from "./write-xml.ts";
