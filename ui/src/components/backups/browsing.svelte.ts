import { SvelteMap } from 'svelte/reactivity';

import type {
  ArchiveColumn,
  ArchiveReference,
  ArchiveRows,
  RecordHistory,
  RowFilter,
  RowKey,
  RowOrder,
  RowsQuery,
  SearchHit,
  SearchReport,
  WireError,
} from '../../lib/backend/backend';

/** Rows that are asked for at once. */
export const PAGE_ROWS = 100;
/** Rows that one list holds: a window cannot scroll over more height than some ten million dots. */
export const LIST_ROWS = 200_000;

export type AskRows = (table: string, query: RowsQuery) => Promise<ArchiveRows>;
export type Row = (string | null)[];

/** How a table is looked at. */
export interface View {
  readonly filters: readonly RowFilter[];
  readonly order: RowOrder | null;
  /** How many rows come before the list's first. */
  readonly start: number;
}

const whole: View = { filters: [], order: null, start: 0 };

/** One table that is looked at, as far as it has been scrolled through. */
export class Browsed {
  columns = $state.raw<ArchiveColumn[]>([]);
  /** Columns that are in no backup, for they hold secrets. */
  secret = $state.raw<string[]>([]);
  /** Where its rows lead. */
  refersTo = $state.raw<ArchiveReference[]>([]);
  /** Whence rows lead to its rows. */
  usedBy = $state.raw<ArchiveReference[]>([]);
  error = $state.raw<WireError | null>(null);
  /** Rows in the list, as far as that is known. */
  count = $state(0);
  /** Whether there may be more than that. */
  hasMore = $state(false);
  /** Whether rows follow that are another list's. */
  hasLater = $state(false);
  /** The row whose whole values are shown. */
  chosen = $state<number | null>(null);
  /** How far the list is scrolled; whoever comes back finds it so. */
  scrolled = { top: 0, left: 0 };
  /** Rows page by page; those at the end of a page may still be to come. */
  readonly #pages = new SvelteMap<number, Row[]>();
  /** Pages of which no more is to come. */
  readonly #whole: boolean[] = [];
  readonly #asked: boolean[] = [];

  constructor(
    readonly table: string,
    readonly label: string,
    readonly view: View,
    private readonly ask: AskRows,
  ) {
    void this.#load(0);
  }

  /** A row; `undefined` while it is on its way. */
  row(number: number): Row | undefined {
    return this.#pages.get(Math.floor(number / PAGE_ROWS))?.[number % PAGE_ROWS];
  }

  /** Asks for the rows from one number to another, where they are not there. */
  need(first: number, end: number): void {
    for (let page = Math.floor(first / PAGE_ROWS); page * PAGE_ROWS < end; page += 1) {
      // Large rows come a few at a time: the others of their page once they are come to.
      const there = this.#pages.get(page)?.length ?? 0;
      if (page * PAGE_ROWS + there < end) void this.#load(page);
    }
    // Of rows that nobody has counted the next are asked for before they are come to.
    if (this.hasMore && end >= this.count) void this.#load(Math.floor(this.count / PAGE_ROWS));
  }

  /** Asks again for what failed. */
  retry(): void {
    this.error = null;
    void this.#load(0);
  }

  async #load(page: number): Promise<void> {
    if (this.#whole[page] || this.#asked[page] || this.error) return;
    this.#asked[page] = true;
    const { filters, order, start } = this.view;
    const there = this.#pages.get(page) ?? [];
    try {
      const got = await this.ask(this.table, {
        filters: [...filters],
        order,
        offset: start + page * PAGE_ROWS + there.length,
        limit: PAGE_ROWS - there.length,
      });
      this.columns = got.columns;
      this.secret = got.secret_columns;
      this.refersTo = got.refers_to;
      this.usedBy = got.used_by;
      const rows = [...there, ...got.rows];
      this.#whole[page] = rows.length >= PAGE_ROWS || !got.has_more || got.rows.length === 0;
      this.#pages.set(page, rows);
      this.#count(page * PAGE_ROWS + rows.length, got);
    } catch (error) {
      this.error = error as WireError;
    }
    this.#asked[page] = false;
  }

