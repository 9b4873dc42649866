import { cleanup, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it } from 'vitest';

import { archive, failure, FakeBackend } from '../../lib/backend/fake';
import AppView from './AppView.svelte';
import { freeName } from './starting.svelte';

afterEach(cleanup);

const user = userEvent.setup();

async function open(
  backend = new FakeBackend(),
  entry = archive('a.snapback', 'Alpha'),
): Promise<FakeBackend> {
  backend.entries = [entry];
  backend.known = backend.known.map((known) => ({ ...known, acting_as: 'anna@mueller.example' }));
  render(AppView, { backend });
  await screen.findByText('Müller Präzision GmbH · 447,228 rows');
  return backend;
}

async function dialog() {
  await user.click(await screen.findByRole('button', { name: 'From a backup…' }));
  return within(await screen.findByRole('dialog'));
}

it('shows what the company would be, makes it, and goes there', async () => {
  const backend = await open();
  const shown = await dialog();
  const name = shown.getByLabelText('Name of the new company');
  expect((name as HTMLInputElement).value).toBe('Müller Präzision GmbH (copy)');
  await user.clear(name);
  await user.type(name, 'Practice');
  await user.click(shown.getByLabelText('Safe copy'));
  await user.click(shown.getByRole('button', { name: 'See the plan' }));
  await shown.findByText('✓ Ready: 712 rows.');
  expect(backend.calls).toContain(
    'planNewCompany backup a.snapback Practice anna@mueller.example own group safe',
  );
  shown.getByText('412 rows get ids of their own; whatever names them follows.');
  shown.getByText('1 are here; the owner stands in for 1');
  shown.getByText('3 uploaded files of the backup are not copied.');
  await user.click(shown.getByRole('button', { name: 'Start it' }));
  await shown.findByText('Practice is there');
  shown.getByText('Enter the keys of integrations.');
  await user.click(shown.getByText('Left as they are'));
  shown.getByText('Customers · notes: name rows that are not here');
  shown.getByText('Customers · notes: look like ids, and name no row of the backup');
  await user.click(shown.getByRole('button', { name: 'Show it' }));
  await screen.findByText('Practice · 447,228 rows');
  await waitFor(() => {
    expect(screen.queryByRole('dialog')).toBeNull();
  });
});

it('keeps what was asked for where it is refused, and says why', async () => {
  const backend = await open();
  backend.failing.set('planNewCompany', failure('name_taken', 'There is one of that name.'));
  const shown = await dialog();
  await user.click(shown.getByRole('button', { name: 'See the plan' }));
  expect((await shown.findByRole('alert')).textContent).toContain('There is one of that name.');
  backend.failing.clear();
  await user.click(shown.getByRole('button', { name: 'See the plan' }));
  await shown.findByText('✓ Ready: 712 rows.');
  expect(shown.queryByRole('alert')).toBeNull();
});

it('goes back to what was asked for, and forgets the plan', async () => {
  const backend = await open();
  const shown = await dialog();
  await user.click(shown.getByRole('button', { name: 'See the plan' }));
  await user.click(await shown.findByRole('button', { name: 'Back' }));
  shown.getByLabelText('Name of the new company');
  expect(backend.openPlans.size).toBe(0);
});

it('does not begin where something stands in the way', async () => {
  const backend = await open();
  backend.plannedCompany = { verdict: 'not_restorable' };
  const shown = await dialog();
  await user.click(shown.getByRole('button', { name: 'See the plan' }));
  await shown.findByText('✕ No company can be made from this here as it is.');
  const start = shown.getByRole('button', { name: 'Start it' });
  expect((start as HTMLButtonElement).disabled).toBe(true);
});

it('stops when it is asked to, and nothing was made', async () => {
  const backend = await open();
  backend.waiting.add('makeNewCompany');
  const shown = await dialog();
  await user.click(shown.getByRole('button', { name: 'See the plan' }));
  await user.click(await shown.findByRole('button', { name: 'Start it' }));
  await shown.findByText('Reading…');
  await user.click(shown.getByRole('button', { name: 'Cancel' }));
  await shown.findByRole('button', { name: 'See the plan' });
  expect(backend.started).toHaveLength(0);
});

