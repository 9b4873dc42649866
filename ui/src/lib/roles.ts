import type { Connection, Role, RoleBound } from './backend/backend';

const order: readonly Role[] = ['viewer', 'operator', 'admin'];
const bounds: Record<RoleBound, string> = {
  user: 'The user acted for',
  database_role: 'The database role',
};

/** Why somebody of that role, who is let do no more by that, may not do what needs another one; null where he may. */
export function roleHeld(role: Role, needed: Role, bound: RoleBound): string | null {
  if (order.indexOf(role) >= order.indexOf(needed)) return null;
  return role === 'viewer'
    ? `${bounds[bound]} may only look`
    : `${bounds[bound]} may make backups, and no more`;
}

/** Why nothing can be written over a connection, whoever acts; null where it can. */
export function writesHeld(connection: Connection | null): string | null {
  if (connection?.is_read_only) return 'This connection only reads';
  return connection?.role_only_reads ? 'The database role of this connection only reads' : null;
}
