import type { RegisteredClient } from "@handlekit/service";
import { formatTable } from "../table.ts";

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
  return formatTable(["APP ID", "NO", "SECRETS", "ADDRESSES", "DESCRIPTION"], rows);
}
