const days = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/** How often, as people say it: `6h`, `daily@02:00`, `sunday@03:00`. */
export function rhythmWords(rhythm: string): string {
  const [day = '', time] = rhythm.split('@');
  if (time === undefined) {
    const hours = Number.parseInt(day, 10);
    return hours === 1 ? 'every hour' : `every ${String(hours)} hours`;
  }
  if (!days.includes(day)) return `daily at ${time}`;
  return `${day.charAt(0).toUpperCase()}${day.slice(1)}s at ${time}`;
}

/** How often, as schedules write it; null where what was typed says nothing. */
export function rhythmOf(often: string, hours: string, at: string): string | null {
  if (often === 'hours') {
    const number = /^\d{1,3}$/.test(hours.trim()) ? Number(hours) : 0;
    return number >= 1 && number <= 168 ? `${String(number)}h` : null;
  }
  const time = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(at.trim());
  return time ? `${often}@${(time[1] ?? '').padStart(2, '0')}:${time[2] ?? ''}` : null;
}
