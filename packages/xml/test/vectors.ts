import { readFileSync } from "node:fs";

/** A request and its response in the form of the original service; the values are invented. */
export interface Vector {
  readonly name: string;
  /** The body; empty for a request without one. */
  readonly request: string;
  readonly response: string;
}

export const VECTORS: readonly Vector[] = JSON.parse(
  readFileSync(new URL("vectors.json", import.meta.url), "utf8"),
);
