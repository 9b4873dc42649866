import type {
  AreaChanges,
  ChangeKind,
  Counts,
  FileChanges,
  Finding,
  RowOrigin,
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

/** How a difference is told: before it is applied, after that, or as what lies between two states. */
export type Telling = 'coming' | 'done' | 'between';

/** What happens to one row, and to several. */
interface Words {
  one: string;
  many: string;
}

/** The words for what happens to rows. */
export const kinds: Record<
  ChangeKind,
  { tone: Tone; sign: string; words: Record<Telling, Words> }
> = {
  changed: {
    tone: 'info',
    sign: '~',
    words: {
      coming: { one: 'changes', many: 'change' },
      done: { one: 'changed', many: 'changed' },
      between: { one: 'changed', many: 'changed' },
    },
  },
  added: {
    tone: 'ok',
    sign: '+',
    words: {
      coming: { one: 'comes back', many: 'come back' },
      done: { one: 'came back', many: 'came back' },
      between: { one: 'appeared', many: 'appeared' },
    },
  },
  removed: {
    tone: 'bad',
    sign: '−',
    words: {
      coming: { one: 'goes away', many: 'go away' },
      done: { one: 'went away', many: 'went away' },
      between: { one: 'vanished', many: 'vanished' },
    },
  },
};

export function differing(counts: Counts): number {
  return counts.changed + counts.added + counts.removed;
}

/** How many uploaded files differ. */
export function differingFiles(files: FileChanges | null): number {
  return files ? files.changed + files.added + files.removed : 0;
}

/** Why a row is among those that are taken back. */
export const origins: Record<RowOrigin, { word: string; title: string }> = {
  picked: { word: 'picked', title: 'It was picked.' },
  belonging: { word: 'belongs to it', title: 'It refers to a row that was picked.' },
  needed: { word: 'needed', title: 'A row that comes back refers to it, and it is gone.' },
};
