import { describe, expect, it } from 'vitest';

import { ago, bytes, count, duration, plural, serverVersion, when } from './format';

const now = new Date('2026-11-23T11:00:00');

describe('numbers', () => {
  it('groups thousands', () => {
    expect(count(447228)).toBe('447,228');
  });
  it('says one row and two rows', () => {
    expect([plural(1, 'row'), plural(1200, 'row')]).toEqual(['1 row', '1,200 rows']);
  });
});

describe('sizes', () => {
  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [9_940, '9.9 kB'],
    [67_300_000, '67 MB'],
    [999_900, '1.0 MB'],
    [2_400_000_000, '2.4 GB'],
  ])('%i is %s', (size, text) => {
    expect(bytes(size)).toBe(text);
  });
});

describe('durations', () => {
  it.each([
    [3, '10 ms'],
    [0, '10 ms'],
    [1_240, '1.2 s'],
    [42_000, '42 s'],
    [180_000, '3 min'],
  ])('%i ms is %s', (elapsed, text) => {
    expect(duration(elapsed)).toBe(text);
  });
});

describe('times', () => {
  it.each([
    ['2026-11-23T08:00:00', 'today 08:00'],
    ['2026-11-22T17:42:00', 'yesterday 17:42'],
    ['2026-11-03T09:10:00', '3 Nov 09:10'],
    ['2025-06-12T09:10:00', '12 Jun 2025'],
  ])('%s is %s', (time, text) => {
    expect(when(time, now)).toBe(text);
  });
  it.each([
    ['2026-11-23T10:59:40', 'just now'],
    ['2026-11-23T10:56:00', '4 minutes ago'],
    ['2026-11-23T08:00:00', '3 h ago'],
    ['2026-11-11T08:00:00', '12 days ago'],
    ['2020-11-11T08:00:00', '6 years ago'],
    ['0001-11-11T08:00:00', '2,025 years ago'],
  ])('%s was %s', (time, text) => {
    expect(ago(time, now)).toBe(text);
  });
});

describe('versions of a server', () => {
  it.each([
    ['180004', '18.4'],
    ['140022', '14.22'],
    ['18.4', '18.4'],
  ])('%s is %s', (number, text) => {
    expect(serverVersion(number)).toBe(text);
  });
});
