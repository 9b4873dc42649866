import type {
  AreaChanges,
  ChangeKind,
  Counts,
  FileChanges,
  Finding,
  RowPage,
} from '../../lib/backend/backend';
import type { Tone } from '../shared/tone';

/** What the dialog tells: a plan, or what a restore has changed. */
export interface Shown {
  totals: Counts;
  findings: Finding[];
  areas: AreaChanges[];
  /** Uploaded files that differ; null where they are left alone. */
  files: FileChanges | null;
}

/** Asks for rows of one table that differ. */
export type AskRows = (
  table: string,
  only: ChangeKind | null,
  offset: number,
  limit: number,
) => Promise<RowPage>;

/** The words for what happens to rows: before a restore, and after it. */
export const kinds: Record<
  ChangeKind,
  { tone: Tone; word: string; many: string; done: string; sign: string }
> = {
  changed: { tone: 'info', word: 'changes', many: 'change', done: 'changed', sign: '~' },
  added: { tone: 'ok', word: 'comes back', many: 'come back', done: 'came back', sign: '+' },
  removed: { tone: 'bad', word: 'goes away', many: 'go away', done: 'went away', sign: '−' },
};

export function differing(counts: Counts): number {
  return counts.changed + counts.added + counts.removed;
}

/** How many uploaded files differ. */
export function differingFiles(files: FileChanges | null): number {
  return files ? files.changed + files.added + files.removed : 0;
}
