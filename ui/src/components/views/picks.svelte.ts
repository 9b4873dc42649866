import { SvelteMap } from 'svelte/reactivity';

import type { Conflicts, RowKey, Selection } from '../../lib/backend/backend';
import { type PickedArea, type PickedRow, type Picking, rowId } from '../../lib/picks';

/** What is picked from one backup, and what goes along with it. */
export class Picks implements Picking {
  readonly #rows = new SvelteMap<string, PickedRow>();
  readonly #areas = new SvelteMap<string, PickedArea>();
  /** Columns that stay as they are today, by row. */
  readonly #kept = new SvelteMap<string, { row: RowKey; columns: string[] }>();
  /** How many times rows are followed to those that belong to them. */
  childLevels = $state(0);
  conflicts = $state<Conflicts>('picked');

  readonly rows = $derived([...this.#rows.values()]);
  readonly areas = $derived([...this.#areas.values()]);
  readonly isEmpty = $derived(this.#rows.size + this.#areas.size === 0);
  readonly keptCount = $derived(
    [...this.#kept.values()].reduce((sum, { columns }) => sum + columns.length, 0),
  );
  /** What is asked of the program. */
  readonly selection = $derived<Selection>({
    rows: this.rows.map(({ table, key }) => ({ table, key })),
    areas: this.areas.map(({ name }) => name),
    child_levels: this.childLevels,
    conflicts: this.conflicts,
    keep: [...this.#kept.values()],
  });

  /** From the backup of that path. */
  constructor(readonly archive: string) {}

  has(row: RowKey): boolean {
    return this.#rows.has(rowId(row));
  }

  toggle(row: PickedRow): void {
    const id = rowId(row);
    if (!this.#rows.delete(id)) this.#rows.set(id, row);
  }

  hasArea(name: string): boolean {
    return this.#areas.has(name);
  }

  toggleArea(area: PickedArea): void {
    if (!this.#areas.delete(area.name)) this.#areas.set(area.name, area);
  }

  /** Leaves a value as it is today. */
  keep(row: RowKey, column: string): void {
    const id = rowId(row);
    const columns = this.#kept.get(id)?.columns ?? [];
    this.#kept.set(id, { row, columns: [...columns, column] });
  }

  /** Leaves no value as it is today by itself. */
  keepNone(): void {
    this.#kept.clear();
  }

  clear(): void {
    this.#rows.clear();
    this.#areas.clear();
    this.#kept.clear();
  }
}
