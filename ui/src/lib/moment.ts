/** Which backup shows a company as it was at some moment. */

import { days } from './format';
import type { ArchiveEntry } from './wire';

export interface Around {
  /** The newest that is not younger than the moment. */
  readonly at: ArchiveEntry | null;
  /** The oldest that is younger. */
  readonly after: ArchiveEntry | null;
}

/** The backups around a moment; of templates it is not known what they leave out. */
export function around(archives: readonly ArchiveEntry[], moment: Date): Around {
  const points = archives
    .filter(({ kind, made_at, problem }) => made_at && problem === null && kind !== 'template')
    .map((entry) => ({ entry, time: new Date(entry.made_at ?? '').getTime() }))
    .sort((one, other) => one.time - other.time);
  const before = points.filter(({ time }) => time <= moment.getTime());
  return {
    at: before.at(-1)?.entry ?? null,
    after: points.find(({ time }) => time > moment.getTime())?.entry ?? null,
  };
}

/** "12 minutes", "3 h", "9 days", "12 years": how far apart two moments are. */
export function apart(one: Date, other: Date): string {
  const minutes = Math.round(Math.abs(one.getTime() - other.getTime()) / 60_000);
  if (minutes < 1) return 'less than a minute';
  if (minutes < 120) return minutes === 1 ? '1 minute' : `${String(minutes)} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${String(hours)} h` : days(Math.round(hours / 24));
}

/** What the chosen backup is to the moment, in a sentence or two. */
export function momentWords({ at, after }: Around, moment: Date): string {
  const of = (entry: ArchiveEntry) => new Date(entry.made_at ?? '');
  if (!at) {
    return after
      ? 'No backup of this company is as old as that.'
      : 'There is no backup of this company.';
  }
  const age = apart(of(at), moment);
  const next = after
    ? `The next backup is ${apart(of(after), moment)} later; what was in between no backup shows.`
    : 'There is no later backup.';
  return `The newest backup before that is ${age} older. ${next}`;
}
