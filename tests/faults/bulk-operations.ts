import type { BulkOperation } from "@handlekit/client";

export const PREFIX = "20.500.12345";

/** What the program of the bulk test is told, as JSON on its standard input. */
export interface BulkSettings {
  readonly origin: string;
  /** Files. */
  readonly ca: string;
  readonly journal: string;
  readonly identity: string;
  readonly password: string;
  readonly count: number;
  readonly concurrency: number;
  readonly phase: Phase;
}

export type Phase = "create" | "change" | "delete";

export const handleOf = (i: number): string => `${PREFIX}/BULK-${i}`;
export const urlOf = (i: number): string => `https://example.org/${i}`;

/** One operation for each of `count` records. */
export function* operationsOf(phase: Phase, count: number): Generator<BulkOperation> {
  for (let i = 0; i < count; i++) {
    const handle = handleOf(i);
    if (phase === "create") yield { kind: "create", handle, values: { URL: urlOf(i), NUMBER: `${i}` } };
    if (phase === "change")
      yield { kind: "modify", handle, values: { URL: `${urlOf(i)}/new`, TITLE: `${i}` } };
    if (phase === "delete") yield { kind: "delete", handle };
  }
}
