import { expect, it } from 'vitest';

import { apart, around, momentWords } from './moment';
import type { ArchiveEntry } from './wire';

function entry(made_at: string, kind: ArchiveEntry['kind'] = 'manual'): ArchiveEntry {
  return { path: made_at, file: made_at, made_at, kind, problem: null } as ArchiveEntry;
}

const [morning, noon, evening] = ['08', '12', '18'].map((hour) =>
  entry(`2026-05-04T${hour}:00:00Z`),
);
const archives = [
  evening,
  morning,
  noon,
  entry('2026-05-04T14:00:00Z', 'template'),
] as ArchiveEntry[];

it('finds the newest backup that is not younger, and the next one', () => {
  const of = (time: string) => {
    const { at, after } = around(archives, new Date(`2026-05-04T${time}:00Z`));
    return [at?.made_at?.slice(11, 13), after?.made_at?.slice(11, 13)];
  };
  expect(of('15:00')).toEqual(['12', '18']);
  expect(of('12:00')).toEqual(['12', '18']);
  expect(of('07:59')).toEqual([undefined, '08']);
  expect(of('23:00')).toEqual(['18', undefined]);
});

it('says how far the backups are away', () => {
  const moment = new Date('2026-05-04T15:00:00Z');
  expect(momentWords(around(archives, moment), moment)).toBe(
    'The newest backup before that is 3 h older. The next backup is 3 h later; what was in between no backup shows.',
  );
  expect(momentWords({ at: null, after: null }, moment)).toMatch(/no backup of this company/);
  expect(apart(moment, new Date('2026-05-13T15:00:00Z'))).toBe('9 days');
  expect(apart(moment, new Date('2996-05-04T15:00:00Z'))).toBe('970 years');
  expect(apart(moment, new Date('2026-05-04T15:01:00Z'))).toBe('1 minute');
});
