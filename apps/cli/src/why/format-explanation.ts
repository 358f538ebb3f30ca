import {
  type AdminCheck,
  type Authorisation,
  formatReference,
  handleKey,
  hasType,
  printable,
  type ValueReference,
} from "@handlekit/core";
import type { Style } from "../style.ts";
import type { Explanation } from "./explain.ts";
import { permissionWords } from "./operation.ts";

interface Branch {
  readonly text: string;
  readonly below: readonly Branch[];
}

/** The longest list that is shown whole. */
const MAX_ENTRIES = 50;

function draw(branches: readonly Branch[], indent = ""): string {
  return branches
    .map(({ text, below }, i) => {
      const last = i === branches.length - 1;
      return `${indent}${last ? "└─" : "├─"} ${text}\n${draw(below, `${indent}${last ? "   " : "│  "}`)}`;
    })
    .join("");
}

const keyOf = ({ index, handle }: ValueReference) => `${index}:${handleKey(handle)}`;
const shown = (reference: ValueReference) => printable(formatReference(reference));

function pathBranches(path: readonly ValueReference[], style: Style): readonly Branch[] {
  const [first, ...rest] = path;
  if (first === undefined) return [];
  const text = rest.length === 0 ? style.green(shown(first)) : `${shown(first)} HS_VLIST`;
  return [{ text, below: pathBranches(rest, style) }];
}

/** The lists below an owner, each shown once. */
function listBranches(owner: ValueReference, lists: Authorisation["lists"]): readonly Branch[] {
  const entriesOf = new Map(lists.map(({ reference, entries }) => [keyOf(reference), entries]));
  const drawn = new Set<string>();
  const branch = (reference: ValueReference): Branch => {
    const text = shown(reference);
    const entries = entriesOf.get(keyOf(reference));
    if (entries === undefined) return { text, below: [] };
    if (drawn.has(keyOf(reference))) return { text: `${text} HS_VLIST (see above)`, below: [] };
    drawn.add(keyOf(reference));
    const below = entries.slice(0, MAX_ENTRIES).map(branch);
    const more = entries.length - below.length;
    return {
      text: `${text} HS_VLIST${entries.length === 0 ? ", empty" : ""}`,
      below: more > 0 ? [...below, { text: `and ${more} more`, below: [] }] : below,
    };
  };
  return [branch(owner)];
}

function adminBranch(check: AdminCheck, { allowed, needed, lists }: Authorisation, style: Style): Branch {
  const { index, missing, path } = check;
  const grants =
    missing.length === 0
      ? style.green(`grants ${permissionWords(needed)}`)
      : style.red(`lacks ${permissionWords(missing)}`);
  const found = path.length > 0 && !allowed ? `, and names ${shown(path.at(-1) ?? check.owner)}` : "";
  return {
    text: `${index} HS_ADMIN ${grants}${found}`,
    below: path.length > 0 ? pathBranches(path, style) : listBranches(check.owner, lists),
  };
}

const REFUSED: Readonly<Partial<Record<Authorisation["reason"], (governedBy: string) => string>>> = {
  no_record: (governedBy) => `There is no record ${governedBy}.`,
  no_admin: (governedBy) =>
    `${governedBy} has no HS_ADMIN value. Only a server administrator with full access can change that.`,
};

/** The command that carries out the change. */
function commandFor({ change, decision }: Explanation): string {
  if (change === undefined) return "";
  const json = JSON.stringify([change.value]);
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const verb = decision.reason === "no_record" ? "create" : "set";
  const admin = verb === "set" && hasType(change.value.type, "HS_ADMIN") ? " --modify-admin" : "";
  const handle = /^[\w./-]+$/.test(change.handle) ? change.handle : quote(change.handle);
  return printable(`hdl ${verb} ${handle} ${quote(json)}${admin}`);
}

/** Formats an explanation for people: the decision, the tree, and the one change. */
export function formatExplanation(explanation: Explanation, style: Style): string {
  const { identity, handle, operation, decision, change, notes, unread } = explanation;
  const { allowed, reason, needed, governedBy, checks } = decision;
  const verdict = `${shown(identity)} may ${allowed ? "" : "not "}${operation} ${printable(handle)}.`;
  const lines = [style.bold(allowed ? style.green(verdict) : style.red(verdict))];
  if (reason === "nothing_needed") lines.push("It needs no permission, only a login.");
  else {
    const why = REFUSED[reason]?.(printable(governedBy));
    lines.push(
      why ?? `${printable(governedBy)} decides; the permission is ${permissionWords(needed)}:`,
      draw(
        (allowed ? checks.slice(-1) : checks).map((check) => adminBranch(check, decision, style)),
      ).trimEnd(),
    );
  }
  for (const note of notes) lines.push(printable(note));
  for (const each of unread) lines.push(`${printable(each.handle)} ${printable(each.why)}.`);
  if (change !== undefined) {
    lines.push(`To grant it, ${printable(change.text)}:`, `  ${commandFor(explanation)}`);
  }
  return `${lines.filter((line) => line !== "").join("\n")}\n`;
}

/** The members of an explanation with --json. References are texts, `index:prefix/suffix`. */
export function explanationMembers(explanation: Explanation): object {
  const { identity, handle, operation, decision, change, notes, unread } = explanation;
  const { allowed, reason, needed, governedBy, checks, lists } = decision;
  return {
    identity: formatReference(identity),
    handle,
    operation,
    allowed,
    reason,
    governedBy,
    needed,
    admins: checks.map(({ index, owner, missing, path }) => ({
      index,
      owner: formatReference(owner),
      missing,
      path: path.map(formatReference),
    })),
    lists: lists.flatMap(({ reference, entries }) =>
      entries === undefined
        ? []
        : [{ list: formatReference(reference), entries: entries.map(formatReference) }],
    ),
    change: change ?? null,
    notes,
    unread,
  };
}
