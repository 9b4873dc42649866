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

  it('hands rows over as CSV files on a schedule, of one company and area', async () => {
    const { backend, card } = await open();
    await user.click(card.getByRole('button', { name: 'Add a schedule…' }));
    const form = within(card.getByRole('form', { name: 'Add a schedule' }));
    const add = form.getByRole('button', { name: 'Add this schedule' });
    expect((add as HTMLButtonElement).disabled).toBe(true);
    backend.chosenFile = '/srv/exports';
    await user.click(form.getByRole('button', { name: 'Choose: Into the folder' }));
    await user.clear(form.getByLabelText('At'));
    await user.type(form.getByLabelText('At'), '6:15');
    await user.click(add);
    await card.findByText(/CSV files are handed over by this schedule/);
    expect(backend.calls).toContain('chooseFile export_folder');
    const wanted =
      '{"company":null,"rhythm":"daily@06:15","keep_days":30,"handed_into":"/srv/exports","areas":[]}';
    expect(backend.calls).toContain(`addSchedule ${wanted}`);
    card.getByText(/as CSV in \/srv\/exports/);
  });

  it('copies backups to a second place, looks what is there and brings one back', async () => {
    const backend = new FakeBackend();
    const { card } = await open(backend);
    await user.click(card.getByRole('button', { name: 'Add a second place…' }));
    const form = within(card.getByRole('form', { name: 'Add a second place' }));
    const field = form.getByLabelText('Folder, SFTP server or bucket');
    await user.type(field, 's3://backups/acme');
    await user.type(form.getByLabelText('Access key'), 'anna');
    await user.type(form.getByLabelText('Secret key'), 'hush');
    backend.failing.set('addPlace', failure('storage_refused', 'The storage refuses these keys.'));
    await user.click(form.getByRole('button', { name: 'Try it and add' }));
    await card.findByText('The storage refuses these keys.');
    backend.failing.clear();
    await user.click(form.getByRole('button', { name: 'Try it and add' }));
    await card.findByText(/2 backups not there yet, the oldest made/);
    expect(backend.calls).toContain('addPlace s3://backups/acme anna');
    backend.atPlaces = ['old.snapback'];
    await user.click(card.getByRole('button', { name: 'See what is there: s3://backups/acme' }));
    await user.click(await card.findByRole('button', { name: 'Bring back: old.snapback' }));
    await screen.findByText('It is back in the library.');
    await user.click(card.getByRole('button', { name: 'Remove: s3://backups/acme' }));
    await card.findByText(/Nothing more is copied there/);
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
