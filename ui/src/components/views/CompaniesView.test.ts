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

  it('tells somebody from now on, tries it and takes it back', async () => {
    const { backend, card } = await open();
    await user.click(card.getByRole('button', { name: 'Tell somebody…' }));
    const address = card.getByLabelText('Mail, web hook or check');
    await user.type(address, 'smtps://me@mail.example.com');
    await user.type(card.getByLabelText('Password of the mail server'), 'sesame');
    backend.failing.set('addAlerts', failure('send_failed', 'An alert could not be sent.'));
    await user.click(card.getByRole('button', { name: 'Send a test and add' }));
    await card.findByText(/An alert could not be sent/);
    backend.failing.clear();
    await user.clear(address);
    await user.type(address, 'https://hooks.example.com/x');
    await user.click(card.getByRole('button', { name: 'Send a test and add' }));
    const test = await card.findByRole('button', { name: 'Test: webhook at hooks.example.com' });
    expect(backend.calls).toContain('addAlerts https://hooks.example.com/x -');
    await user.click(test);
    await card.findByText(/Look whether it has arrived/);
    await user.click(card.getByRole('button', { name: 'Remove: webhook at hooks.example.com' }));
    await card.findByText(/Nobody is told when a backup fails/);
  });

  it('says in the window and on the desktop what stands wrong', async () => {
    const backend = new FakeBackend();
    const { status } = backend.protectionNow;
    const message = 'There is little room left for backups: 12 MB are free.';
    backend.protectionNow = {
      ...backend.protectionNow,
      status: { ...status, alerts: [{ key: 'room', kind: 'little_room', company: null, message }] },
    };
    await open(backend);
    expect((await screen.findByRole('alert')).textContent).toContain(message);
    expect(backend.calls).toContain('tellDesktop');
  });
});
