import { decodeValue, type HandleValue } from "@handlekit/core";
import type { RecordValues } from "@handlekit/core/store";
import type { Answer } from "../../http/message.ts";
import { grouped, type Html, html, type Part } from "./html.ts";
import { isolated, type Links } from "./links.ts";
import { page } from "./page.ts";
import { references, valueData } from "./value-data.ts";

/** The contents of a record page. */
export interface RecordView {
  readonly handle: string;
  /** The handle asked for, when that is an alias. */
  readonly alias?: string | undefined;
  /** The values to be shown, all of them public. */
  readonly values: RecordValues;
  /** True when these are a selection. */
  readonly selected: boolean;
  /** True when the handle leads to a URL. */
  readonly leads: boolean;
  /** True when the REST API is on this server too. */
  readonly api: boolean;
}

/** A page with more is cut: the characters of its rows, and the values. */
const MAX_ROWS = 1000;
const MAX_CHARACTERS = 500_000;

const HANDLE_LIKE = /^\d[^/\s]*\/\S/;
const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, "day"],
  [3600, "hour"],
  [60, "minute"],
  [1, "second"],
];

function time(iso: string): Html {
  return html`<time datetime="${iso}"><span>${iso.slice(0, 10)}</span> <span>${iso.slice(11, 19)} UTC</span></time>`;
}

function duration(seconds: number): string {
  const [size, name] = UNITS.find(([unit]) => seconds !== 0 && seconds % unit === 0) ?? [1, "second"];
  const n = seconds / size;
  return `${grouped(n)} ${name}${n === 1 ? "" : "s"}`;
}

function ttlCell(ttl: HandleValue["ttl"] = 0): Html {
  if (typeof ttl === "number") return html`<td role="cell" class="when ttl">${duration(ttl)}</td>`;
  return html`<td role="cell" class="when ttl">until ${time(ttl)}</td>`;
}

function row(value: HandleValue, links: Links): Html {
  const { index, type, timestamp, references: also = [] } = value;
  return html`
<tr role="row" id="value-${index}">
<td role="cell" class="index">${index}</td>
<th role="rowheader" class="type" scope="row">${HANDLE_LIKE.test(type) ? links.handle(type) : isolated(type)}</th>
<td role="cell" class="data">${valueData(value, links)}${
    also.length === 0 ? undefined : html`<div class="note">refers to${references(also, links)}</div>`
  }</td>
<td role="cell" class="when">${timestamp === undefined ? undefined : time(timestamp)}</td>
${ttlCell(value.ttl)}
</tr>`;
}

/** Returns the rows of the first values, as many as a page may have, and at least one. */
function rowsOf(values: RecordValues, links: Links): readonly Html[] {
  const rows: Html[] = [];
  let characters = 0;
  for (const value of values.slice(0, MAX_ROWS)) {
    const next = row(decodeValue(value), links);
    characters += next.html.length;
    if (rows.length > 0 && characters > MAX_CHARACTERS) break;
    rows.push(next);
  }
  return rows;
}

/** Says that values are missing, and where all of them are. */
function cut(shown: number, { values, handle, api }: RecordView, links: Links): Part {
  if (shown === values.length) return undefined;
  const [first, all] = [grouped(shown), grouped(values.length)];
  const where = api ? html` <a href="${links.json(handle)}">All values as JSON</a>` : undefined;
  return html`<p class="note">These are the first ${first} of ${all} values.${where}</p>`;
}

function table(rows: readonly Html[]): Html {
  const heads = ["Index", "Type", "Data", "Changed", "TTL"];
  return html`<div class="sheet"><table role="table">
<thead role="rowgroup"><tr role="row">${heads.map((name) => html`<th role="columnheader" scope="col">${name}</th>`)}</tr></thead>
<tbody role="rowgroup">${rows}
</tbody></table></div>`;
}

function navigation({ handle, selected, leads, api }: RecordView, links: Links): Part {
  const shown = [
    leads ? html`<a href="${links.follow(handle)}" rel="nofollow">Follow this handle</a>` : undefined,
    selected ? html`<a href="${links.record(handle)}">All values</a>` : undefined,
    api ? html`<a href="${links.json(handle)}">JSON</a>` : undefined,
    html`<a href="${links.home}">Another handle</a>`,
  ];
  return html`<ul class="links">${shown.map((link) => (link === undefined ? link : html`<li>${link}</li>`))}</ul>`;
}

/** A record as a page: a table of its public values. */
export function recordPage(view: RecordView, links: Links): Answer {
  const { handle, alias, values, selected } = view;
  const rows = rowsOf(values, links);
  const none = selected
    ? "No public value of this record was asked for."
    : "This record has no public values.";
  const main = html`<header>
<p class="eyebrow">Handle record</p>
<h1>${isolated(handle)}</h1>
${alias === undefined ? undefined : html`<p class="note">You asked for ${isolated(alias)}, which is an alias of this handle.</p>`}
${navigation(view, links)}
</header>
<main>${rows.length === 0 ? html`<div class="sheet pad">${none}</div>` : table(rows)}${cut(rows.length, view, links)}</main>`;
  return page(`${handle} · Handle record`, main);
}
