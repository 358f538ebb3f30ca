import { decodeUtf8, encodeUtf8, placeOf } from "@handlekit/core";
import { unreadable } from "./faults.ts";

const DECLARED = /^<\?xml[^>]*?[ \t\r\n]encoding[ \t\r\n]*=[ \t\r\n]*["']([A-Za-z][A-Za-z0-9._-]*)["']/;
const MAX_DECLARATION = 1024;
const BLOCK = 8192;
const SAVE_AS_UTF8 = "Save the document as UTF-8.";

/** Decodes ISO-8859-1: each byte is the code point of a character. */
export function decodeLatin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += BLOCK) {
    text += String.fromCharCode(...bytes.subarray(at, at + BLOCK));
  }
  return text;
}

function decodeDeclaredUtf8(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  if (text !== undefined) return text;
  const lossy = new TextDecoder("utf-8", { ignoreBOM: true });
  const again = encodeUtf8(lossy.decode(bytes));
  const at = bytes.findIndex((byte, i) => byte !== again[i]);
  const before = lossy.decode(bytes.subarray(0, at));
  throw unreadable(
    "the bytes are not UTF-8",
    placeOf(before, before.length),
    "Save the document as UTF-8, or declare its encoding in the XML declaration.",
  );
}

function decodeAscii(bytes: Uint8Array): string {
  const at = bytes.findIndex((byte) => byte > 0x7f);
  const text = decodeLatin1(at < 0 ? bytes : bytes.subarray(0, at));
  if (at < 0) return text;
  throw unreadable(
    "the document declares US-ASCII, but this byte is not ASCII",
    placeOf(text, text.length),
    SAVE_AS_UTF8,
  );
}

/**
 * Decodes a document: UTF-8, or the US-ASCII or ISO-8859-1 that its declaration names. A byte order mark is removed.
 *
 * @throws HandleError `invalid_value` for another encoding, and for bytes that are not of the declared one
 */
export function decodeBytes(bytes: Uint8Array): string {
  const refused = (what: string) => unreadable(what, undefined, SAVE_AS_UTF8);
  const [first, second, third, fourth] = bytes;
  const hasZero = [first, second, third, fourth].includes(0);
  if ((first === 0xfe && second === 0xff) || (first === 0xff && second === 0xfe) || hasZero) {
    throw refused("its first bytes are not UTF-8; UTF-16 and UTF-32 are not supported");
  }
  const marked = first === 0xef && second === 0xbb && third === 0xbf;
  const content = marked ? bytes.subarray(3) : bytes;
  const declared = DECLARED.exec(decodeLatin1(content.subarray(0, MAX_DECLARATION)))?.[1]?.toLowerCase();
  if (declared === undefined || declared === "utf-8" || declared === "utf8")
    return decodeDeclaredUtf8(content);
  if (marked) throw refused("it begins with the byte order mark of UTF-8, but declares another encoding");
  if (declared === "us-ascii" || declared === "ascii") return decodeAscii(content);
  if (declared === "iso-8859-1" || declared === "latin1") return decodeLatin1(content);
  throw refused("it declares an encoding other than UTF-8, US-ASCII and ISO-8859-1");
}