  /** Notes how many rows there are, now that those before `end` are there. */
  #count(end: number, { row_count, has_more }: ArchiveRows): void {
    const { filters, start } = this.view;
    if (filters.length === 0) {
      this.count = Math.min(Math.max(0, row_count - start), LIST_ROWS);
      this.hasLater = row_count > start + LIST_ROWS;
      return;
    }
    if (end < this.count) return;
    this.count = end;
    this.hasMore = has_more && end < LIST_ROWS;
    this.hasLater = has_more && end >= LIST_ROWS;
  }
}

/** What an archive is looked into for: a table after the other, or the places of a text. */
export class Browsing {
  /** The tables that were followed into, the one that is shown last. */
  #trail = $state.raw<readonly Browsed[]>([]);
  found = $state.raw<SearchReport | null>(null);
  /** One row through all backups. */
  history = $state.raw<RecordHistory | null>(null);
  isSearching = $state(false);
  error = $state.raw<WireError | null>(null);

  /** The table that is shown. */
  readonly browsed = $derived(this.#trail.at(-1) ?? null);
  /** Where going back leads; null where it leads nowhere. */
  readonly before = $derived.by(() => {
    const table = this.#trail.at(-2);
    if (table) return table.label;
    return this.found && this.#trail.length > 0 ? 'what was found' : null;
  });

  constructor(
    private readonly ask: AskRows,
    private readonly look: (text: string) => Promise<SearchReport>,
    private readonly trace: ((row: RowKey) => Promise<RecordHistory>) | null,
  ) {}

  open(table: string, label: string): void {
    this.#show([new Browsed(table, label, whole, this.ask)]);
  }

  /** Looks at the same table in another way, from the first row on unless another one is named. */
  turn(view: Partial<View>): void {
    const { browsed } = this;
    if (!browsed) return;
    const turned = { ...browsed.view, start: 0, ...view };
    const again = new Browsed(browsed.table, browsed.label, turned, this.ask);
    this.#show([...this.#trail.slice(0, -1), again]);
  }

  /** Follows a row to those of another table. */
  follow({ columns, table, label, other_columns }: ArchiveReference, row: Row): void {
    const { browsed } = this;
    if (!browsed) return;
    const filters = columns.map((column, place): RowFilter => {
      const value = row[browsed.columns.findIndex(({ name }) => name === column)] ?? '';
      return { column: other_columns[place] ?? '', likeness: 'equal', value };
    });
    const next = new Browsed(table, label, { ...whole, filters }, this.ask);
    this.#show([...this.#trail, next]);
  }

  /** Shows the row of a place; one without a key is shown among the others. */
  show(hit: SearchHit): void {
    const filters = hit.key.flatMap(({ column, value }): RowFilter[] =>
      value === null ? [] : [{ column, likeness: 'equal', value }],
    );
    this.#show([new Browsed(hit.table, hit.label, { ...whole, filters }, this.ask)]);
  }

  async search(text: string): Promise<void> {
    this.#show([]);
    this.found = null;
    if (!text.trim()) return;
    this.isSearching = true;
    try {
      this.found = await this.look(text);
    } catch (error) {
      this.error = error as WireError;
    } finally {
      this.isSearching = false;
    }
  }

  /** Follows a row through all backups. */
  async remember(row: RowKey): Promise<void> {
    this.error = null;
    try {
      this.history = (await this.trace?.(row)) ?? null;
    } catch (error) {
      this.error = error as WireError;
    }
  }

  /** Goes back: from a row's history to its table, from a table to the one before, or to what was found. */
  back(): void {
    if (this.history) this.history = null;
    else this.#show(this.#trail.slice(0, -1));
  }

  #show(trail: readonly Browsed[]): void {
    this.history = null;
    this.error = null;
    this.#trail = trail;
  }
}
