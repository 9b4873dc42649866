/** Numbers, sizes and times as people write them. */

const whole = new Intl.NumberFormat('en');

export function count(value: number): string {
  return whole.format(value);
}

/** "1 row", "2 rows". */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** A size with at most one decimal, in powers of 1,000. */
export function bytes(value: number): string {
  let size = value;
  let unit = 0;
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  const text = unit > 0 && size < 9.95 ? size.toFixed(1) : String(Math.round(size));
  return `${text} ${UNITS[unit] ?? ''}`;
}

export function duration(elapsedMs: number): string {
  if (elapsedMs < 950) return `${String(Math.max(10, Math.round(elapsedMs / 10) * 10))} ms`;
  if (elapsedMs < 59_500) return `${(elapsedMs / 1000).toFixed(elapsedMs < 9_950 ? 1 : 0)} s`;
  return `${String(Math.round(elapsedMs / 60_000))} min`;
}

function startOfDay(time: Date): number {
  return new Date(time.getFullYear(), time.getMonth(), time.getDate()).getTime();
}

/** A server's version as people write it: "18.4" of 180004; one that is no number stays as it is. */
export function serverVersion(number: string): string {
  const version = Number(number);
  if (!Number.isInteger(version) || version < 10_000) return number;
  return `${String(Math.floor(version / 10_000))}.${String(version % 10_000)}`;
}

/** "15:04". */
export function clock(time: Date | number): string {
  return new Date(time).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
}

/** "today 08:00", "yesterday 17:42", "3 Nov 09:10", "12 Jun 2025". */
export function when(rfc3339: string, now: Date): string {
  const time = new Date(rfc3339);
  const at = clock(time);
  const days = Math.round((startOfDay(now) - startOfDay(time)) / 86_400_000);
  if (days === 0) return `today ${at}`;
  if (days === 1) return `yesterday ${at}`;
  const date = time.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  if (time.getFullYear() === now.getFullYear()) return `${date} ${at}`;
  return `${date} ${String(time.getFullYear())}`;
}

/** "12 days"; years once they are many. */
export function days(value: number): string {
  return value < 730 ? plural(value, 'day') : plural(Math.round(value / 365.2425), 'year');
}

/** "just now", "4 minutes ago", "3 h ago", "12 days ago", "3 years ago". */
export function ago(rfc3339: string, now: Date): string {
  const minutes = Math.floor((now.getTime() - new Date(rfc3339).getTime()) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${plural(minutes, 'minute')} ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${String(hours)} h ago`;
  return `${days(Math.floor(hours / 24))} ago`;
}

/** The last part of a path. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
