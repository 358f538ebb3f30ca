import { readFile } from "node:fs/promises";
import { parseXml, type XmlElement, type XmlNode } from "@handlekit/xml/reader";
import { recordingPath } from "./recording.ts";
import type { Difference } from "./rules.ts";

/** One recorded choice: the record, the request, and where it led. */
export interface Choice {
  readonly name: string;
  readonly handle: string;
  readonly record: readonly unknown[];
  readonly also?: Readonly<Record<string, readonly unknown[]>>;
  readonly request: {
    readonly method: string;
    readonly target: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | null;
    readonly version: "1.0" | "1.1";
  };
  readonly repeat: number;
  readonly sharesFree?: boolean;
  readonly expect: {
    readonly status: number;
    readonly location: readonly string[];
    readonly shares?: Readonly<Record<string, number>>;
    readonly headers?: Readonly<Record<string, readonly string[] | string>>;
    readonly expiresIn?: number;
    readonly body?: {
      readonly kind: "link" | "record" | "xml" | "page";
      readonly href?: string;
      readonly shows?: readonly string[];
      readonly locations?: readonly Readonly<Record<string, string>>[];
    };
  };
  /** False for what the original does and an own server should not. */
  readonly copy?: boolean;
}

/** A response; header names in lower case. */
export interface ChoiceAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** A choice that we make otherwise on purpose. */
export interface DeliberateChoice {
  readonly name: string;
  readonly status: number;
  readonly location: readonly string[];
  /** The first cell of its row in docs/compatibility.md. */
  readonly row: string;
  readonly reason: string;
}

/** A choice judged by the list of deliberate ones. */
export interface ChoiceVerdict {
  readonly name: string;
  readonly kind: "equal" | "deliberate" | "differing";
  readonly differences: readonly Difference[];
}

/** Reads resolver-choice.json. */
export async function readChoices(): Promise<readonly Choice[]> {
  const { cases } = JSON.parse(await readFile(recordingPath("resolver-choice.json"), "utf8")) as {
    readonly cases: readonly Choice[];
  };
  return cases;
}

/** Reads resolver-choice-deliberate.json. */
export async function readDeliberateChoices(): Promise<readonly DeliberateChoice[]> {
  const file = new URL("resolver-choice-deliberate.json", import.meta.url);
  return JSON.parse(await readFile(file, "utf8")) as readonly DeliberateChoice[];
}

/** All records that the choices need, with an HS_ADMIN value each, for the seed of a server. */
export function recordsOf(choices: readonly Choice[]): Readonly<Record<string, readonly unknown[]>> {
  const reference = { handle: "20.500.99999/USER1", index: 300, permissions: "111111111111" };
  const admin = { index: 100, type: "HS_ADMIN", data: { format: "admin", value: reference } };
  const records = choices.flatMap(({ handle, record, also }) =>
    Object.entries({ [handle]: record, ...also }),
  );
  return Object.fromEntries(records.map(([handle, values]) => [handle, [...values, admin]]));
}

const headerOf = ({ headers }: ChoiceAnswer, name: string): readonly string[] =>
  headers.filter(([each]) => each === name).map(([, value]) => value);

/** Every Location of some answers. */
export function locationsOf(answers: readonly ChoiceAnswer[]): readonly string[] {
  return answers.flatMap((answer) => headerOf(answer, "location"));
}

/** Every element of a page; our pages are written so that they are XML, too. */
function elementsOf(node: XmlNode): readonly XmlElement[] {
  return node.type === "element" ? [node, ...node.children.flatMap(elementsOf)] : [];
}

function textOf(node: XmlNode): string {
  if (node.type === "element") return node.name === "style" ? "" : node.children.map(textOf).join("");
  return node.type === "text" ? node.text : "";
}

