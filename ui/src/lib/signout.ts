/** Whose sessions end when a company is restored, in words. */

import type { SignedOut, SignOut } from './backend/backend';
import { plural } from './format';

function people({ person_count }: SignOut): string {
  return plural(person_count, 'person', 'people');
}

/** Who stays signed in; nothing where nobody does. */
function staying({ staying, staying_count }: SignOut): string {
  if (staying_count === 0) return '';
  const named = staying.slice(0, 3);
  const more = staying_count - named.length;
  const names = more > 0 ? `${named.join(', ')} and ${String(more)} more` : named.join(', ');
  return staying_count === 1
    ? `${names} stays signed in, belonging to another company too.`
    : `${names} stay signed in, belonging to other companies too.`;
}

function tokens({ token_minutes }: SignOut): string {
  return `Access tokens that were handed out before are good for up to ${plural(token_minutes, 'minute')} more.`;
}

/** What signing everybody out would do. */
export function signOutHint(found: SignOut): string {
  const ends =
    found.session_count === 0
      ? 'Nobody who belongs to this company alone is signed in now.'
      : `Ends ${plural(found.session_count, 'session')} of ${people(found)} who ${found.person_count === 1 ? 'belongs' : 'belong'} to this company alone.`;
  return [ends, staying(found), tokens(found)].filter(Boolean).join(' ');
}

/** What it has done, and what went wrong with it. */
export function signedOut({ sessions, failure }: SignedOut): {
  text: string;
  problem: string | null;
} {
  if (failure !== null) {
    const problem = `Nobody was signed out (${failure}); the restore holds all the same. End the sessions in the application.`;
    return { text: '', problem };
  }
  const ended = `${plural(sessions.session_count, 'session')} of ${people(sessions)} ended.`;
  return {
    text: [ended, staying(sessions), tokens(sessions)].filter(Boolean).join(' '),
    problem: null,
  };
}
