import { cleanup, render, screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';

import type { Connection, Role, RoleBound } from '../../lib/backend/backend';
import { archive, FakeBackend } from '../../lib/backend/fake';
import AppView from './AppView.svelte';

afterEach(cleanup);

const user = userEvent.setup();

/** Opens the window for a user of that role, or for a database role; the names of what is offered for a backup. */
async function open(
  role: Role,
  bound: RoleBound = 'user',
  known: Partial<Connection> = { acting_as: 'anna@example.com' },
): Promise<string[]> {
  const backend = new FakeBackend();
  backend.entries = [archive('a.snapback', 'Alpha')];
  backend.role = role;
  backend.bound = bound;
  backend.known = backend.known.map((one) => ({ ...one, ...known }));
  render(AppView, { backend });
  await screen.findByText('Müller Präzision GmbH · 447,228 rows');
  await user.click(await screen.findByRole('button', { name: 'Actions for Alpha' }));
  const items = within(await screen.findByRole('menu')).getAllByRole('menuitem');
  return items.map((item) => item.textContent.trim());
}

const has = (name: RegExp) => screen.queryByRole('button', { name }) !== null;

describe('a user who is acted for', () => {
  it('who may only look is offered nothing else, and told why', async () => {
    const offered = (await open('viewer')).join();
    expect(offered).toContain('What’s inside');
    expect(offered).toContain('Compare with…');
    expect(offered).not.toMatch(/Restore|new company|template|Export|copy|Rename|Delete/);
    expect(screen.getAllByText('The user acted for may only look.')[0]).toBeTruthy();
    screen.getByText(/anna@example.com has no further permissions/);
    expect(screen.getByRole('button', { name: 'Create backup' })).toHaveProperty('disabled', true);
    expect(has(/Export…/)).toBe(false);
    expect(screen.getByRole('button', { name: 'Blank…' })).toHaveProperty('disabled', true);
  });

  it('who may make backups hands over and restores nothing', async () => {
    const offered = (await open('operator')).join();
    expect(offered).toMatch(/Export as CSV….*Save a copy….*Rename…/);
    expect(offered).not.toMatch(/Restore|new company|Delete/);
    expect(screen.getByRole('button', { name: 'Create backup' })).toHaveProperty('disabled', false);
    expect(has(/Export…/)).toBe(true);
    expect(screen.queryByText('Restore from a backup')).toBeNull();
  });

  it('who may do everything is told nothing of it', async () => {
    const offered = (await open('admin')).join();
    expect(offered).toMatch(/Restore from this….*Start a new company….*Delete…/);
    expect(screen.queryByText(/The user acted for/)).toBeNull();
  });
});

describe('a database role', () => {
  it('that the profile lets do no more is told so', async () => {
    const offered = (await open('operator', 'database_role', {})).join();
    expect(offered).not.toMatch(/Restore|new company|Delete/);
    screen.getByText('The database role may make backups, and no more.', { selector: 'h2' });
    screen.getByText(/The profile that this connection names/);
  });

  it('that may only read is offered no restore, and told why', async () => {
    const offered = (await open('admin', 'user', { role_only_reads: true })).join();
    expect(offered).toMatch(/Compare with….*Delete…/);
    expect(offered).not.toMatch(/Restore|new company/);
    screen.getByText('The database role of this connection only reads.', { selector: 'h2' });
    expect(screen.queryByText('Restore from a backup')).toBeNull();
    expect(screen.getByRole('button', { name: 'Create backup' })).toHaveProperty('disabled', false);
    expect(screen.getByRole('button', { name: 'Blank…' })).toHaveProperty('disabled', true);
  });
});
