import type {
  ConnectionColor,
  Environment,
  FoundApplication,
  StorageFound,
  Survey,
  TlsMode,
} from '../../lib/backend/backend';
import { bytes, plural } from '../../lib/format';
import type { Tone } from '../shared/tone';

export const environments: readonly { value: Environment; label: string; tone: Tone }[] = [
  { value: 'production', label: 'Production', tone: 'warn' },
  { value: 'staging', label: 'Staging', tone: 'info' },
  { value: 'development', label: 'Development', tone: 'plain' },
];

export const colors: readonly { value: ConnectionColor; label: string }[] = [
  { value: 'gray', label: 'Gray' },
  { value: 'red', label: 'Red' },
  { value: 'orange', label: 'Orange' },
  { value: 'green', label: 'Green' },
  { value: 'teal', label: 'Teal' },
  { value: 'blue', label: 'Blue' },
  { value: 'purple', label: 'Purple' },
];

export const tlsModes: readonly { value: TlsMode; label: string }[] = [
  { value: 'verify_host', label: 'Verify the certificate and the name (verify-full)' },
  { value: 'verify_authority', label: 'Verify the certificate (verify-ca)' },
  { value: 'required', label: 'Encrypt without verifying (require)' },
  { value: 'where_offered', label: 'Encrypt where the server can (prefer)' },
  { value: 'off', label: 'Do not encrypt (disable)' },
];

/** One thing that a connection may do or not. */
export interface Finding {
  tone: Tone;
  text: string;
  /** What to do about it. */
  hint?: string;
}

function restoring(found: FoundApplication): Finding | null {
  const rights = found.restoring;
  switch (rights?.by) {
    case undefined:
      return null;
    case 'superuser':
      return { tone: 'ok', text: 'It may restore: the role is a superuser.' };
    case 'replica_role':
      return {
        tone: 'ok',
        text: 'It may restore: the role may write the tables and silence their triggers.',
      };
    case 'plain_owner':
      return { tone: 'ok', text: 'It may restore: the role owns the tables.' };
    case 'not':
      return { tone: 'warn', text: `It may not restore: ${rights.missing}`, hint: rights.remedy };
  }
}

function backingUp(found: FoundApplication): Finding | null {
  if (found.may_back_up === null) return null;
  if (found.may_back_up) return { tone: 'ok', text: 'It may back up: it sees every row.' };
  const { message, hint } = found.reading_problem ?? { message: 'It may not read.' };
  return { tone: 'bad', text: `It may not back up: ${message}`, ...(hint ? { hint } : {}) };
}

function stateSchema(found: FoundApplication): Finding | null {
  if (found.has_state_schema) {
    return { tone: 'ok', text: 'The schema snapback, which reviews need, is there.' };
  }
  if (found.restoring?.by === 'not') return null;
  return found.state_schema_remedy
    ? {
        tone: 'warn',
        text: 'It may not create the schema snapback, which the first restore needs once.',
        hint: found.state_schema_remedy,
      }
    : { tone: 'ok', text: 'The first restore may create the schema snapback.' };
}

function protection(survey: Survey, isLocal: boolean): Finding {
  if (survey.tls_version !== null) {
    return { tone: 'ok', text: `The connection is encrypted (${survey.tls_version}).` };
  }
  return isLocal
    ? { tone: 'plain', text: 'The connection is not encrypted; the server is this computer.' }
    : { tone: 'warn', text: 'The connection is not encrypted.' };
}

function application(survey: Survey): Finding {
  const found = survey.application;
  if (!found) {
    return {
      tone: 'bad',
      text: 'No application that Snapback knows was found in this database.',
      hint: 'Check the name of the database, or name the profile of your application.',
    };
  }
  const companies =
    found.company_count === null
      ? 'its companies cannot be read'
      : plural(found.company_count, 'company', 'companies');
  return { tone: 'ok', text: `${found.title} was found: ${companies}.` };
}

function storage(found: StorageFound): Finding[] {
  const { address, problem, company, file_count, byte_count, problem_count } = found;
  if (problem) {
    const text = `Uploaded files cannot be had from ${address}: ${problem.message}`;
    return [{ tone: 'bad', text, ...(problem.hint ? { hint: problem.hint } : {}) }];
  }
  if (company === null) {
    return [{ tone: 'plain', text: `No company was found to look for files of in ${address}.` }];
  }
  const answers: Finding = {
    tone: 'ok',
    text: `The storage answers: ${plural(file_count, 'file')} of ${company}, ${bytes(byte_count)}.`,
  };
  const hidden: Finding = {
    tone: 'warn',
    text: 'The role may not read the rows that list files, so the two are not compared.',
  };
  const misfits: Finding = {
    tone: 'warn',
    text: `${plural(problem_count, 'file does', 'files do')} not fit what rows say; a backup lists them.`,
  };
  return [answers, ...(found.rows_are_hidden ? [hidden] : problem_count > 0 ? [misfits] : [])];
}

/** What a connection leads to and what it may do there, in plain words. */
export function findings(survey: Survey, isLocal: boolean): Finding[] {
  const found = survey.application;
  const server: Finding = {
    tone: 'ok',
    text: `PostgreSQL ${survey.server_version}, as ${survey.role}.`,
  };
  const restore: Finding | null = survey.is_read_only
    ? { tone: 'plain', text: 'It may not restore: the connection is set to read only.' }
    : found && restoring(found);
  const schema = found && !survey.is_read_only ? stateSchema(found) : null;
  return [
    server,
    protection(survey, isLocal),
    application(survey),
    found && backingUp(found),
    restore,
    schema,
    ...(survey.storage ? storage(survey.storage) : []),
  ].filter((finding) => finding !== null);
}
