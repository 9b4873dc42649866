import { SvelteMap } from 'svelte/reactivity';

import type {
  ArchiveColumn,
  ArchiveRows,
  SearchHit,
  SearchReport,
  WireError,
} from '../../lib/backend/backend';

/** Rows that are asked for at once. */
export const PAGE_ROWS = 100;
/** Rows that one list holds: a window cannot scroll over more height than some ten million dots. */
export const LIST_ROWS = 200_000;

/** A column with the value that rows are to have there. */
export type Filters = readonly (readonly [column: string, value: string])[];
export type AskRows = (
  table: string,
  filters: Filters,
  offset: number,
  limit: number,
) => Promise<ArchiveRows>;
export type Row = (string | null)[];

/** One table that is looked at, as far as it has been scrolled through. */
export class Browsed {
  columns = $state.raw<ArchiveColumn[]>([]);
  error = $state.raw<WireError | null>(null);
  /** Rows in the list. */
  count = $state(0);
  readonly #pages = new SvelteMap<number, Row[]>();
  readonly #asked: boolean[] = [];

  constructor(
    readonly table: string,
    readonly label: string,
    readonly filters: Filters,
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
      void this.#load(page);
    }
  }

  /** Asks again for what failed. */
  retry(): void {
    this.error = null;
    void this.#load(0);
  }

  async #load(page: number): Promise<void> {
    if (this.#asked[page] || this.error) return;
    this.#asked[page] = true;
    try {
      const got = await this.ask(this.table, this.filters, page * PAGE_ROWS, PAGE_ROWS);
      this.columns = got.columns;
      this.#pages.set(page, got.rows);
      if (page === 0) {
        const isAll = this.filters.length === 0;
        this.count = isAll ? Math.min(got.row_count, LIST_ROWS) : got.rows.length;
      }
    } catch (error) {
      this.#asked[page] = false;
      this.error = error as WireError;
    }
  }
}

/** What an archive is looked into for: one table, or the places of a text. */
export class Browsing {
  browsed = $state.raw<Browsed | null>(null);
  found = $state.raw<SearchReport | null>(null);
  isSearching = $state(false);
  error = $state.raw<WireError | null>(null);

  constructor(
    private readonly ask: AskRows,
    private readonly look: (text: string) => Promise<SearchReport>,
  ) {}

  open(table: string, label: string, filters: Filters = []): void {
    this.browsed = new Browsed(table, label, filters, this.ask);
  }

  /** Shows the row of a place; one without a key is shown among the others. */
  follow(hit: SearchHit): void {
    const filters = hit.key.flatMap(({ column, value }): [string, string][] =>
      value === null ? [] : [[column, value]],
    );
    this.open(hit.table, hit.label, filters);
  }

  async search(text: string): Promise<void> {
    this.browsed = null;
    this.found = null;
    this.error = null;
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

  /** Goes back to what was found. */
  back(): void {
    this.browsed = null;
  }
}
