import { cleanup, render, screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';

import { FakeBackend, failure } from '../../lib/backend/fake';
import AppView from './AppView.svelte';

afterEach(cleanup);

const user = userEvent.setup();

async function open(backend = new FakeBackend()) {
  render(AppView, { backend });
  await user.click(await screen.findByRole('button', { name: 'Demo' }));
  const card = await screen.findByRole('region', { name: 'Backups that nobody has to remember' });
  return { backend, card: within(card) };
}

describe('protecting companies', () => {
  it('takes one click for all of them, and one for each schedule that is to go', async () => {
    const { backend, card } = await open();
    await user.click(card.getByRole('button', { name: 'Protect all companies' }));
    const schedules = within(await card.findByRole('table', { name: 'Schedules' }));
    expect(schedules.getAllByRole('row')).toHaveLength(3);
    schedules.getByText('Sundays at 03:00, kept 90 days');
    card.getByText(/The system makes what is due/);
    expect(card.queryByRole('button', { name: 'Protect all companies' })).toBeNull();
    await user.click(card.getByRole('button', { name: 'Remove: Every company, every 6 hours' }));
    await card.findByText(/That schedule is gone/);
    expect(backend.calls).toContain('removeSchedule 1');
  });

  it('says why it cannot, and what went wrong', async () => {
    const backend = new FakeBackend();
    backend.protectionNow = { ...backend.protectionNow, held: 'Save this connection first.' };
    const { card } = await open(backend);
    card.getByText('Save this connection first.');
    backend.failing.set(
      'encryptBackups',
      failure('key_needed', 'The keychain of this computer is locked.'),
    );
    backend.chosenTarget = '/srv/sheet.html';
    await user.click(card.getByRole('button', { name: 'Encrypt new backups…' }));
    await card.findByText(/The keychain of this computer is locked/);
  });

  it('encrypts new backups once the recovery sheet has its place', async () => {
    const backend = new FakeBackend();
    const { card } = await open(backend);
    backend.chosenTarget = null;
    await user.click(card.getByRole('button', { name: 'Encrypt new backups…' }));
    expect(backend.calls.some((call) => call.startsWith('encryptBackups'))).toBe(false);
    backend.chosenTarget = '/srv/sheet.html';
    await user.click(card.getByRole('button', { name: 'Encrypt new backups…' }));
    await card.findByText(/The recovery sheet is at \/srv\/sheet.html/);
    card.getByText(/✓ New backups are encrypted/);
  });
});
