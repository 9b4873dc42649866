import { describe, expect, it } from 'vitest';

import { Pace } from './pace';

describe('the pace', () => {
  it('is not known from the first moment', () => {
    const pace = new Pace();
    pace.note('reading', 0, 0);
    pace.note('reading', 900, 300);
    expect([pace.perSecond, pace.leftMs(9_000)]).toEqual([null, null]);
  });

  it('is what was done over the time seen', () => {
    const pace = new Pace();
    pace.note('reading', 0, 0);
    pace.note('reading', 2_000, 1_000);
    expect([pace.perSecond, pace.leftMs(10_000)]).toEqual([2_000, 4_000]);
  });

  it('forgets how fast it was long ago', () => {
    const pace = new Pace();
    for (let second = 0; second <= 20; second += 1) {
      pace.note(
        'reading',
        second <= 10 ? second * 5_000 : 50_000 + (second - 10) * 100,
        second * 1_000,
      );
    }
    expect(pace.perSecond).toBe(100);
  });

  it('begins anew with each phase', () => {
    const pace = new Pace();
    pace.note('reading', 0, 0);
    pace.note('reading', 2_000, 1_000);
    pace.note('comparing', 0, 1_100);
    expect(pace.perSecond).toBeNull();
  });

  it('promises no end where nothing moves', () => {
    const pace = new Pace();
    pace.note('locking', 0, 0);
    pace.note('locking', 0, 3_000);
    expect(pace.leftMs(10)).toBeNull();
  });
});
