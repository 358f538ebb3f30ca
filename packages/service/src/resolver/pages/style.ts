/** The one style sheet. Light or dark as the reader's system is; a table becomes a list of cards on a narrow screen. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --sheet: #ffffff; --ink: #1b2430; --soft: #5b6776; --line: #dde2e8; --link: #0b57b5;
  --mark: #eef2f7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12161c; --sheet: #1a2029; --ink: #e4e9f0; --soft: #9aa7b6; --line: #2d3642; --link: #8ab8f5;
    --mark: #242c37;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2.5rem 1.25rem 3rem; max-width: 62rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  overflow-wrap: anywhere; -webkit-text-size-adjust: 100%;
}
a { color: var(--link); text-underline-offset: .18em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px; }
h1 { margin: 0; font-size: clamp(1.35rem, 4.5vw, 1.9rem); line-height: 1.25; font-weight: 650; }
p { margin: .75rem 0; max-width: 44rem; }
.eyebrow { margin: 0 0 .25rem; color: var(--soft); font-size: .8125rem; font-weight: 600; letter-spacing: .02em; }
.links { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .6rem 0 1.5rem; padding: 0; list-style: none; }
.sheet { background: var(--sheet); border: 1px solid var(--line); border-radius: 10px; }
.pad { padding: 1.25rem 1.25rem 1.5rem; }
table { width: 100%; border-collapse: collapse; font-size: .9375rem; }
th, td { padding: .7rem .9rem; text-align: start; vertical-align: top; }
thead th { color: var(--soft); font-size: .8125rem; font-weight: 600; white-space: nowrap; }
tbody tr { border-top: 1px solid var(--line); }
tbody tr:target { background: var(--mark); }
.index { width: 1%; color: var(--soft); font-weight: 400; font-variant-numeric: tabular-nums; }
.type { width: 16%; min-width: 6.5rem; font-weight: 600; }
.when { width: 1%; color: var(--soft); white-space: nowrap; }
.when time span { display: block; }
.text { white-space: pre-wrap; }
.code { font: .875em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; word-break: break-all; }
.note { color: var(--soft); font-size: .875rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem .9rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; }
td ul { margin: 0; padding: 0; list-style: none; }
td li + li { margin-top: .4rem; }
dd li + li { margin-top: 0; }
td ul + .note { margin-top: .4rem; }
summary { cursor: pointer; }
details[open] > summary { margin-bottom: .5rem; }
td dl + dl, .text + .note { margin-top: .5rem; }
footer { margin-top: 1.75rem; color: var(--soft); font-size: .875rem; }
form { display: grid; gap: .9rem; }
.ask { display: flex; flex-wrap: wrap; gap: .6rem; }
.ask input { flex: 1 1 16rem; min-width: 0; }
input[type="text"], button { padding: .55rem .8rem; font: inherit; border-radius: 6px; }
input[type="text"] { color: inherit; background: var(--ground); border: 1px solid var(--soft); }
button { color: var(--sheet); background: var(--link); border: 1px solid var(--link); font-weight: 600; cursor: pointer; }
.choice { display: flex; gap: .5rem; align-items: baseline; }
@media (max-width: 44rem) {
  body { padding: 1.5rem 1rem 2rem; }
  table, tbody, tr, td, tbody th { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr { display: flex; flex-wrap: wrap; gap: .3rem 1.25rem; padding: .9rem 1rem; }
  tbody tr:first-child { border-top: 0; }
  tbody th, td { padding: 0; }
  .type, .index, .when { width: auto; }
  .type { order: 1; flex: 1 1 60%; min-width: 0; }
  .index { order: 2; }
  .data { order: 3; flex: 0 0 100%; min-width: 0; }
  .when { order: 4; font-size: .8125rem; white-space: normal; }
  .when time span { display: inline; }
  .index::before { content: "index "; }
  .ttl::before { content: "TTL "; }
}
`;
