import { expect, it } from 'vitest';

import { advice } from './advice';

it('leaves out what is to be typed, and nothing else', () => {
  expect(advice('Leave them out (--skip-corrupted), or repair them (by hand) first.')).toBe(
    'Leave them out, or repair them (by hand) first.',
  );
  expect(
    advice('Choose another profile (--profile; `snapback profile propose` proposes one).'),
  ).toBe('Choose another profile.');
  expect(advice(undefined)).toBeNull();
});
