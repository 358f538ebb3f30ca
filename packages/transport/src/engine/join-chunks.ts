import { concatBytes } from "@handlekit/core";

/** Joins the chunks; a single one is not copied. */
export function joinChunks(chunks: readonly Uint8Array[]): Uint8Array {
  const [only] = chunks;
  if (only && chunks.length === 1) return new Uint8Array(only.buffer, only.byteOffset, only.length);
  return concatBytes(...chunks);
}
