/** How archives are called on screen. */

import { when } from './format';
import type { ArchiveEntry } from './wire';

/** The label, or what it was made for where it has none. */
export function archiveName(entry: ArchiveEntry): string {
  if (entry.label) return entry.label;
  if (entry.problem || entry.kind === null) return entry.file;
  return entry.kind === 'safety' ? 'Before a restore' : 'Backup';
}

/** Name and time: "Before price import · yesterday 17:42". */
export function archiveTitle(entry: ArchiveEntry, now: Date): string {
  const at = entry.place ? ` · at ${entry.place.address}` : '';
  const made = entry.made_at ? ` · ${when(entry.made_at, now)}` : '';
  return archiveName(entry) + made + at;
}
