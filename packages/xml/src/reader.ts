export { parseXml, type XmlLimits } from "./document/parse-xml.ts";
export type {
  XmlCdata,
  XmlComment,
  XmlElement,
  XmlInstruction,
  XmlNode,
  XmlText,
} from "./document/tree.ts";
export { escapeAttribute, escapeText, writeXml } from "./document/write-xml.ts";
