import { expect, it } from 'vitest';

import type { RowFilter, RowsQuery } from '../../lib/backend/backend';
import { Browsed } from './browsing.svelte';

const TOTAL = 250;
const some: RowFilter = { column: 'n', likeness: 'filled', value: '' };

/** A table of 250 rows that are so large that 40 of them come at most at once. */
function open(filters: readonly RowFilter[]) {
  const asked: string[] = [];
  const ask = (table: string, { offset, limit }: RowsQuery) => {
    asked.push(`${String(offset)}+${String(limit)}`);
    const count = Math.max(0, Math.min(limit, 40, TOTAL - offset));
    return Promise.resolve({
      table,
      label: '',
      area: null,
      row_count: TOTAL,
      columns: [],
      secret_columns: [],
      refers_to: [],
      used_by: [],
      offset,
      rows: Array.from({ length: count }, (_, place) => [String(offset + place)]),
      has_more: offset + count < TOTAL,
    });
  };
  const browsed = new Browsed('public.t', 'T', { filters, order: null, start: 0 }, ask);
  return { browsed, asked };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

/** Scrolls until the list goes no further, thirty rows being in view. */
async function scroll(browsed: Browsed): Promise<void> {
  for (let step = 0; step < 100; step += 1) {
    await settled();
    const first = Math.min(step * 10, Math.max(0, browsed.count - 30));
    browsed.need(first, Math.min(browsed.count, first + 30));
  }
}

it('the rows behind a page that ended early are come to', async () => {
  const { browsed, asked } = open([]);
  await scroll(browsed);
  for (let number = 0; number < TOTAL; number += 1) {
    expect(browsed.row(number)).toEqual([String(number)]);
  }
  expect(asked.slice(0, 4)).toEqual(['0+100', '40+60', '80+20', '100+100']);
  expect(new Set(asked).size).toBe(asked.length);
});

it('rows that nobody has counted are come to as well', async () => {
  const { browsed } = open([some]);
  await settled();
  expect([browsed.count, browsed.hasMore]).toEqual([40, true]);
  await scroll(browsed);
  expect([browsed.count, browsed.hasMore]).toEqual([TOTAL, false]);
  expect(browsed.row(TOTAL - 1)).toEqual(['249']);
});
