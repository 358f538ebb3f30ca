import type { RegisteredClient } from "@handlekit/service";

const HEAD = ["APP ID", "NO", "SECRETS", "ADDRESSES", "DESCRIPTION"];

const day = (milliseconds: number): string => new Date(milliseconds).toISOString().slice(0, 10);
/** Without what would move the cursor. */
const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, "\ufffd");

/** Registered clients as a table: a line for each registration, of its secrets only when they were made. */
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
  const table = [HEAD, ...rows].map((row) => row.map(printable));
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