function compareBody(expected: NonNullable<Choice["expect"]["body"]>, body: string): readonly Difference[] {
  if (expected.kind === "page") return [];
  const root = parseXml(body.replace(/^<!DOCTYPE html>\n/, "").trim());
  const differ = (wanted: unknown, got: unknown): readonly Difference[] =>
    JSON.stringify(wanted) === JSON.stringify(got)
      ? []
      : [{ field: "body", expected: JSON.stringify(wanted), got: JSON.stringify(got) }];
  if (expected.kind === "link") {
    const links = elementsOf(root).flatMap(({ attributes }) => attributes.get("href") ?? []);
    return links.includes(expected.href ?? "") ? [] : differ(expected.href, links);
  }
  if (expected.kind === "record") {
    const page = textOf(root);
    return (expected.shows ?? [])
      .filter((shown) => !page.includes(shown))
      .flatMap((shown) => differ(shown, page));
  }
  const sorted = (attributes: Iterable<readonly [string, string]>) => [...attributes].sort();
  const found = elementsOf(root).filter(({ name }) => name === "location");
  return differ(
    (expected.locations ?? []).map((each) => sorted(Object.entries(each))),
    found.map(({ attributes }) => sorted(attributes)),
  );
}

/** How far a share of n draws may be from the recorded one: six standard deviations. */
const tolerance = (share: number, n: number): number => 6 * Math.sqrt((share * (1 - share)) / n);

/** What in the answers to a choice is not as it was recorded. */
export function compareChoice(choice: Choice, answers: readonly ChoiceAnswer[]): readonly Difference[] {
  const { status, location, headers = {}, shares = {}, expiresIn, body } = choice.expect;
  const [first] = answers;
  if (first === undefined) return [{ field: "answer", expected: "one", got: "none" }];
  const found: Difference[] = [];
  const compare = (field: string, expected: unknown, got: unknown) => {
    if (String(expected) !== String(got)) found.push({ field, expected: String(expected), got: String(got) });
  };
  compare("status", status, [...new Set(answers.map((answer) => answer.status))]);
  const locations = locationsOf(answers);
  compare("location", [...location].sort(), [...new Set(locations)].sort());
  for (const [url, share] of choice.sharesFree ? [] : Object.entries(shares)) {
    const seen = locations.filter((each) => each === url).length / answers.length;
    if (Math.abs(seen - share) > tolerance(share, answers.length)) compare(`share of ${url}`, share, seen);
  }
  for (const [name, values] of Object.entries(headers)) {
    const got = headerOf(first, name).join(", ");
    if (name !== "vary" || !got.includes(String(values))) compare(name, values, got);
  }
  if (expiresIn !== undefined) {
    const [date = "", expires = ""] = ["date", "expires"].map((name) => headerOf(first, name)[0]);
    const seconds = (Date.parse(expires) - Date.parse(date)) / 1000;
    // Expires and Date are whole seconds of two moments.
    if (!(Math.abs(seconds - expiresIn) <= 1)) compare("expires", expiresIn, seconds);
  }
  return body && first.status === status ? [...found, ...compareBody(body, first.body)] : found;
}

/** Judges a choice; a deliberate one that is equal, or that is made otherwise than listed, counts as differing. */
export function judgeChoice(
  choice: Choice,
  answers: readonly ChoiceAnswer[],
  deliberate: readonly DeliberateChoice[],
): ChoiceVerdict {
  const { name } = choice;
  const differences = compareChoice(choice, answers);
  const listed = deliberate.find((each) => each.name === name);
  if (listed === undefined)
    return { name, kind: differences.length === 0 ? "equal" : "differing", differences };
  if (differences.length === 0) {
    const stale = {
      field: "choice",
      expected: "different, as resolver-choice-deliberate.json says",
      got: "equal",
    };
    return { name, kind: "differing", differences: [stale] };
  }
  const { status, location } = listed;
  const ours = { ...choice, expect: { status, location, headers: { "set-cookie": "" } } };
  const unlisted = compareChoice(ours, answers);
  return unlisted.length === 0
    ? { name, kind: "deliberate", differences }
    : { name, kind: "differing", differences: unlisted };
}
