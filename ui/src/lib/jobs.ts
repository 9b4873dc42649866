import type { JobKind } from './wire';

/** What a job is called while it runs. */
export const jobVerbs: Record<JobKind, string> = {
  create: 'Backing up',
  compare: 'Comparing',
  restore: 'Restoring',
  revert: 'Reverting',
  examine: 'Looking for broken references',
  clean: 'Cleaning',
  add: 'Adding',
  copy: 'Copying',
  export: 'Exporting',
  finish_files: 'Putting files in their place',
  new_company: 'Starting',
  template: 'Saving the template',
};

/** What it was, once it has ended. */
export const jobNouns: Record<JobKind, string> = {
  create: 'Backup',
  compare: 'Comparison',
  restore: 'Restore',
  revert: 'Revert',
  examine: 'Look for broken references',
  clean: 'Cleaning',
  add: 'Archive',
  copy: 'Copy',
  export: 'Export',
  finish_files: 'Files',
  new_company: 'New company',
  template: 'Template',
};

/** What it is about: the backup's name and the company's. */
export function jobSubject(task: { title: string; company: { name: string } | null }): string {
  return [task.title, task.company?.name].filter(Boolean).join(' · ');
}
