/** Turns rows into columns, each of which is an array parameter of a statement that uses `unnest`. */
export function columnsOf(rows: readonly (readonly unknown[])[], count: number): unknown[][] {
  return Array.from({ length: count }, (_, i) => rows.map((row) => row[i]));
}
