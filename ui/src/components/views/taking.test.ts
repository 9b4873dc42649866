import { cleanup, render, screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { archive, failure, FakeBackend } from '../../lib/backend/fake';
import AppView from './AppView.svelte';

afterEach(cleanup);

const user = userEvent.setup();
const dialog = async (name: RegExp) => within(await screen.findByRole('dialog', { name }));
const called = (backend: FakeBackend, call: string) =>
  vi.waitFor(() => {
    expect(backend.calls).toContain(call);
  });

/** Two backups: Alpha, and the older Beta. */
async function open(): Promise<FakeBackend> {
  const backend = new FakeBackend();
  backend.entries = [
    { ...archive('a.snapback', 'Alpha'), made_at: '2026-11-03T09:00:00Z' },
    { ...archive('b.snapback', 'Beta'), made_at: '2026-11-02T09:00:00Z' },
  ];
  backend.isDamaged = true;
  render(AppView, { backend });
  await screen.findByText('Müller Präzision GmbH · 447,228 rows');
  return backend;
}

async function act(name: string, action: string) {
  await user.click(await screen.findByRole('button', { name: `Actions for ${name}` }));
  await user.click(await screen.findByRole('menuitem', { name: new RegExp(action) }));
}

async function lookIntoRows(name: string) {
  await act(name, 'What’s inside');
  const inside = await dialog(/What’s inside/);
  await user.click(await inside.findByLabelText('Rows'));
  await user.click(await inside.findByRole('button', { name: /Customers/ }));
  const grid = within(await inside.findByRole('region', { name: 'Rows of Customers' }));
  await grid.findByText('Customer 12');
  return { inside, grid };
}

describe('comparing', () => {
  it('tells two backups apart, the older one first, and writes that down', async () => {
    const backend = await open();
    await user.click(screen.getByLabelText('Select Alpha'));
    await user.click(screen.getByLabelText('Select Beta'));
    await user.click(screen.getByRole('button', { name: 'Compare' }));
    const differs = await dialog(/What differs/);
    await differs.findByText('vanished');
    expect(backend.calls).toContain('compare c1 b.snapback a.snapback');
    await differs.findAllByText('Unit sale prices');
    backend.chosenTarget = '/home/anna/differs.html';
    await user.click(differs.getByRole('button', { name: 'Save as a page…' }));
    await differs.findByText('Saved /home/anna/differs.html');
    expect(backend.calls).toContain('saveComparison html /home/anna/differs.html');
    await user.click(differs.getByRole('button', { name: 'Close' }));
    await vi.waitFor(() => {
      expect(backend.calls.some((call) => call.startsWith('closePlan '))).toBe(true);
    });
  });

  it('takes picked rows back from the first of the two', async () => {
    const backend = await open();
    await act('Beta', 'Compare with');
    const differs = await dialog(/What differs/);
    await user.click(await differs.findByRole('button', { name: /^Pick .*1$/ }));
    await differs.findByText('1 record picked');
    await user.click(differs.getByRole('button', { name: 'Take back…' }));
    const changes = await dialog(/What will change/);
    await changes.findByText(/^Taking back from Beta/);
    expect(backend.calls.some((call) => call.startsWith('plan c1 b.snapback '))).toBe(true);
  });

  it('says why it failed, and tries again', async () => {
    const backend = await open();
    backend.failing.set('compare', failure('archive_damaged', 'The archive is damaged.'));
    await act('Beta', 'Compare with');
    const differs = await dialog(/What differs/);
    await differs.findByText('The archive is damaged.');
    backend.failing.delete('compare');
    await user.click(differs.getByRole('button', { name: 'Compare again' }));
    await differs.findByText('vanished');
    expect(backend.calls.filter((call) => call === 'compare c1 b.snapback live')).toHaveLength(2);
  });
});

describe('taking rows back', () => {
  it('shows what goes along, level by level, and keeps what is said to stay', async () => {
    const backend = await open();
    const { inside, grid } = await lookIntoRows('Alpha');
    await user.click(grid.getByText('Customer 7'));
    await user.click(inside.getByRole('button', { name: 'Take back this record…' }));
    await user.click(inside.getByRole('button', { name: 'Pick all of Sales' }));
    await inside.findByText('1 record and 1 area picked');
    await user.click(inside.getByRole('button', { name: 'Take back…' }));
    const changes = await dialog(/What will change/);
    await called(backend, 'plan c1 a.snapback k7,sales 0 picked');
    await user.click(await changes.findByLabelText('1 level'));
    await called(backend, 'plan c1 a.snapback k7,sales 1 picked');
    await user.click(await changes.findByLabelText('Take the backup’s'));
    await called(backend, 'plan c1 a.snapback k7,sales 1 backup');
    await user.click(await changes.findByRole('button', { name: 'Leave out Sales' }));
    await called(backend, 'plan c1 a.snapback k7 1 backup');
    const [keep] = await changes.findAllByRole('button', { name: /^Keep .* as it is$/ });
    if (keep) await user.click(keep);
    await changes.findByText(/1 value stays as it is today/);
    await user.type(await changes.findByLabelText('Company’s name'), 'Müller Präzision GmbH');
    await user.click(changes.getByRole('button', { name: 'Take back' }));
    await screen.findByRole('region', { name: 'Restored — review' });
    const restored = backend.calls.find((call) => call.startsWith('restore '));
    expect(restored).toMatch(/^restore c1 a\.snapback plan-1 k7 1 backup \w+$/);
  });

  it('takes back a version out of the history of a record', async () => {
    const backend = await open();
    backend.entries[1] = { ...archive('c.snapback', 'Beta'), made_at: '2026-11-01T09:00:00Z' };
    const { inside, grid } = await lookIntoRows('Alpha');
    await user.click(grid.getByText('Customer 7'));
    await user.click(inside.getByRole('button', { name: 'History' }));
    const told = within(await inside.findByRole('region', { name: 'History of the record' }));
    told.getByText('there already');
    expect(backend.calls).toContain('rowHistory c1 public.customer k7');
    const [, older] = told.getAllByRole('button', { name: 'Take this version back…' });
    expect(older).toBeTruthy();
    const [newer] = told.getAllByRole('button', { name: 'Take this version back…' });
    if (newer) await user.click(newer);
    await called(backend, 'plan c1 a.snapback k7 0 picked');
  });

  it('is not offered over a connection that only reads', async () => {
    const backend = new FakeBackend();
    backend.entries = [archive('a.snapback', 'Alpha')];
    backend.known = backend.known.map((known) => ({ ...known, is_read_only: true }));
    render(AppView, { backend });
    await screen.findByText('Müller Präzision GmbH · 447,228 rows');
    const { inside, grid } = await lookIntoRows('Alpha');
    await user.click(grid.getByText('Customer 7'));
    await inside.findByRole('button', { name: 'History' });
    expect(inside.queryByRole('button', { name: 'Take back this record…' })).toBeNull();
  });
});

describe('rows of a backup', () => {
  it('are sorted, filtered and followed to those that use them', async () => {
    const backend = await open();
    const { inside } = await lookIntoRows('Alpha');
    const sort = () => user.click(inside.getByRole('button', { name: 'Credit limit' }));
    await sort();
    await called(backend, 'archiveRows a.snapback public.customer by creditLimit ascending 0');
    await sort();
    await called(backend, 'archiveRows a.snapback public.customer by creditLimit descending 0');
    await user.type(inside.getByLabelText('Text to filter by'), 'Customer 7{Enter}');
    await called(
      backend,
      'archiveRows a.snapback public.customer name~Customer 7,by creditLimit descending 0',
    );
    const grid = within(await inside.findByRole('region', { name: 'Rows of Customers' }));
    await user.click(await grid.findByText('Customer 7'));
    await user.click(inside.getByRole('button', { name: 'Sales orders' }));
    await called(backend, 'archiveRows a.snapback public.salesOrder customerId=k7 0');
    await user.click(await inside.findByRole('button', { name: 'Back to Customers' }));
    await inside.findByText('Name has Customer 7');
  });
});

describe('handing over', () => {
  it('exports the company as it is, area by area, to where the person wants it', async () => {
    const backend = await open();
    backend.chosenTarget = '/home/anna/acme.zip';
    await user.click(screen.getByRole('button', { name: 'Export…' }));
    const over = await dialog(/Hand the data over/);
    await over.findByText('447,228 rows');
    await user.click(over.getByLabelText('Some areas'));
    await user.click(over.getByLabelText(/Sales/));
    await over.findByText('20,118 rows');
    await user.click(over.getByLabelText(/byte order mark/));
    await user.click(over.getByRole('button', { name: 'Export…' }));
    await screen.findByText(/^Exported 412 rows of 1 table in 1.2 s, 12 MB: \/home\/anna/);
    expect(backend.calls).toContain('exportRows c1 live sales safe /home/anna/acme.zip');
  });

  it('exports a backup, and asks nothing of the company', async () => {
    const backend = await open();
    backend.chosenTarget = '/home/anna/acme.zip';
    await act('Beta', 'Export as CSV');
    const over = await dialog(/Hand the data over/);
    over.getByText('This backup was made without uploaded files.');
    await vi.waitFor(() => {
      expect(backend.calls).toContain('archiveDetails b.snapback');
    });
    await user.click(await over.findByRole('button', { name: 'Export…' }));
    await called(backend, 'exportRows c1 b.snapback all bom safe /home/anna/acme.zip');
  });
});
