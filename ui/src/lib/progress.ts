/** What a job says about itself while it runs. */

import { count, duration } from './format';
import type { Progress } from './wire';

/** A phase as it begins a line: "Checking references". */
export function phaseTitle(phase: string): string {
  return phase.charAt(0).toUpperCase() + phase.slice(1);
}

/** "Reading… 278,115 of 447,228 rows". */
export function progressText({ phase, done, total }: Progress): string {
  const of = total === null ? '' : ` of ${count(total)}`;
  return `${phaseTitle(phase)}… ${count(done)}${of} rows`;
}

/** "140,000 rows/s · 2 s left"; empty while neither can be told. */
export function paceText(rowsPerSecond: number | null, leftMs: number | null): string {
  const parts: string[] = [];
  if (rowsPerSecond !== null) parts.push(`${count(Math.round(rowsPerSecond))} rows/s`);
  if (leftMs !== null) parts.push(`${duration(leftMs)} left`);
  return parts.join(' · ');
}
