import { cleanup, render, screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it } from 'vitest';

import { failure, FakeBackend } from '../../lib/backend/fake';
import AppView from './AppView.svelte';

afterEach(cleanup);

const user = userEvent.setup();

async function open(backend = new FakeBackend()): Promise<FakeBackend> {
  render(AppView, { backend });
  await screen.findByText('Müller Präzision GmbH · 447,228 rows');
  await user.keyboard('{Control>},{/Control}');
  await screen.findByRole('heading', { name: 'Settings' });
  return backend;
}

it('looks as it is set', async () => {
  const backend = await open();
  await user.click(await screen.findByRole('radio', { name: 'Dark' }));
  expect(document.documentElement.dataset['theme']).toBe('dark');
  expect(backend.inEffect.settings.theme).toBe('dark');
  await user.click(screen.getByRole('radio', { name: 'As the desktop' }));
  expect(document.documentElement.dataset['theme']).toBe('');
});

it('moves the library and back', async () => {
  const backend = await open();
  await user.click(await screen.findByRole('button', { name: 'Choose another folder…' }));
  await user.click(await screen.findByRole('button', { name: 'Use the usual folder' }));
  expect(backend.calls.filter((call) => call === 'changeSettings')).toHaveLength(2);
  expect(backend.inEffect.settings.library).toBeNull();
});

it('says why a change is refused and leaves all as it was', async () => {
  const backend = await open();
  backend.failing.set('changeSettings', failure('local_file', 'Cannot write the settings.'));
  await user.click(await screen.findByRole('radio', { name: 'Dark' }));
  expect((await screen.findByRole('alert')).textContent).toMatch(/Cannot write the settings/);
  const light = screen.getByRole('radio', { name: 'As the desktop' });
  expect(light.getAttribute('aria-checked')).toBe('true');
});

it('tells where a settings file was kept that could not be read', async () => {
  const backend = new FakeBackend();
  backend.inEffect = {
    ...backend.inEffect,
    unreadable_kept_at: '/kept.json',
    tray_is_missing: true,
  };
  await open(backend);
  await screen.findByText(/kept at \/kept\.json/);
  await screen.findByText(/This desktop has no tray/);
});

it('lists the keys under ?, but not while a text is written', async () => {
  render(AppView, { backend: new FakeBackend() });
  const label = await screen.findByLabelText('Label (optional)');
  await user.type(label, 'why?');
  expect(screen.queryByRole('dialog')).toBeNull();
  label.blur();
  await user.keyboard('?');
  within(await screen.findByRole('dialog')).getByText('This list');
});

it('asks before it closes while a job runs', async () => {
  const backend = await open();
  backend.request({ request: 'close', data: 2 });
  const dialog = within(await screen.findByRole('dialog'));
  dialog.getByText('2 jobs still running.');
  await user.click(dialog.getByRole('button', { name: 'Keep working' }));
  expect(backend.calls).not.toContain('stopAndQuit');
  backend.request({ request: 'close', data: 1 });
  await user.click(await screen.findByRole('button', { name: 'Stop and close' }));
  expect(backend.calls).toContain('stopAndQuit');
});

it('shows who did what, checks the trail and saves it', async () => {
  const backend = await open();
  await user.click(await screen.findByRole('button', { name: 'Show what was done…' }));
  const table = within(await screen.findByRole('table', { name: 'Activity' }));
  expect(table.getAllByRole('row')).toHaveLength(3);
  table.getByText('Backup (scheduled)');
  table.getByText('not done: not confirmed');
  await user.click(screen.getByRole('button', { name: 'Check the trail' }));
  await screen.findByText('The trail is as it was written');
  backend.verifiedTrail = {
    faults: [{ kind: 'edited', line: 1, message: 'Line 1 is not as it was written.' }],
    fault_count: 1,
  };
  await user.click(screen.getByRole('button', { name: 'Check the trail' }));
  expect((await screen.findByRole('alert')).textContent).toMatch(/Line 1 is not as it was written/);
  backend.chosenTarget = '/srv/audit.csv';
  await user.click(screen.getByRole('button', { name: 'Save as CSV…' }));
  await screen.findByText(/Saved as \/srv\/audit.csv/);
  expect(backend.calls).toContain('saveAuditTrail /srv/audit.csv');
});
