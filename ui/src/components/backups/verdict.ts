import type { ArchiveEntry, JudgedArchive, Verdict } from '../../lib/backend/backend';
import type { Tone } from '../shared/tone';

/** What a list says of whether an archive can be restored today. */
export interface Shown {
  tone: Tone;
  word: string;
  /** Where it stands when sorted: the best first. */
  rank: number;
  /** What a person should know first; null where there is nothing. */
  reason: string | null;
}

type Known = Omit<Shown, 'reason'>;

/** The word and the colour of each verdict. */
const verdicts: Record<Verdict, Known> = {
  ready: { tone: 'ok', word: 'Ready', rank: 0 },
  restorable_with_changes: { tone: 'warn', word: 'Restorable with changes', rank: 1 },
  not_restorable: { tone: 'bad', word: 'Not restorable', rank: 3 },
  incomplete: { tone: 'bad', word: 'Incomplete', rank: 4 },
};

const unchecked: Known = { tone: 'plain', word: 'Not checked', rank: 2 };
const unreadable: Known = { tone: 'bad', word: 'Damaged', rank: 5 };

/** What is known of an archive; what was not found out is not claimed. */
export function shownVerdict(archive: ArchiveEntry, judged: JudgedArchive | undefined): Shown {
  if (archive.problem?.code === 'archive_incomplete') {
    return { ...verdicts.incomplete, reason: null };
  }
  if (archive.problem) return { ...unreadable, reason: null };
  const today = judged?.today;
  if (!today) return { ...unchecked, reason: judged?.error?.message ?? null };
  const [worst] = today.verdict === 'ready' ? [] : today.findings;
  const about = worst?.label ? `${worst.label}: ` : '';
  return { ...verdicts[today.verdict], reason: worst ? about + worst.reason : null };
}
