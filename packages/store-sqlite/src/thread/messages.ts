import type { HandleErrorCode, HandleErrorDetails } from "@handlekit/core";
import type { PlainFailure } from "../failure.ts";
import type { FindQuery, FindStep } from "../search/find-step.ts";
import type { Write, WriteOutcome } from "../write/writer.ts";

/** The work of a thread, which writes or searches. */
export interface ThreadData {
  readonly role: "write" | "search";
  readonly file: string;
}

/** A call of a thread. */
export type Call =
  | { readonly write: readonly Write[] }
  | { readonly extendIndex: number }
  | { readonly find: FindQuery }
  | { readonly close: true };

/** A call with the number under which it is answered. */
export type Numbered = Call & { readonly id: number };

/** An error as a thread sends it: one of SQLite or the system, or one of Handlekit. */
export type Failure =
  | { readonly failure: PlainFailure }
  | { readonly refusal: { readonly code: HandleErrorCode; readonly details: HandleErrorDetails } };

/** A message of a thread: it is open or not, an answer, or the progress of the search index. */
export type Message =
  | { readonly ready: true }
  | ({ readonly ready: false } & Failure)
  | { readonly id: number; readonly result: readonly WriteOutcome[] | number | FindStep | undefined }
  | ({ readonly id: number } & Failure)
  | { readonly progress: { readonly waiting?: number | undefined; readonly error?: PlainFailure } };
