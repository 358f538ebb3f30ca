import { printable } from "@handlekit/core";
import type { RegisteredClient } from "@handlekit/service";

const HEAD = ["APP ID", "NO", "SECRETS", "ADDRESSES", "DESCRIPTION"];

const day = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(0, 10);

/** Formats registered clients as a table: a line for each registration, with the creation dates of its secrets. */
export function clientTable(clients: readonly RegisteredClient[]): string {
  const rows = clients.flatMap(({ appId, entries }) =>
    entries.map(({ number, secrets, addresses, description }) => [
      appId,
      String(number),
      secrets.map(({ created }) => day(created)).join(", ") || "none",
      addresses.join(", ") || "none",
      description,
    ]),
  );
  const table = [HEAD, ...rows].map((row) => row.map((cell) => printable(cell, () => "\ufffd")));
  const widths = HEAD.map((_, i) => Math.max(...table.map((row) => row[i]?.length ?? 0)));
  return table
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
