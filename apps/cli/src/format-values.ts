import {
  encodeData,
  formatReference,
  type HandleValueInput,
  hasType,
  isHandleError,
  printable,
  type ValueData,
} from "@handlekit/core";
import type { Output } from "./output.ts";

export const REDACTED = "[redacted]";

/** Returns the data of a value as text; secret keys only if the output may show them. */
export function dataText(
  { type, data }: HandleValueInput,
  { showSecrets }: Pick<Output, "showSecrets">,
): string {
  if (hasType(type, "HS_SECKEY") && !showSecrets) return REDACTED;
  return typeof data === "string" ? data : structureText(data);
}

function structureText(data: ValueData): string {
  try {
    // Throws for data that are not what their format says. The client passes on such values of odd servers.
    encodeData(data);
  } catch (error) {
    if (!isHandleError(error)) throw error;
    return JSON.stringify(data) ?? "";
  }
  switch (data.format) {
    case "string":
      return String(data.value);
    case "admin":
      return `${formatReference(data.value)} ${data.value.permissions}`;
    case "vlist":
      return data.value.map(formatReference).join(" ");
    case "key":
      return `${data.value.kty} public key`;
    case "site":
      // A site without servers can be written, but is not what the format says.
      if (!Array.isArray(data.value.servers)) return JSON.stringify(data);
      return data.value.servers.map(({ serverId, address }) => `server ${serverId} at ${address}`).join(", ");
    default:
      return `${data.format}:${data.value}`;
  }
}

/**
 * Returns values as --json shows them: text too has the form `{ format, value }`, and the data of a secret key are null,
 * so that nobody takes a placeholder for the key, unless the output may show them.
 */
export function shownValues<T extends HandleValueInput>(
  values: readonly T[],
  { showSecrets }: Pick<Output, "showSecrets">,
): readonly object[] {
  return values.map((value) => {
    if (hasType(value.type, "HS_SECKEY") && !showSecrets) return { ...value, data: null, redacted: true };
    const { data } = value;
    return typeof data === "string" ? { ...value, data: { format: "string", value: data } } : value;
  });
}

/** Formats values in columns, one line each: index, type, data. */
export function formatValues(
  values: readonly HandleValueInput[],
  output: Pick<Output, "showSecrets" | "style">,
): string {
  const rows = values.map(
    (value) => [String(value.index), printable(value.type), printable(dataText(value, output))] as const,
  );
  const width = (column: 0 | 1) => Math.max(0, ...rows.map((row) => row[column].length));
  const [first, second] = [width(0), width(1)];
  const { dim, cyan } = output.style;
  return rows
    .map(([index, type, data]) => `${dim(index.padStart(first))}  ${cyan(type.padEnd(second))}  ${data}\n`)
    .join("");
}
