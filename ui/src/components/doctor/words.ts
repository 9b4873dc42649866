import type { DoctorFinding, Remedy } from '../../lib/backend/backend';

/** What cleaning does about rows. */
const remedies: Record<Remedy, string> = {
  goes: 'rows go',
  emptied: 'emptied',
  emptied_if_allowed: 'emptied, or rows go where a check wants it',
  never_written: 'stays: never written',
  unknown: 'stays: may lead out of here',
  shared: 'refused: not this company’s alone',
};

function ailment({ kind, target_label }: DoctorFinding): string {
  const target = target_label ?? '';
  return {
    another_company: `refers to ${target} of another company`,
    nowhere: `refers to ${target} that are not there`,
    names_another_company: 'names ids that only another company has',
    names_nothing: 'names ids that nothing has',
    shared_rows: `shared by all, refers to its ${target}`,
  }[kind];
}

/** Whether a constraint should hold the reference. */
export function isHeld({ kind }: DoctorFinding): boolean {
  return kind !== 'names_nothing' && kind !== 'names_another_company';
}

/** What is wrong with rows, and what cleaning does about it. */
export function sentence(finding: DoctorFinding): string {
  return `${finding.columns.join(', ')} ${ailment(finding)} — ${remedies[finding.remedy]}`;
}
