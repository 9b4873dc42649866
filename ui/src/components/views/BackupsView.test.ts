import { cleanup, render, screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { Connection } from '../../lib/backend/backend';
import { archive, failure, FakeBackend } from '../../lib/backend/fake';
import AppView from './AppView.svelte';

afterEach(cleanup);

const user = userEvent.setup();
const button = (name: string | RegExp) => screen.findByRole('button', { name });
const isOff = (element: HTMLElement) => (element as HTMLButtonElement).disabled;
const jobs = async () => within(await screen.findByRole('region', { name: 'Jobs' }));
const row = (name: RegExp) => screen.findByRole('row', { name });
const names = () =>
  screen.getAllByRole('row').flatMap((row) => row.querySelector('td b')?.textContent ?? []);

async function open(backend = new FakeBackend()): Promise<FakeBackend> {
  render(AppView, { backend });
  await screen.findByText('Müller Präzision GmbH · 447,228 rows');
  return backend;
}

/** Three backups: by name, newest first, Alpha, Beta 10, Beta 9. */
async function openWithThree(): Promise<FakeBackend> {
  const backend = new FakeBackend();
  backend.entries = [
    { ...archive('a.snapback', 'Alpha'), made_at: '2026-11-03T09:00:00Z', size_bytes: 5_000 },
    { ...archive('b.snapback', 'Beta 10'), made_at: '2026-11-02T09:00:00Z', size_bytes: 9_000 },
    {
      ...archive('c.snapback', 'Beta 9'),
      made_at: '2026-11-01T09:00:00Z',
      size_bytes: 7_000,
      kind: 'safety',
    },
  ];
  return open(backend);
}

/** Looks through the customers of a backup. */
async function openRowsOfCustomers() {
  const backend = await openWithThree();
  (await row(/Alpha/)).focus();
  await user.keyboard('{Enter}');
  const dialog = within(await screen.findByRole('dialog'));
  await user.click(await dialog.findByLabelText('Rows'));
  await user.click(await dialog.findByRole('button', { name: /Customers/ }));
  return { backend, dialog };
}

async function act(name: string, action: string) {
  await user.click(await button(`Actions for ${name}`));
  await user.click(await screen.findByRole('menuitem', { name: new RegExp(action) }));
}

describe('creating a backup', () => {
  it('lists it at once, with its label, and says afterwards what it became', async () => {
    const backend = new FakeBackend();
    backend.waiting.add('create');
    await open(backend);
    await user.type(screen.getByLabelText('Label (optional)'), 'Before price import');
    await user.click(await button('Create backup'));
    await row(/Before price import Reading… 278,115 of 447,228 rows/);
    backend.letGo();
    await (await jobs()).findByText('Backed up 447,228 rows in 1.2 s: 67 MB.');
    expect(backend.calls).toContain('create c1 Before price import refuse');
    await row(/Before price import.*447,228 67 MB Ready/);
  });

  it('can be stopped', async () => {
    const backend = new FakeBackend();
    backend.waiting.add('create');
    await open(backend);
    await user.click(await button('Create backup'));
    await user.click(await button('Cancel Backup'));
    await (await jobs()).findByText('Stopped; nothing was changed.');
    expect(screen.queryByRole('row', { name: /Reading/ })).toBeNull();
  });

  it('leaves the person free to back up another company meanwhile', async () => {
    const backend = new FakeBackend();
    backend.waiting.add('create');
    await open(backend);
    await user.click(await button('Create backup'));
    await user.click(await button(/^Müller Service GmbH/));
    await screen.findByText('Müller Service GmbH · 447,228 rows');
    expect(screen.queryByRole('row', { name: /Reading/ })).toBeNull();
    await user.click(await button('Create backup'));
    const strip = await jobs();
    expect(strip.getAllByText(/278,115 of 447,228/)).toHaveLength(2);
    expect(strip.getByText(/2 jobs running/)).toBeTruthy();
  });

  it('waits while the company is being restored', async () => {
    const backend = await openWithThree();
    backend.isDamaged = true;
    backend.planned = { loses_something: false };
    backend.waiting.add('restore');
    await user.click(await button('What will change…'));
    await user.click(await screen.findByRole('button', { name: 'Restore' }));
    await (await jobs()).findByText(/Alpha · Müller Präzision GmbH/);
    const create = screen.getByRole('button', { name: 'Create backup', hidden: true });
    expect(isOff(create)).toBe(true);
  });

  it('says what went wrong, with the hint and the details to copy', async () => {
    const backend = new FakeBackend();
    backend.failing.set('create', failure('disk_full', 'There is no room left.', 'Free some.'));
    await open(backend);
    await user.click(await button('Create backup'));
    const alert = await (await jobs()).findByRole('alert');
    expect(alert.textContent).toMatch(/no room left.*Free some/s);
    await user.click(within(alert).getByRole('button', { name: 'Copy details' }));
    expect(await navigator.clipboard.readText()).toMatch(/"code": "disk_full"/);
  });

  it('offers to leave out rows that refer to another company', async () => {
    const backend = new FakeBackend();
    backend.failing.set('create', failure('cross_company', 'Rows refer to another company.'));
    await open(backend);
    await user.click(await button('Create backup'));
    const skip = await button('Back up without them');
    backend.failing.clear();
    await user.click(skip);
    await (await jobs()).findByText(/^Backed up/);
    expect(backend.calls).toContain('create c1 - skip');
    expect(screen.queryByRole('region', { name: 'Doctor' })).toBeNull();
  });

  it('tells how many rows are broken, each counted once, and cleans them', async () => {
    const backend = new FakeBackend();
    backend.failing.set('create', failure('cross_company', 'Rows refer to another company.'));
    await open(backend);
    await user.click(await button('Create backup'));
    const card = within(await screen.findByRole('region', { name: 'Doctor' }));
    await card.findByText(/3 rows in 1 area, each counted once/);
    card.getByText('Sales orders: customerId refers to Customers of another company — rows go');
    await user.click(card.getByRole('button', { name: 'Clean up…' }));
    const dialog = within(await screen.findByRole('dialog'));
    await dialog.findByText(/Cleaning Müller Präzision GmbH of broken references/);
    await user.type(await dialog.findByLabelText('Company’s name'), 'Müller Präzision GmbH');
    await user.click(dialog.getByRole('button', { name: 'Clean up' }));
    await (await jobs()).findByText('Cleaned.');
    expect(backend.calls).toContain('clean c1 plan-1');
    expect(screen.queryByRole('region', { name: 'Doctor' })).toBeNull();
  });

  it('says why broken rows could not be counted, and looks again', async () => {
    const backend = new FakeBackend();
    backend.failing.set('create', failure('cross_company', 'Rows refer to another company.'));
    backend.failing.set('examine', failure('connection_lost', 'The server is gone.'));
    await open(backend);
    await user.click(await button('Create backup'));
    const card = within(await screen.findByRole('region', { name: 'Doctor' }));
    await card.findByText('The server is gone.');
    backend.failing.clear();
    await user.click(card.getByRole('button', { name: 'Look again' }));
    await card.findByText(/3 rows in 1 area/);
  });

  it('says what it will take once there is a backup to go by', async () => {
    await openWithThree();
    await screen.findByText('about 1.2 s · 5.0 kB');
  });
});

describe('what is in a backup', () => {
  it('is counted anew, by area and table, with what is left out and why', async () => {
    const backend = await open();
    await user.click(await button('What is in a backup'));
    await screen.findByText('412 customers');
    expect(backend.calls.filter((call) => call === 'contents c1')).toHaveLength(2);
    const area = document.querySelector('[data-area=sales]');
    expect(area?.textContent).toMatch(/Sales.*20,118.*Customers.*412/s);
    const text = document.body.textContent;
    expect(text).toMatch(/It holds secrets\..*1 table.*3 rows.*API keys/s);
    expect(text).toMatch(/no company; the keys in use are noted.*Currency codes/s);
    expect(document.querySelector('.total')?.textContent).toMatch(/All rows.*447,228/);
  });
});

describe('the state strip', () => {
  it('says that there is no backup', async () => {
    await open();
    const strip = within(screen.getByRole('group', { name: 'State of the backups' }));
    expect(strip.getByText(/No backup yet/)).toBeTruthy();
    expect(screen.getByText('A backup is a working tool, not disaster recovery.')).toBeTruthy();
  });

  it('says how old the last good one is and where that is known from', async () => {
    await openWithThree();
    const strip = screen.getByRole('group', { name: 'State of the backups' });
    expect(strip.textContent).toMatch(/Last good backup.*3 Nov.*known from this computer/s);
  });
});

describe('the list', () => {
  it('teaches where it is empty', async () => {
    await open();
    expect(screen.getByText(/Make one before an import/)).toBeTruthy();
  });

  it('is sorted by a column, and the other way round by the same again', async () => {
    await openWithThree();
    expect(names()).toEqual(['Alpha', 'Beta 10', 'Beta 9']);
    await user.click(await button('Name'));
    expect(names()).toEqual(['Alpha', 'Beta 9', 'Beta 10']);
    await user.click(await button(/^Name/));
    expect(names()).toEqual(['Beta 10', 'Beta 9', 'Alpha']);
    await user.click(await button('Size'));
    expect(names()).toEqual(['Beta 10', 'Beta 9', 'Alpha']);
  });

  it('is narrowed by words and by kind', async () => {
    await openWithThree();
    await user.type(screen.getByRole('searchbox', { name: 'Find backups' }), 'beta');
    expect(names()).toEqual(['Beta 10', 'Beta 9']);
    await user.selectOptions(screen.getByLabelText('Kind of backup'), 'safety');
    expect(names()).toEqual(['Beta 9']);
    await user.clear(screen.getByRole('searchbox'));
    await user.type(screen.getByRole('searchbox'), 'alpha');
    await user.click(await button('Show all'));
    expect(names()).toHaveLength(3);
  });

  it('keeps what a schedule made in a list of its own', async () => {
    const backend = new FakeBackend();
    backend.entries = [
      archive('a.snapback', 'Before the import'),
      { ...archive('b.snapback', 'Nightly'), kind: 'scheduled' },
      { ...archive('c.snapback', 'Hourly'), kind: 'scheduled' },
    ];
    await open(backend);
    expect(names()).toEqual(['Before the import']);
    await user.click(await button('Scheduled 2'));
    expect(names().sort()).toEqual(['Hourly', 'Nightly']);
    await user.click(await button('On demand 1'));
    expect(names()).toEqual(['Before the import']);
  });

  it('says what is wrong with a file that cannot be used, and offers only what can be done', async () => {
    const backend = new FakeBackend();
    backend.entries = [
      {
        ...archive('cut.snapback', null),
        company: null,
        row_count: null,
        made_at: null,
        kind: null,
        made_by: null,
        problem: { code: 'archive_incomplete', message: 'The archive was never finished.' },
      },
    ];
    await open(backend);
    expect((await row(/cut.snapback/)).textContent).toMatch(/never finished.*Incomplete/s);
    await user.click(await button('Actions for cut.snapback'));
    const item = await screen.findByRole('menuitem', { name: /Restore from this/ });
    expect(item.getAttribute('aria-disabled')).toBe('true');
  });

  it('is used with the keyboard alone', async () => {
    await openWithThree();
    (await row(/Alpha/)).focus();
    await user.keyboard('{Shift>}{ArrowDown}{/Shift}');
    await screen.findByText(/2 backups selected · 14 kB/);
    await user.keyboard('{Escape} ');
    await screen.findByText(/1 backup selected · 9.0 kB/);
    await user.keyboard('{Control>}a{/Control}');
    await screen.findByText(/3 backups selected/);
    await user.keyboard('{Delete}');
    const dialog = within(await screen.findByRole('dialog'));
    expect(dialog.getByText('Delete 3 backups?')).toBeTruthy();
  });

  it('shows what is inside', async () => {
    const backend = await openWithThree();
    (await row(/Alpha/)).focus();
    await user.keyboard('{Enter}');
    const dialog = within(await screen.findByRole('dialog'));
    await dialog.findByText('made here, unchanged since');
    expect(dialog.getByText('Customers')).toBeTruthy();
    expect(backend.calls).toContain('archiveDetails a.snapback');
  });

  it('lies at a second place as well, where it is looked into and restored from', async () => {
    const backend = new FakeBackend();
    const place = { number: 1, address: '/mnt/disk' };
    const beta = archive('place:1/b.snapback', 'Beta');
    backend.entries = [archive('a.snapback', 'Alpha'), { ...beta, file: 'b.snapback', place }];
    await open(backend);
    expect((await row(/Beta/)).textContent).toMatch(/Lies at \/mnt\/disk.*Not checked/s);
    const state = screen.getByRole('group', { name: 'State of the backups' });
    expect(state.textContent).toMatch(/1 backup[^s]/);
    expect(backend.calls.join()).not.toMatch(/verdicts.*place:1/);
    await user.click(await button('Actions for Beta'));
    const items = within(await screen.findByRole('menu')).getAllByRole('menuitem');
    const offered = items.map((item) => item.textContent).join();
    expect(offered).toMatch(/inside.*Restore from this….*Compare.*Bring back to this computer/);
    expect(offered).not.toMatch(/Show in folder|Rename|Delete/);
    await user.click(await screen.findByRole('menuitem', { name: /inside/ }));
    const dialog = within(await screen.findByRole('dialog'));
    await dialog.findByText('b.snapback, at /mnt/disk');
    expect(backend.calls).toContain('archiveDetails place:1/b.snapback');
    await user.keyboard('{Escape}');
    await act('Beta', 'Bring back');
    await (await jobs()).findByText('It is back in the library.');
    expect(backend.calls).toContain('fetchArchive 1 b.snapback');
  });

  it('looks through its rows, and finds a text in them', async () => {
    const { backend, dialog } = await openRowsOfCustomers();
    const grid = within(await dialog.findByRole('region', { name: 'Rows of Customers' }));
    expect(await grid.findByText('Customer 12')).toBeTruthy();
    expect(dialog.getByText('412 rows')).toBeTruthy();
    await user.click(grid.getByText('Customer 7'));
    const whole = within(await dialog.findByRole('region', { name: 'The row' }));
    // As people write it in the grid, and exactly below.
    expect(whole.getByText('1234.5')).toBeTruthy();
    whole.getByText('portalToken: secret, and in no backup');
    expect(grid.getAllByText('1,234.50').length).toBeGreaterThan(1);

    await user.type(dialog.getByLabelText('Search in all rows'), 'paid{Enter}');
    await user.click(await dialog.findByRole('button', { name: /Customer 7.*paid/s }));
    await dialog.findByText('ID is k7');
    const one = within(await dialog.findByRole('region', { name: 'Rows of Customers' }));
    expect(await one.findByText('Customer 7')).toBeTruthy();
    expect(one.queryByText('Customer 8')).toBeNull();
    await user.click(dialog.getByRole('button', { name: 'Back to what was found' }));
    await dialog.findByText(/1 place with “paid” in 20,118 rows/);
    expect(backend.calls).toContain('archiveRows a.snapback public.customer id=k7 0');
  });

  it('filters its rows in every way that the command line has, and comes back to where it was', async () => {
    const { backend, dialog } = await openRowsOfCustomers();
    await user.selectOptions(await dialog.findByLabelText('Column to filter by'), 'notes');
    await user.selectOptions(dialog.getByLabelText('How to filter'), 'is not empty');
    await expect.poll(() => dialog.queryByLabelText('Text to filter by')).toBeNull();
    await user.click(dialog.getByRole('button', { name: 'Filter' }));
    await dialog.findByText('2 rows of 412');
    dialog.getByText('Notes is not empty');
    await user.selectOptions(dialog.getByLabelText('Column to filter by'), 'id');
    await user.selectOptions(dialog.getByLabelText('How to filter'), 'is not');
    await user.type(dialog.getByLabelText('Text to filter by'), 'k8{Enter}');
    await dialog.findByText('1 row of 412');
    const filtered = 'archiveRows a.snapback public.customer notes filled,id different k8 0';
    expect(backend.calls).toContain(filtered);

    // A row that is followed and come back from is chosen still.
    await user.click(await dialog.findByText('Customer 7'));
    await user.click(await dialog.findByRole('button', { name: 'Sales orders' }));
    await user.click(await dialog.findByRole('button', { name: 'Back to Customers' }));
    const whole = within(await dialog.findByRole('region', { name: 'The row' }));
    whole.getByText('1234.5');
    await user.click(dialog.getByRole('button', { name: 'Without Notes is not empty' }));
    await dialog.findByText('more than 100 rows of 412');
  });

  it('says why rows of a damaged backup cannot be shown', async () => {
    const backend = await openWithThree();
    backend.failing.set('archiveRows', failure('archive_damaged', 'The archive is damaged.'));
    (await row(/Alpha/)).focus();
    await user.keyboard('{Enter}');
    const dialog = within(await screen.findByRole('dialog'));
    await user.click(await dialog.findByLabelText('Rows'));
    await user.click(await dialog.findByRole('button', { name: /Customers/ }));
    await dialog.findByText('The archive is damaged.');
    backend.failing.delete('archiveRows');
    await user.click(dialog.getByRole('button', { name: 'Try again' }));
    await dialog.findByText('Customer 1');
  });

  it('renames one on this computer, and says that the file stays as it is', async () => {
    const backend = await openWithThree();
    await act('Alpha', 'Rename');
    const dialog = within(await screen.findByRole('dialog'));
    expect(dialog.getByText(/The file and the label inside it stay as they are/)).toBeTruthy();
    const field = dialog.getByLabelText('Name');
    await user.clear(field);
    await user.type(field, 'Month end{Enter}');
    await row(/Month end/);
    expect(backend.calls).toContain('renameArchive a.snapback Month end');
    await expect.poll(() => screen.queryByRole('dialog')).toBeNull();
  });

  it('deletes only after it has asked', async () => {
    const backend = await openWithThree();
    await act('Alpha', 'Delete');
    const dialog = within(await screen.findByRole('dialog'));
    expect(backend.entries).toHaveLength(3);
    await user.click(dialog.getByRole('button', { name: 'Delete' }));
    await expect.poll(names).toEqual(['Beta 10', 'Beta 9']);
    await expect.poll(() => screen.queryByRole('dialog')).toBeNull();
  });

  it('keeps one that a review needs, and says so', async () => {
    const backend = await openWithThree();
    backend.failing.set('deleteArchive', failure('archive_in_use', 'A review needs it.'));
    await act('Alpha', 'Delete');
    const dialog = within(await screen.findByRole('dialog'));
    await user.click(dialog.getByRole('button', { name: 'Delete' }));
    await dialog.findByText('A review needs it.');
    expect(names()).toHaveLength(3);
  });

  it('saves a copy where the person says', async () => {
    const backend = await openWithThree();
    backend.chosenTarget = '/media/usb/copy.snapback';
    await act('Alpha', 'Save a copy');
    await (await jobs()).findByText(/^Saved/);
    expect(backend.calls).toContain('chooseCopyTarget a.snapback');
    expect(backend.calls).toContain('saveCopies a.snapback /media/usb/copy.snapback');
  });

  it('saves several copies in a folder', async () => {
    const backend = await openWithThree();
    backend.chosenTarget = '/media/usb';
    await user.click(await screen.findByRole('checkbox', { name: 'Select all' }));
    await user.click(await button('Save copies…'));
    await (await jobs()).findByText('Saved in /media/usb.');
    expect(backend.calls).toContain('chooseCopyTarget -');
  });

  it('copies nothing where the dialog was cancelled', async () => {
    const backend = await openWithThree();
    await act('Alpha', 'Save a copy');
    await expect.poll(() => backend.calls).toContain('chooseCopyTarget a.snapback');
    expect(screen.queryByRole('region', { name: 'Jobs' })).toBeNull();
  });

  it('shows one in its folder', async () => {
    const backend = await openWithThree();
    await act('Alpha', 'Show in folder');
    expect(backend.calls).toContain('showInFolder a.snapback');
  });

  it('draws only what is in view of a thousand', async () => {
    const backend = new FakeBackend();
    backend.entries = Array.from({ length: 1_000 }, (_, at) =>
      archive(`${String(at)}.snapback`, `Night ${String(at)}`),
    );
    await open(backend);
    const grid = screen.getByRole('grid', { name: 'Backups' });
    expect(grid.getAttribute('aria-rowcount')).toBe('1001');
    expect(within(grid).getAllByRole('row').length).toBeLessThan(100);
  });
});

describe('an archive from elsewhere', () => {
  it('is added when it is dropped on the window', async () => {
    const backend = await open();
    backend.drag({ now: 'over', paths: ['/tmp/old.snapback'] });
    await screen.findByText('Drop to add to the library');
    backend.drag({ now: 'dropped', paths: ['/tmp/old.snapback'] });
    await (await jobs()).findByText(/Every byte is as it should be: 447,228 rows/);
    await row(/From elsewhere/);
    expect(screen.queryByText('Drop to add to the library')).toBeNull();
    expect(backend.calls).toContain('addArchive /tmp/old.snapback');
  });

  it('is not added when it is damaged, and the reason is said', async () => {
    const backend = await open();
    backend.failing.set('addArchive', failure('archive_damaged', 'A part of it was changed.'));
    backend.drag({ now: 'dropped', paths: ['/tmp/old.snapback'] });
    expect((await (await jobs()).findByRole('alert')).textContent).toMatch(
      /A part of it was changed/,
    );
    expect(backend.entries).toHaveLength(0);
  });

  it('is added when it is chosen in the dialog', async () => {
    const backend = await open();
    backend.chosenArchives = ['/tmp/old.snapback'];
    await user.click(await button('Open an archive…'));
    await row(/From elsewhere/);
  });
});

describe('the companies', () => {
  it('are listed with their rows once those are counted, and the age of their last backup', async () => {
    const backend = new FakeBackend();
    backend.entries = [archive('a.snapback', 'Alpha')];
    await open(backend);
    await user.click(await button('Demo'));
    expect((await row(/^Müller Präzision GmbH/)).textContent).toMatch(/447,228.*just now/s);
    await row(/^Müller Service GmbH.*447,228.*No backup yet/);
  });

  it('say that their rows are not known where they could not be counted', async () => {
    const backend = await open();
    backend.failing.set('contents', failure('missing_right', 'It may not be read.'));
    await user.click(await button('Demo'));
    await row(/^Müller Service GmbH.*not counted yet/);
    await expect.poll(() => backend.calls).toContain('contents c2');
  });

  it('name archives of companies that this database has not', async () => {
    const backend = new FakeBackend();
    const company = { id: 'x', name: 'Northwind', group: null, alone_in_group: true };
    backend.entries = [{ ...archive('n.snapback', 'Old'), company }];
    await open(backend);
    await user.click(await button('Demo'));
    const strangers = await screen.findByRole('region', { name: 'Archives of other companies' });
    expect(strangers.textContent).toMatch(/Northwind.*Old/s);
  });
});

describe('whether a backup can be restored today', () => {
  const notNull = {
    effect: 'blocked' as const,
    code: 'null_value',
    area: 'sales',
    table: 'public.customer',
    label: 'Customers',
    column: 'website',
    row_count: 1,
    reason: 'A value is missing that must be there today.',
  };

  it('is found out for each, with the reason', async () => {
    const backend = new FakeBackend();
    backend.entries = [archive('a.snapback', 'Alpha'), archive('b.snapback', 'Beta')];
    backend.judged = (path) => ({
      archive: path,
      today: path.startsWith('b')
        ? { verdict: 'not_restorable', findings: [notNull], tables_read: 1 }
        : { verdict: 'ready', findings: [], tables_read: 0 },
      error: null,
    });
    await open(backend);
    await row(/Alpha.*Ready/);
    await row(/Beta.*Not restorable Customers: A value is missing/);
    await act('Beta', 'What’s inside');
    const dialog = within(await screen.findByRole('dialog'));
    const today = within(await dialog.findByRole('region', { name: 'Restores today?' }));
    today.getByText('Not restorable');
    today.getByText('in the way');
    today.getByText('Customers · website');
  });

  it('is found out anew when the schema has changed', async () => {
    const backend = new FakeBackend();
    backend.entries = [archive('a.snapback', 'Alpha')];
    await open(backend);
    await row(/Alpha.*Ready/);
    const ready = backend.judged;
    backend.judged = (path) => {
      const { today, ...rest } = ready(path);
      return { ...rest, today: today && { ...today, verdict: 'restorable_with_changes' } };
    };
    window.dispatchEvent(new Event('focus'));
    await row(/Alpha.*Ready/);
    backend.schema = 'two';
    window.dispatchEvent(new Event('focus'));
    await row(/Alpha.*Restorable with changes/);
    expect(backend.calls.filter((call) => call.startsWith('verdicts'))).toHaveLength(2);
  });

  it('is not claimed where it could not be found out', async () => {
    const backend = new FakeBackend();
    backend.entries = [archive('a.snapback', 'Alpha')];
    backend.judged = (path) => ({
      archive: path,
      today: null,
      error: failure('archive_damaged', 'A member has another hash.'),
    });
    await open(backend);
    await row(/Alpha.*Not checked A member has another hash/);
  });
});

describe('uploaded files', () => {
  const segment = (group: string, name: string) =>
    within(screen.getByRole('group', { name: group })).getByLabelText<HTMLInputElement>(name);
  const saved: Connection = {
    id: 'p1',
    title: 'Carbon',
    demo_company: null,
    is_saved: true,
    color: 'red',
    environment: 'production',
    is_read_only: false,
    role_only_reads: false,
    acting_as: null,
    target: 'db.example:5432/carbon',
    storage: { address: 's3 https://x.example eu-1', problem: null },
  };

  /** A connection with a storage, and a backup with files in the list. */
  async function openWithFiles(change: Partial<Connection> = {}): Promise<FakeBackend> {
    const backend = new FakeBackend();
    backend.known = [{ ...saved, ...change }];
    backend.entries = [{ ...archive('a.snapback', 'Alpha'), file_count: 12 }];
    return open(backend);
  }

  it('are in a backup where the connection has a storage, with what did not fit', async () => {
    const backend = await openWithFiles();
    backend.misfits = [{ code: 'file_missing', message: 'private/c1/gone.pdf is not there.' }];
    await user.click(segment('Include', 'Data + files'));
    await user.click(await button('Create backup'));
    const strip = await jobs();
    await strip.findByText('Backed up 447,228 rows and 12 files in 1.2 s: 67 MB.');
    strip.getByText('Problems');
    await user.click(strip.getByText('1 problem'));
    strip.getByText('private/c1/gone.pdf is not there.');
    expect(backend.calls).toContain('create c1 - refuse with files');
  });

  it('are in every backup where the settings say so', async () => {
    const backend = new FakeBackend();
    backend.known = [saved];
    backend.inEffect.settings.include = 'data_and_files';
    await open(backend);
    await user.click(await button('Create backup'));
    await jobs();
    expect(backend.calls).toContain('create c1 - refuse with files');
  });

  it('cannot be had without a storage, and the way to name one is a click away', async () => {
    const backend = await openWithFiles({ storage: null });
    expect(segment('Include', 'Data + files').disabled).toBe(true);
    const [first] = screen.getAllByText('This connection names no storage.');
    expect(first).toBeTruthy();
    const [change] = screen.getAllByRole('button', { name: 'Change the connection…' });
    await user.click(change as HTMLElement);
    await screen.findByRole('heading', { name: 'Change Carbon' });
    expect(backend.calls).toContain('connectionForm p1');
  });

  it('are to be had again once keys were typed that the keychain does not give', async () => {
    const problem = failure('storage_keys_needed', 'The keychain of this computer is locked.');
    const storage = { address: 's3 https://x.example eu-1', problem };
    const backend = await openWithFiles({ storage });
    expect(segment('Include', 'Data + files').disabled).toBe(true);
    const [type] = screen.getAllByRole('button', { name: 'Type the keys…' });
    await user.click(type as HTMLElement);
    const dialog = within(await screen.findByRole('dialog', { name: 'Keys of the storage' }));
    await user.type(dialog.getByLabelText('Access key id'), 'AKIA');
    await user.type(dialog.getByLabelText('Secret access key'), 'hunter2');
    backend.known = [saved];
    await user.click(dialog.getByRole('button', { name: 'Use these keys' }));
    await vi.waitFor(() => {
      expect(segment('Include', 'Data + files').disabled).toBe(false);
    });
    expect(backend.calls).toContain('connect p1 - AKIA:hunter2 false');
  });

  it('are asked for keys where the storage refuses those that there are', async () => {
    const backend = await openWithFiles();
    backend.failing.set('create', failure('storage_refused', 'The storage refuses these keys.'));
    await user.click(segment('Include', 'Data + files'));
    await user.click(await button('Create backup'));
    await screen.findAllByRole('button', { name: 'Type the keys…' });
  });

  it('are put back from a backup that has them, after what changes was shown', async () => {
    const backend = await openWithFiles();
    expect(segment('Restore', 'Data + files').checked).toBe(true);
    await user.click(await button('What will change…'));
    const dialog = within(await screen.findByRole('dialog', { name: 'What will change' }));
    await user.click(await dialog.findByRole('button', { name: /Uploaded files/ }));
    dialog.getByTitle('private/c1/drawings/bracket.pdf');
    dialog.getByText('3 files differ, 1.2 MB to be put into the storage; 9 files stay.');
    await user.click(dialog.getByRole('button', { name: '1 go away' }));
    expect(dialog.queryByTitle('private/c1/drawings/bracket.pdf')).toBeNull();
    await user.click(dialog.getByRole('button', { name: 'Restore' }));
    await screen.findByText(/1 file changed, 1 file came back, 1 file removed\. Nobody else/);
    expect(backend.calls).toContain('plan c1 a.snapback with files');
    expect(backend.calls).toContain('restore c1 a.snapback plan-1 with files');
  });

  it('stay as they are where the backup has none, or nobody wants them', async () => {
    const backend = await openWithFiles();
    await user.click(segment('Restore', 'Data only'));
    await user.click(await button('What will change…'));
    await user.click(await button('Close'));
    expect(backend.calls).toContain('plan c1 a.snapback');
    cleanup();
    const without = new FakeBackend();
    without.known = [saved];
    without.entries = [archive('b.snapback', 'Beta')];
    await open(without);
    screen.getByText('This backup was made without uploaded files.');
    expect(segment('Restore', 'Data only').checked).toBe(true);
  });

  it('that wait for their place are put there before anything else', async () => {
    const backend = new FakeBackend();
    backend.known = [saved];
    backend.waitingFiles = { storage: 's3 https://x.example eu-1', host: 'PC-ANNA' };
    await open(backend);
    await screen.findByText(/A restore from PC-ANNA was cut off/);
    await user.click(await button('Finish'));
    await vi.waitFor(() => {
      expect(screen.queryByText(/was cut off/)).toBeNull();
    });
    expect(backend.calls).toContain('finishFiles c1');
  });

  it('are listed, looked at and saved out of an archive', async () => {
    const backend = await openWithFiles();
    const files = [
      { bucket: 'private', key: 'c1/a/note.txt', byte_count: 13, content_type: 'text/plain' },
      { bucket: 'private', key: 'c1/part.png', byte_count: 900, content_type: 'image/png' },
    ];
    const details = await backend.archiveDetails('a.snapback');
    backend.archiveDetails = () => Promise.resolve({ ...details, file_count: 2, files });
    await act('Alpha', 'What’s inside');
    await screen.findByText('2 files, 913 bytes');
    await user.click(await button('Look at the files…'));
    await user.click(await button(/note\.txt/));
    await screen.findByText('Bracket, 4 mm');
    backend.preview = { shown: 'picture', url: 'data:image/png;base64,AA==' };
    await user.click(await button(/part\.png/));
    const picture = await screen.findByRole<HTMLImageElement>('img', { name: 'part.png' });
    expect(picture.src).toBe('data:image/png;base64,AA==');
    backend.chosenTarget = '/home/anna/part.png';
    await user.click(await button('Save…'));
    expect(backend.calls).toContain('chooseFileTarget part.png');
    await vi.waitFor(() => {
      expect(backend.calls).toContain(
        'saveFile a.snapback private/c1/part.png /home/anna/part.png',
      );
    });
  });
});