it('is offered for each backup, with that backup', async () => {
  await open();
  await user.click(await screen.findByRole('button', { name: 'Actions for Alpha' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Start a new company…' }));
  within(await screen.findByRole('dialog')).getByText(/Müller Präzision GmbH · Alpha/);
});

it('is offered from a backup that is saved as a template', async () => {
  const backend = await open();
  await user.click(await screen.findByRole('button', { name: 'Actions for Alpha' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Save as a template…' }));
  const shown = within(await screen.findByRole('dialog'));
  backend.failing.set('saveTemplate', failure('name_taken', 'There is one of that name already.'));
  await user.type(shown.getByLabelText('Industry (optional)'), 'Machining');
  await user.click(shown.getByRole('button', { name: 'Save' }));
  await shown.findByText('There is one of that name already.');
  backend.failing.clear();
  const name = shown.getByLabelText('Name of the template');
  await user.clear(name);
  await user.type(name, 'Job shop');
  await user.click(shown.getByRole('button', { name: 'Save' }));
  await screen.findByText(/Saved Job shop: 12,345 rows, 2.4 MB. 678 addresses replaced./);
  await waitFor(() => {
    expect(screen.queryByRole('dialog')).toBeNull();
  });
  expect(backend.calls).toContain('saveTemplate a.snapback Job shop | Machining | - | -');
});

it('is made from a template that was chosen by its picture and what it holds', async () => {
  const backend = await open();
  await user.click(await screen.findByRole('button', { name: 'From a template…' }));
  const shown = within(await screen.findByRole('dialog'));
  const see = shown.getByRole('button', { name: 'See the plan' });
  expect((see as HTMLButtonElement).disabled).toBe(true);
  backend.plannedCompany = { moved_days: 27 };
  await user.click(await shown.findByRole('radio', { name: /Robotics/ }));
  shown.getByText(/Automation: Grippers and robot cells./);
  shown.getByText(/20 customers · 30 quotes/);
  await user.click(see);
  await shown.findByText(/Every date moves by 27 days/);
  expect(backend.calls).toContain(
    'planNewCompany template Robotics Robotics anna@mueller.example own group',
  );
});

it('brings the uploaded files along, and makes people who are not here, where asked to', async () => {
  const backend = new FakeBackend();
  backend.known = backend.known.map((known) => ({
    ...known,
    storage: { address: '/srv/storage', problem: null },
  }));
  await open(backend, { ...archive('a.snapback', 'Alpha'), file_count: 12 });
  backend.plannedCompany = {
    carried_files: { file_count: 3, byte_count: 2_500_000 },
    people: [{ name: 'Jonas Beck', email: 'jonas@mueller.example', fate: 'placeholder' }],
  };
  const shown = await dialog();
  await user.click(shown.getByLabelText('Uploaded files'));
  await user.click(shown.getByLabelText('Make people who are not here'));
  await user.click(shown.getByRole('button', { name: 'See the plan' }));
  await shown.findByText('3 uploaded files come along, 2.5 MB.');
  shown.getByText('0 are here; somebody is made for 1');
  expect(backend.calls).toContain(
    'planNewCompany backup a.snapback Müller Präzision GmbH (copy) anna@mueller.example own group files placeholders',
  );
});

it('is a safe copy where it is for demos or tests, unless somebody says no', async () => {
  const backend = await open();
  const shown = await dialog();
  const safe = shown.getByLabelText<HTMLInputElement>('Safe copy');
  const names = shown.getByLabelText<HTMLInputElement>('Other names');
  expect([safe.checked, names.disabled]).toEqual([false, true]);
  await user.click(shown.getByLabelText('A demo'));
  expect(safe.checked).toBe(true);
  await user.click(names);
  await user.click(shown.getByRole('button', { name: 'See the plan' }));
  await shown.findByText(/Addresses and names of outside parties are replaced/);
  await user.click(shown.getByRole('button', { name: 'Back' }));
  await user.click(shown.getByLabelText('Safe copy'));
  await user.click(shown.getByRole('button', { name: 'See the plan' }));
  await shown.findByText('No safe copy');
  const asked = backend.calls.filter((call) => call.startsWith('planNewCompany'));
  expect(asked.map((call) => call.split('own group ')[1])).toEqual([
    'demo safe other names',
    'demo',
  ]);
});

it('has no uploaded files where the backup has none', async () => {
  await open();
  const shown = await dialog();
  const files = shown.getByLabelText('Uploaded files');
  expect((files as HTMLInputElement).disabled).toBe(true);
  shown.getByText('This backup was made without uploaded files.');
});

it('can begin with nothing, in another currency', async () => {
  const backend = await open();
  await user.click(await screen.findByRole('button', { name: 'Blank…' }));
  const shown = within(await screen.findByRole('dialog'));
  await user.type(shown.getByLabelText('Name of the new company'), 'Neu AG');
  await user.type(shown.getByLabelText('Currency'), 'CHF');
  await user.click(shown.getByRole('button', { name: 'See the plan' }));
  await shown.findByText('✓ Ready: 712 rows.');
  expect(backend.calls).toContain('planNewCompany blank CHF Neu AG anna@mueller.example own group');
});

it('is not offered over a connection that only reads', async () => {
  const backend = new FakeBackend();
  backend.known = backend.known.map((known) => ({ ...known, is_read_only: true }));
  await open(backend);
  const start = await screen.findByRole('button', { name: 'From a backup…' });
  expect((start as HTMLButtonElement).disabled).toBe(true);
  screen.getByText('This connection only reads.');
});

it('proposes a name that no company has', () => {
  const company = (name: string) => ({ id: name, name, group: null, alone_in_group: true });
  expect(freeName('A', [])).toBe('A');
  expect(freeName('A', [company('A')])).toBe('A (copy)');
  expect(freeName('A', [company('A'), company('A (copy)')])).toBe('A (copy 2)');
});
