import { expect, it } from 'vitest';

import { actionWords, resultWords } from './deeds';

it('says what was done and how it ended without codes', () => {
  expect(actionWords('create', 'scheduled')).toBe('Backup (scheduled)');
  expect(actionWords('something later', null)).toBe('something later');
  expect(resultWords('done', true)).toBe('done');
  expect(resultWords('send_failed', false)).toBe('not done: a test could not be sent');
  expect(resultWords('lock_not_had', false)).toBe('not done: lock not had');
});
