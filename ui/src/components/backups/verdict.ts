import type { Verdict } from '../../lib/backend/backend';
import type { Tone } from '../shared/tone';

/** The word and the colour of each verdict. */
export const verdicts: Record<Verdict, { tone: Tone; word: string }> = {
  ready: { tone: 'ok', word: 'Ready' },
  restorable_with_changes: { tone: 'warn', word: 'Restorable with changes' },
  not_restorable: { tone: 'bad', word: 'Not restorable' },
  incomplete: { tone: 'bad', word: 'Incomplete' },
};
