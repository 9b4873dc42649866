import { describe, expect, it } from 'vitest';

import type { FieldChange } from './wire';
import { decimal, sides, written } from './value';

const field = (change: Partial<FieldChange>): FieldChange => ({
  column: 'price',
  label: 'Price',
  old: null,
  new: null,
  ...change,
});

describe('values', () => {
  it.each([
    ['1280', 2, '1,280.00'],
    ['12.8', 2, '12.80'],
    ['12.3456', 2, '12.3456'],
    ['-1234567.5', 0, '−1,234,567.5'],
    ['NaN', 2, 'NaN'],
    ['123456789012345678901234567890.1', 0, '123,456,789,012,345,678,901,234,567,890.1'],
  ])('%s is %s', (text, fewest, shown) => {
    expect(decimal(text, fewest)).toBe(shown);
  });

  it('says what money is in where the row does', () => {
    expect(written('1280', 'money', 'EUR')).toBe('1,280.00 EUR');
    expect(written('1280', 'money')).toBe('1,280.00');
    expect(written('1280', 'number', 'EUR')).toBe('1,280');
  });

  it('writes days and moments as people do, and leaves what is neither', () => {
    expect(written('2026-03-01', 'date')).toBe('1 Mar 2026');
    expect(written('2026-03-01 08:00:00.123456', 'time')).toBe('1 Mar 2026, 08:00');
    expect(written('infinity', 'time')).toBe('infinity');
    expect(written('t', 'truth')).toBe('yes');
  });

  it('shows a reference by its name and keeps the exact value', () => {
    const [old, next] = sides(field({ old: 'u1', new: 'u2', old_name: 'Anna', new_name: 'Jonas' }));
    expect([old, next]).toEqual([
      { shown: 'Anna', exact: 'u1' },
      { shown: 'Jonas', exact: 'u2' },
    ]);
  });

  it('shows what is exactly there when both sides would read the same', () => {
    const [old, next] = sides(field({ old: '2.0', new: '2', kind: 'money' }));
    expect([old?.shown, next?.shown]).toEqual(['2.0', '2']);
    const [first, second] = sides(
      field({ old: 'a', new: 'b', old_name: 'Bolt', new_name: 'Bolt' }),
    );
    expect([first?.shown, second?.shown]).toEqual(['a', 'b']);
  });

  it('says nothing for what is not there', () => {
    expect(sides(field({ new: '' }))).toEqual([null, { shown: '', exact: '' }]);
  });
});
