/** What was done with Snapback, in words. */

const ACTIONS: Record<string, string> = {
  create: 'Backup',
  'save copy': 'Copy saved',
  add: 'Archive added',
  inspect: 'Looked inside',
  export: 'Export',
  import: 'Import',
  restore: 'Restore',
  'restore rows': 'Rows taken back',
  clean: 'Cleaning',
  keep: 'Keep',
  revert: 'Revert',
  delete: 'Backup deleted',
  new: 'New company',
  schedule: 'Schedules',
  place: 'Second place',
  key: 'Encryption key',
  'sign out': 'People signed out',
  'sign out wanted': 'People to be signed out',
  'sign out failed': 'Nobody could be signed out',
  uninstall: 'Uninstalled',
};

/** Ends that a word of their own says better than the code’s words. */
const RESULTS: Record<string, string> = {
  cancelled: 'stopped',
  changed_meanwhile: 'others kept writing',
  company_busy: 'another restore was running',
  connect_failed: 'no connection',
  connection_read_only: 'the connection only reads',
  defect: 'a defect of Snapback',
  missing_right: 'a right was missing',
  no_review: 'nothing to keep or revert',
  outcome_unknown: 'the outcome is unknown',
  references_broken: 'references would lead nowhere',
  review_open: 'another restore waits for Keep or Revert',
  send_failed: 'a test could not be sent',
  storage_keys_needed: 'the keys of the storage were missing',
  usage: 'it was not asked rightly',
  user_may_not: 'this user may not',
};

/** "Backup (scheduled)". */
export function actionWords(action: string, detail: string | null): string {
  const words = ACTIONS[action] ?? action;
  return detail === null ? words : `${words} (${detail})`;
}

/** "done", "not done: a right was missing". */
export function resultWords(result: string, isDone: boolean): string {
  if (isDone) return result;
  return `not done: ${RESULTS[result] ?? result.replaceAll('_', ' ')}`;
}
