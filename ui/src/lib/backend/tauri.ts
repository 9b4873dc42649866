import { Channel, invoke } from '@tauri-apps/api/core';

import type { Backend, Ended, Job, JobEvent, OnEvent, WireError } from './backend';

/** Starts a command that reports through a channel and ends exactly once. */
function start<Report>(command: string, args: Record<string, unknown>, on: OnEvent): Job<Report> {
  const id = crypto.randomUUID();
  const channel = new Channel<JobEvent<Report>>();
  const end = new Promise<Ended<Report>>((resolve) => {
    channel.onmessage = (event) => {
      switch (event.event) {
        case 'completed':
        case 'cancelled':
        case 'failed':
          resolve(event);
          break;
        default:
          on(event);
      }
    };
    invoke(command, { ...args, job: id, channel }).catch((error: unknown) => {
      resolve({ event: 'failed', data: error as WireError });
    });
  });
  return {
    end,
    cancel() {
      void invoke('cancel', { job: id });
    },
  };
}

/** The program behind the window. */
export function tauriBackend(): Backend {
  return {
    connect: () => invoke('connect'),
    companies: () => invoke('companies'),
    contents: (company) => invoke('contents', { company }),
    archives: () => invoke('archives'),
    review: (company) => invoke('review', { company }),
    create: (company, label, on) => start('create', { company, label }, on),
    plan: (company, archive, on) => start('plan', { company, archive }, on),
    restore: (company, archive, consent, on) => start('restore', { company, archive, consent }, on),
    keep: (company) => invoke('keep', { company }),
    revertPlan: (company, on) => start('revert_plan', { company }, on),
    revert: (company, consent, on) => start('revert', { company, consent }, on),
    damage: () => invoke('damage'),
  };
}
