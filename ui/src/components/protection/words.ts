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
