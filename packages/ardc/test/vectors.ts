import { readFileSync } from "node:fs";

/** A request to the original service and its answer, with made-up values. */
export interface Vector {
  readonly name: string;
  readonly service: string;
  /** The parameters, decoded. */
  readonly query: Readonly<Record<string, string>>;
  /** The header; empty when there is none. */
  readonly authorization: string;
  /** The body; empty when there is none. */
  readonly request: string;
  readonly response: string;
}

export const VECTORS: readonly Vector[] = JSON.parse(
  readFileSync(new URL("vectors.json", import.meta.url), "utf8"),
);
