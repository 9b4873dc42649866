import { expect, it } from 'vitest';

import { rhythmOf, rhythmWords } from './words';

it('says how often as people do, and writes what they have chosen', () => {
  expect(rhythmWords(rhythmOf('hours', ' 1 ', '') ?? '')).toBe('every hour');
  expect(rhythmWords(rhythmOf('daily', '', '2:30') ?? '')).toBe('daily at 02:30');
  expect(rhythmWords(rhythmOf('sunday', '', '03:00') ?? '')).toBe('Sundays at 03:00');
  for (const [often, hours, at] of [
    ['hours', '0', ''],
    ['hours', '169', ''],
    ['hours', 'six', ''],
    ['daily', '', '24:00'],
    ['monday', '', '2 am'],
  ] as const) {
    expect(rhythmOf(often, hours, at)).toBeNull();
  }
});
