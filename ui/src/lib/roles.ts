import type { Role } from './backend/backend';

const order: readonly Role[] = ['viewer', 'operator', 'admin'];

/** Why somebody of that role may not do what needs another one; null where he may. */
export function roleHeld(role: Role, needed: Role): string | null {
  if (order.indexOf(role) >= order.indexOf(needed)) return null;
  return role === 'viewer'
    ? 'The user acted for may only look'
    : 'The user acted for may make backups, and no more';
}
