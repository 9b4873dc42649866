import { SvelteSet } from 'svelte/reactivity';

import { archiveName } from '../../lib/archive';
import type { ArchiveEntry, ArchiveKind, JudgedArchive } from '../../lib/backend/backend';
import { shownVerdict } from './verdict';

/** What a list can be sorted by. */
export type Column = 'name' | 'made' | 'rows' | 'size' | 'verdict';
/** Scheduled backups come and go by themselves: beside what somebody wanted they are a list of their own. */
export type Shelf = 'wanted' | 'scheduled';
/** What a list can be narrowed to. */
export type Only = 'all' | ArchiveKind | 'unusable' | 'here' | 'elsewhere';

export const kindWords: Record<ArchiveKind, string> = {
  manual: 'Made by hand',
  scheduled: 'Scheduled',
  safety: 'Safety snapshot',
  template: 'Template',
};

type Verdicts = Readonly<Record<string, JudgedArchive>>;
type Compare = (a: ArchiveEntry, b: ArchiveEntry) => number;

function compareBy(column: Column, verdicts: Verdicts): Compare {
  const rank = (entry: ArchiveEntry) => shownVerdict(entry, verdicts[entry.path]).rank;
  const orders: Record<Column, Compare> = {
    name: (a, b) => archiveName(a).localeCompare(archiveName(b), 'en', { numeric: true }),
    made: (a, b) => (a.made_at ?? '').localeCompare(b.made_at ?? ''),
    rows: (a, b) => (a.row_count ?? -1) - (b.row_count ?? -1),
    size: (a, b) => a.size_bytes - b.size_bytes,
    verdict: (a, b) => rank(a) - rank(b),
  };
  return orders[column];
}

function holds(entry: ArchiveEntry, words: string): boolean {
  const { file, made_by, place } = entry;
  const by = [made_by?.os_user, made_by?.app_user, made_by?.host];
  const text = [archiveName(entry), file, place?.address, ...by];
  return text.join(' ').toLowerCase().includes(words);
}

/** How a list of backups is narrowed, sorted and selected. */
export class ListState {
  column = $state<Column>('made');
  isAscending = $state(false);
  words = $state('');
  only = $state<Only>('all');
  /** Paths of those that are selected. */
  readonly selected = new SvelteSet<string>();
  /** Path of the one that the keyboard is on. */
  current = $state<string | null>(null);
  /** Where a range of selected ones begins. */
  #anchor: string | null = null;
  /** The one that was asked for. */
  #shelf = $state<Shelf | null>(null);

  /** How many there are on each. */
  readonly shelves = $derived.by(() => {
    const all = this.archives();
    const scheduled = all.filter(({ kind }) => kind === 'scheduled').length;
    return { wanted: all.length - scheduled, scheduled };
  });
  /** The one that is shown. */
  readonly shelf = $derived.by((): Shelf => {
    const { wanted, scheduled } = this.shelves;
    if (wanted === 0 || scheduled === 0) return scheduled === 0 ? 'wanted' : 'scheduled';
    return this.#shelf ?? 'wanted';
  });
  readonly #onShelf = $derived.by(() => {
    const isScheduled = this.shelf === 'scheduled';
    return this.archives().filter(({ kind }) => (kind === 'scheduled') === isScheduled);
  });

  readonly shown = $derived.by(() => {
    const words = this.words.trim().toLowerCase();
    const found = this.#onShelf.filter((entry) => this.#isWanted(entry) && holds(entry, words));
    const compare = compareBy(this.column, this.verdicts());
    return found.sort((a, b) => (this.isAscending ? compare(a, b) : compare(b, a)));
  });
  /** Those that are selected and shown: what is hidden is never acted on. */
  readonly chosen = $derived(this.shown.filter((entry) => this.selected.has(entry.path)));
  /** The kinds that there are. */
  readonly kinds = $derived.by(() => {
    const all = this.#onShelf;
    const kinds = (Object.keys(kindWords) as ArchiveKind[]).filter((kind) =>
      all.some((entry) => entry.kind === kind),
    );
    return {
      kinds,
      hasUnusable: all.some((entry) => entry.problem !== null),
      hasElsewhere: all.some((entry) => entry.place),
    };
  });

  constructor(
    private readonly archives: () => readonly ArchiveEntry[],
    private readonly verdicts: () => Verdicts,
  ) {}

  /** Sorts by a column; by the same one again, the other way round. */
  sortBy(column: Column): void {
    this.isAscending = column === this.column ? !this.isAscending : column === 'name';
    this.column = column;
  }

  /** Shows the other list. */
  turnTo(shelf: Shelf): void {
    this.#shelf = shelf;
    this.only = 'all';
    this.selected.clear();
  }

  toggle(path: string): void {
    if (!this.selected.delete(path)) this.selected.add(path);
    this.#anchor = path;
  }

  /** Selects all that are shown, or none where all are. */
  toggleAll(): void {
    const isAll = this.chosen.length === this.shown.length;
    this.selected.clear();
    if (!isAll) for (const entry of this.shown) this.selected.add(entry.path);
  }

  /** Goes up or down; `isRange` selects what lies between. */
  move(step: number, isRange: boolean): void {
    const at = this.shown.findIndex((entry) => entry.path === this.current);
    const next = this.shown[Math.max(0, Math.min(this.shown.length - 1, at + step))];
    if (!next) return;
    if (isRange) this.#selectRange(next.path);
    else this.#anchor = next.path;
    this.current = next.path;
  }

  /** Selects from where the range begins to that one. */
  #selectRange(path: string): void {
    const place = (of: string | null) => this.shown.findIndex((entry) => entry.path === of);
    this.#anchor ??= this.current ?? path;
    const [from, to] = [place(this.#anchor), place(path)].sort((a, b) => a - b) as [number, number];
    this.selected.clear();
    for (const entry of this.shown.slice(Math.max(0, from), to + 1)) this.selected.add(entry.path);
  }

  #isWanted(entry: ArchiveEntry): boolean {
    if (this.only === 'all') return true;
    if (this.only === 'unusable') return entry.problem !== null;
    if (this.only === 'here') return !entry.place;
    if (this.only === 'elsewhere') return entry.place !== undefined;
    return entry.kind === this.only;
  }
}
