/** What a job says about itself while it runs. */

import { bytes, count, duration } from './format';
import type { Progress, ProgressUnit } from './wire';

/** A phase as it begins a line: "Checking references". */
export function phaseTitle(phase: string): string {
  return phase.charAt(0).toUpperCase() + phase.slice(1);
}

/** "278,115 of 447,228 rows", "12 MB of 340 MB". */
export function doneText({ unit, done, total }: Progress): string {
  const say = unit === 'bytes' ? bytes : count;
  const of = total === null ? '' : ` of ${say(total)}`;
  return `${say(done)}${of}${unit === 'bytes' ? '' : ' rows'}`;
}

/** "Reading… 278,115 of 447,228 rows". */
export function progressText(progress: Progress): string {
  return `${phaseTitle(progress.phase)}… ${doneText(progress)}`;
}

/** "140,000 rows/s · 2 s left"; empty while neither can be told. */
export function paceText(
  perSecond: number | null,
  leftMs: number | null,
  unit: ProgressUnit = 'rows',
): string {
  const parts: string[] = [];
  if (perSecond !== null) {
    parts.push(
      unit === 'bytes' ? `${bytes(perSecond)}/s` : `${count(Math.round(perSecond))} rows/s`,
    );
  }
  if (leftMs !== null) parts.push(`${duration(leftMs)} left`);
  return parts.join(' · ');
}
