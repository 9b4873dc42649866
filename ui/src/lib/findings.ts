import type { Effect, Finding } from './wire';
import { plural } from './format';

/** What a finding means, in a word, and how grave it is. */
export const effects = {
  blocked: { tone: 'bad', word: 'in the way' },
  lost: { tone: 'warn', word: 'would be lost' },
  discarded: { tone: 'warn', word: 'is left out' },
  defaulted: { tone: 'info', word: 'gets a default' },
  noted: { tone: 'plain', word: 'good to know' },
} as const satisfies Record<Effect, { tone: string; word: string }>;

/** A finding as a line of a list. */
export function remark({ effect, table, label, column, reason, row_count }: Finding) {
  return {
    ...effects[effect],
    subject: label ? [label, column].filter(Boolean).join(' · ') : '',
    text: reason,
    number: row_count === null ? '' : plural(row_count, 'row'),
    hint: [table, column].filter(Boolean).join('.'),
  };
}
