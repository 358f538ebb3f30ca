// What the checks of the READMEs know of pages and blocks: plain JavaScript in scripts/lib.
import { loadLibrary } from "../scripts/support.ts";

/** A fenced block of a page. */
export interface Block {
  readonly language: string;
  /** Of its first line, from 1. */
  readonly line: number;
  readonly text: string;
  /** Why it is not run, if it says so. */
  readonly notRun: string | undefined;
}

/** A page with blocks. */
export interface Page {
  /** Such as `docs/recipes/search.md`. */
  readonly name: string;
  readonly blocks: readonly Block[];
}

/** A block, its imports apart. */
export interface Parsed {
  readonly block: Block;
  readonly imports: readonly { readonly module: string; readonly locals: ReadonlyMap<string, string> }[];
  readonly body: string;
}

const readme = await loadLibrary<{
  listReadmes(root: string): readonly Page[];
  listPages(root: string): readonly Page[];
}>("readme.mjs");
const example = await loadLibrary<{
  parseBlock(block: Block): Parsed;
  composeExample(stem: string, sofar: readonly Parsed[]): { readonly text: string };
}>("readme-example.mjs");

export const { listReadmes, listPages } = readme;
export const { parseBlock, composeExample } = example;
