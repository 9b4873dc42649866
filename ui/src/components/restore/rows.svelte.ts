import { SvelteMap, SvelteSet } from 'svelte/reactivity';

import type { RowChange, RowPage, WireError } from '../../lib/backend/backend';

/** Rows that are asked for at once. */
export const PAGE_ROWS = 50;
/** Rows that one list holds: a window cannot scroll over more height than some ten million dots. */
export const LIST_ROWS = 50_000;
/** Fields of a row that are shown until more are asked for. */
export const FEW_FIELDS = 5;

/** Heights as the stylesheet has them, in dots. */
export const HEAD_HEIGHT = 34;
export const FIELD_HEIGHT = 30;
export const GAP = 8;
const BORDER = 2;
/** A row that is not there yet is taken for one with so many fields. */
const GUESSED_FIELDS = 2;

/** A row of the list with its place. */
export interface Placed {
  number: number;
  top: number;
  height: number;
  /** Null while it is on its way. */
  row: RowChange | null;
}

/** The rows of one table, or those of one kind: as many as have been looked at. */
export class Rows {
  /** By page. */
  readonly #pages = new SvelteMap<number, RowChange[]>();
  /** Rows all of whose fields are shown. */
  readonly #whole = new SvelteSet<number>();
  readonly #asked: boolean[] = [];
  error = $state.raw<WireError | null>(null);

  /** Where each page begins, and at the end where the last one stops. */
  readonly #tops = $derived.by(() => {
    const pages = Math.ceil(this.count / PAGE_ROWS);
    const tops = new Float64Array(pages + 1);
    for (let page = 0; page < pages; page += 1) {
      const rows = this.#pages.get(page);
      const height = rows
        ? rows.reduce((sum, row, place) => sum + this.height(page * PAGE_ROWS + place, row), 0)
        : this.#pageRows(page) * this.height(-1, null);
      tops[page + 1] = (tops[page] ?? 0) + height;
    }
    return tops;
  });
  /** Height of the whole list. */
  readonly total = $derived.by(() => this.#tops.at(-1) ?? 0);

  /** Of `count` rows, the first being the one of that number. */
  constructor(
    readonly first: number,
    readonly count: number,
    private readonly ask: (offset: number, limit: number) => Promise<RowPage>,
  ) {}

  /** Fields of a row that are shown now. */
  fields(number: number, row: RowChange): number {
    const isWhole = this.#whole.has(number) || row.fields.length <= FEW_FIELDS + 1;
    return isWhole ? row.fields.length : FEW_FIELDS;
  }

  height(number: number, row: RowChange | null): number {
    if (!row) return HEAD_HEIGHT + GUESSED_FIELDS * FIELD_HEIGHT + BORDER + GAP;
    // What is not shown yet has a line that asks for it.
    const more = row.fields.length > FEW_FIELDS + 1 ? 1 : 0;
    return HEAD_HEIGHT + (this.fields(number, row) + more) * FIELD_HEIGHT + BORDER + GAP;
  }

  isWhole(number: number): boolean {
    return this.#whole.has(number);
  }

  toggle(number: number): void {
    if (!this.#whole.delete(number)) this.#whole.add(number);
  }

  /** The rows between two heights. */
  between(top: number, bottom: number): Placed[] {
    const placed: Placed[] = [];
    const pages = this.#tops.length - 1;
    let page = this.#pageAt(top);
    for (; page < pages && (this.#tops[page] ?? 0) < bottom; page += 1) {
      const rows = this.#pages.get(page);
      let at = this.#tops[page] ?? 0;
      for (let place = 0; place < this.#pageRows(page); place += 1) {
        const number = page * PAGE_ROWS + place;
        const row = rows?.[place] ?? null;
        const height = this.height(number, row);
        if (at + height > top && at < bottom) placed.push({ number, top: at, height, row });
        at += height;
      }
    }
    return placed;
  }

  /** Asks for the rows between two heights, where they are not there. */
  need(top: number, bottom: number): void {
    const pages = this.#tops.length - 1;
    let page = this.#pageAt(top);
    for (; page < pages && (this.#tops[page] ?? 0) < bottom; page += 1) void this.#load(page);
  }

  /** Asks again for what failed. */
  retry(): void {
    this.error = null;
  }

  async #load(page: number): Promise<void> {
    if (this.#asked[page] || this.error) return;
    this.#asked[page] = true;
    try {
      const got = await this.ask(this.first + page * PAGE_ROWS, this.#pageRows(page));
      this.#pages.set(page, got.rows);
    } catch (error) {
      this.#asked[page] = false;
      this.error = error as WireError;
    }
  }

  #pageRows(page: number): number {
    return Math.max(0, Math.min(PAGE_ROWS, this.count - page * PAGE_ROWS));
  }

  #pageAt(height: number): number {
    let [low, high] = [0, Math.max(0, this.#tops.length - 2)];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#tops[middle] ?? 0) <= height) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
