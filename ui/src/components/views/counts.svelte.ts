import { SvelteMap } from 'svelte/reactivity';

import type { Company, Database } from '../../lib/backend/backend';

/** How many rows a company had when they were last counted. */
interface Counted {
  readonly rows: number;
  /** In milliseconds since 1970. */
  readonly at: number;
}

/** Rows of companies, as far as they were counted in this session. */
export class RowCounts {
  readonly #counted = new SvelteMap<string, Counted>();

  of(connection: string, company: string): Counted | null {
    return this.#counted.get(`${connection} ${company}`) ?? null;
  }

  note(connection: string, company: string, rows: number): void {
    this.#counted.set(`${connection} ${company}`, { rows, at: Date.now() });
  }

  /**
   * Counts those that were not yet, one after the other, so that the server has no more to do than
   * for one. What cannot be counted stays unknown.
   */
  async countAll(
    connection: string,
    database: Database,
    companies: readonly Company[],
    signal: AbortSignal,
  ): Promise<void> {
    for (const company of companies) {
      if (signal.aborted) return;
      if (this.of(connection, company.id)) continue;
      try {
        const contents = await database.contents(company.id);
        this.note(connection, company.id, contents.row_count);
      } catch {
        // The list says "not counted"; opening the company says why.
      }
    }
  }
}
