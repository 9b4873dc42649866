/** Tables that are left out, by the reason why. */

interface LeftOut {
  because: string;
}

/** Each reason with its tables, in the order in which they are first met. */
export function byReason<Table extends LeftOut>(tables: readonly Table[]): [string, Table[]][] {
  const reasons: Record<string, Table[]> = {};
  for (const table of tables) (reasons[table.because] ??= []).push(table);
  return Object.entries(reasons);
}
