/** Shapes that cross from the program to the screen. */

export type { JobEvent, Progress, WireError } from '../wire';

/** Where the companies live. */
export interface Connection {
  /** Name for people: the host, or "Demo". */
  title: string;
  isDemo: boolean;
}

export interface Company {
  id: string;
  name: string;
  /** When the newest good backup on this computer was made (RFC 3339), if there is one. */
  lastBackupAt: string | null;
}

/** What a company holds now. */
export interface Contents {
  rowCount: number;
  areas: AreaContents[];
}

export interface AreaContents {
  name: string;
  title: string;
  rowCount: number;
  headline: { label: string; rowCount: number }[];
}

export type BackupKind = 'manual' | 'scheduled' | 'safety' | 'template';

export interface Backup {
  /** Path of the archive; its identity. */
  archive: string;
  label: string | null;
  kind: BackupKind;
  /** RFC 3339. */
  madeAt: string;
  madeBy: string | null;
  rowCount: number;
  byteCount: number;
  /** False where the archive ends before its manifest. */
  isComplete: boolean;
}

export type Verdict = 'ready' | 'restorable_with_changes' | 'not_restorable' | 'incomplete';

export interface Counts {
  changed: number;
  added: number;
  removed: number;
  same: number;
}

/** What a restore would do; nothing has changed yet. */
export interface Plan {
  /** Names this plan when the person says yes to it. */
  id: string;
  verdict: Verdict;
  totals: Counts;
  areas: AreaChanges[];
  /** What is lost, defaulted or in the way, for people. */
  findings: Finding[];
  /** Whether the company's name must be typed. */
  needsName: boolean;
}

export interface AreaChanges {
  name: string;
  title: string;
  counts: Counts;
  tables: { name: string; label: string; counts: Counts }[];
}

export interface Finding {
  kind: 'lost' | 'changed' | 'blocked' | 'note';
  message: string;
  rowCount: number | null;
}

export interface Review {
  archiveLabel: string | null;
  restoredAt: string;
  restoredBy: string;
  counts: Counts;
}

export interface CreateReport {
  archive: string;
  rowCount: number;
  byteCount: number;
  elapsedMs: number;
}

export interface RestoreReport {
  counts: Counts;
  elapsedMs: number;
}
