/** How archives are called on screen. */

import { when } from './format';
import type { ArchiveEntry } from './wire';

/** The label, or what it was made for where it has none. */
export function archiveName(entry: ArchiveEntry): string {
  if (entry.label) return entry.label;
  if (entry.problem) return entry.file;
  return entry.kind === 'safety' ? 'Before a restore' : 'Backup';
}

/** Name and time: "Before price import · yesterday 17:42". */
export function archiveTitle(entry: ArchiveEntry, now: Date): string {
  return entry.made_at ? `${archiveName(entry)} · ${when(entry.made_at, now)}` : archiveName(entry);
}
