import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { failure } from '../../lib/backend/fake';
import type { Ended } from '../../lib/backend/backend';
import { Jobs, type Task } from './jobs.svelte';

const task: Task = {
  kind: 'create',
  connection: 'demo',
  company: { id: 'c1', name: 'Müller Präzision GmbH' },
  title: 'Month end',
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** What the desktop is told of a job that takes so long and ends like that. */
async function told(seconds: number, end: Ended<string>): Promise<string[]> {
  const said: string[] = [];
  const jobs = new Jobs((title, body) => said.push(`${title} | ${body}`));
  const ended = new Promise<Ended<string>>((resolve) => {
    setTimeout(() => {
      resolve(end);
    }, seconds * 1000);
  });
  const run = jobs.run(
    task,
    () => ({ id: '1', cancel: () => undefined, end: ended }),
    (rows) => `Backed up ${rows}.`,
  );
  await vi.advanceTimersByTimeAsync(seconds * 1000);
  await run;
  return said;
}

describe('the desktop is told', () => {
  it('that a long job has ended, and what it did', async () => {
    expect(await told(11, { event: 'completed', data: '447,228 rows' })).toEqual([
      'Backup done: Month end · Müller Präzision GmbH | Backed up 447,228 rows.',
    ]);
  });

  it('that a long job has failed, and why', async () => {
    const end = { event: 'failed', data: failure('disk_full', 'The disk is full.') } as const;
    expect(await told(11, end)).toEqual([
      'Backup failed: Month end · Müller Präzision GmbH | The disk is full.',
    ]);
  });

  it('of no job that was soon done or was stopped', async () => {
    expect(await told(2, { event: 'completed', data: '12 rows' })).toEqual([]);
    expect(await told(11, { event: 'cancelled' })).toEqual([]);
  });
});
