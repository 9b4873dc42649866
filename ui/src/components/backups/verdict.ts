import type { ArchiveEntry, Verdict } from '../../lib/backend/backend';
import type { Tone } from '../shared/tone';

/** What a list says of whether an archive can be restored today. */
export interface Shown {
  tone: Tone;
  word: string;
  /** Where it stands when sorted: the best first. */
  rank: number;
}

/** The word and the colour of each verdict. */
export const verdicts: Record<Verdict, Shown> = {
  ready: { tone: 'ok', word: 'Ready', rank: 0 },
  restorable_with_changes: { tone: 'warn', word: 'Restorable with changes', rank: 1 },
  not_restorable: { tone: 'bad', word: 'Not restorable', rank: 3 },
  incomplete: { tone: 'bad', word: 'Incomplete', rank: 4 },
};

const unchecked: Shown = { tone: 'plain', word: 'Not checked', rank: 2 };
const unreadable: Shown = { tone: 'bad', word: 'Damaged', rank: 5 };

/** What is known of an archive; what was not found out is not claimed. */
export function shownVerdict(archive: ArchiveEntry, found: Verdict | undefined): Shown {
  if (archive.problem?.code === 'archive_incomplete') return verdicts.incomplete;
  if (archive.problem) return unreadable;
  return found ? verdicts[found] : unchecked;
}
