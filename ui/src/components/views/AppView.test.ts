import { cleanup, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';

import { archive, failure, FakeBackend } from '../../lib/backend/fake';
import AppView from './AppView.svelte';

afterEach(cleanup);

const user = userEvent.setup();
const button = (name: string | RegExp) => screen.findByRole('button', { name });
const isOff = (element: HTMLElement) => (element as HTMLButtonElement).disabled;

async function open(backend = new FakeBackend()): Promise<FakeBackend> {
  render(AppView, { backend });
  await screen.findByText('Müller Präzision GmbH · 447,228 rows');
  return backend;
}

async function openWithDamage(): Promise<FakeBackend> {
  const backend = await open();
  await user.type(screen.getByLabelText('Label (optional)'), 'Before price import');
  await user.click(await button('Create backup'));
  await screen.findByText(/^Backed up/);
  await user.click(await button('Break something'));
  await screen.findByText(/is broken now/);
  return backend;
}

describe('the window', () => {
  it('opens on the first company with what it holds', async () => {
    const backend = await open();
    const rail = within(screen.getByRole('navigation', { name: 'Companies' }));
    expect(rail.getAllByText('no backup yet')).toHaveLength(2);
    expect(backend.calls).toContain('contents c1');
    expect(screen.getByText(/No backup of this company yet/)).toBeTruthy();
  });

  it('says what is wrong when there is no connection, and tries again', async () => {
    const backend = new FakeBackend();
    backend.failing.set('connect', failure('connect_failed', 'No answer.', 'Is it running?'));
    render(AppView, { backend });
    expect((await screen.findByRole('alert')).textContent).toMatch(/No answer\..*Is it running\?/s);
    backend.failing.clear();
    await user.click(await button('Try again'));
    await screen.findByText('Müller Präzision GmbH · 447,228 rows');
  });

  it('shows another company when it is chosen', async () => {
    const backend = await open();
    await user.click(await button(/Müller Service GmbH/));
    await screen.findByText('Müller Service GmbH · 447,228 rows');
    expect(backend.calls).toContain('contents c2');
  });
});

describe('what the SSH client asks', () => {
  const passphrase = {
    number: 1,
    host: 'bastion',
    text: "Enter passphrase for key '/home/anna/.ssh/id':",
    is_yes_or_no: false,
  };

  it('is answered, one question after the other', async () => {
    const backend = await open();
    backend.request({ request: 'answer', data: passphrase });
    const hostKey = { ...passphrase, number: 2, text: 'SHA256:x (yes/no)?', is_yes_or_no: true };
    backend.request({ request: 'answer', data: hostKey });
    await user.type(await screen.findByLabelText(passphrase.text), 'correct horse{Enter}');
    await user.click(await button('Yes, connect to it'));
    expect(backend.calls).toContain('answerQuestion 1 correct horse');
    expect(backend.calls).toContain('answerQuestion 2 yes');
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('is refused by going away, and goes when it is withdrawn', async () => {
    const backend = await open();
    backend.request({ request: 'answer', data: passphrase });
    await screen.findByRole('dialog');
    await user.keyboard('{Escape}');
    expect(backend.calls).toContain('answerQuestion 1 -');
    backend.request({ request: 'answer', data: { ...passphrase, number: 2 } });
    await screen.findByRole('dialog');
    backend.request({ request: 'withdraw', data: 2 });
    await waitFor(() => {
      expect(screen.queryByRole('dialog')).toBeNull();
    });
  });
});

it('shows backups that were made by themselves while the app was open', async () => {
  const backend = await open();
  backend.entries = [archive('by-itself.snapback', 'By itself')];
  expect(screen.queryByText('By itself')).toBeNull();
  backend.request({ request: 'look_again' });
  await screen.findAllByText('By itself');
});

describe('an archive that is opened from the desktop', () => {
  it('is added to the library', async () => {
    const backend = await open();
    backend.request({ request: 'open', data: '/home/anna/Müller.snapback' });
    await screen.findByText(/Every byte is as it should be/);
    expect(backend.calls).toContain('addArchive /home/anna/Müller.snapback');
  });

  it('is asked for its passphrase where it is locked with one, and is added once it is right', async () => {
    const backend = await open();
    const locked = failure('key_needed', 'The archive is locked with a passphrase.');
    backend.failing.set('addArchive', { ...locked, context: { locked_by: 'passphrase' } });
    const wrong = failure('wrong_key', 'The archive is locked with another passphrase.');
    backend.failing.set('unlockArchive', wrong);
    backend.request({ request: 'open', data: '/home/anna/Müller.snapback' });
    const dialog = within(await screen.findByRole('dialog', { name: 'Unlock Müller.snapback' }));
    await user.type(dialog.getByLabelText('Passphrase'), 'correct horse');
    await user.click(dialog.getByRole('button', { name: 'Unlock' }));
    await dialog.findByText('The archive is locked with another passphrase.');
    backend.failing.clear();
    await user.click(dialog.getByRole('button', { name: 'Unlock' }));
    await screen.findByText(/Every byte is as it should be/);
    expect(backend.calls).toContain('unlockArchive /home/anna/Müller.snapback correct horse');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  /** No database answers, and the app was started with an archive. */
  function startWith(backend: FakeBackend): FakeBackend {
    backend.failing.set('connect', failure('connect_failed', 'No answer.'));
    backend.openedWith = () => Promise.resolve('/home/anna/Müller.snapback');
    render(AppView, { backend });
    return backend;
  }
  /** What lay under a dialog can be clicked again a moment after it has gone. */
  const gone = () =>
    waitFor(() => {
      expect(screen.queryByRole('dialog')).toBeNull();
      expect(document.body.style.pointerEvents).not.toBe('none');
    });
  const inside = async () => within(await screen.findByRole('dialog', { name: /What’s inside/ }));

  it('is looked into at once where no database is open, and added once one is', async () => {
    const backend = startWith(new FakeBackend());
    const dialog = await inside();
    await dialog.findByText('not made by this computer');
    expect(dialog.queryByRole('region', { name: 'Restores today?' })).toBeNull();
    await user.click(dialog.getByLabelText('Rows'));
    await user.click(await dialog.findByRole('button', { name: /Customers/ }));
    const grid = within(await dialog.findByRole('region', { name: 'Rows of Customers' }));
    await user.click(await grid.findByText('Customer 7'));
    await dialog.findByRole('region', { name: 'The row' });
    expect(dialog.queryByRole('button', { name: /History|Take back|Pick/ })).toBeNull();
    await user.type(dialog.getByLabelText('Search in all rows'), 'paid{Enter}');
    await dialog.findByText(/1 place with “paid” in 20,118 rows/);
    await user.click(dialog.getByRole('button', { name: 'Close' }));
    await gone();

    await screen.findByText('Müller.snapback is added once a database is open');
    await user.click(await button('Look inside…'));
    await (await inside()).findByText('not made by this computer');
    await user.keyboard('{Escape}');
    await gone();
    backend.failing.clear();
    await user.click(await button('Try again'));
    await screen.findByText(/Every byte is as it should be/);
    expect(backend.calls.filter((call) => call.startsWith('addArchive'))).toHaveLength(1);
  });

  it('shows its files without a database, too, and they can be taken out', async () => {
    const backend = new FakeBackend();
    const file = { bucket: 'private', key: 'c1/bracket.txt', byte_count: 120, content_type: null };
    backend.handedFiles = [file];
    backend.chosenTarget = '/home/anna/bracket.txt';
    startWith(backend);
    await user.click(await (await inside()).findByRole('button', { name: 'Look at the files…' }));
    const files = within(await screen.findByRole('dialog', { name: /Uploaded files/ }));
    await user.click(await files.findByRole('button', { name: /bracket.txt/ }));
    await files.findByText('Bracket, 4 mm');
    await user.click(files.getByRole('button', { name: 'Save…' }));
    const saved = 'saveHandedFile /home/anna/Müller.snapback private/c1/bracket.txt';
    expect(backend.calls).toContain(`${saved} /home/anna/bracket.txt`);
    await user.click(files.getByRole('button', { name: 'Close' }));
    await gone();

    // A row that names it leads there as well.
    await user.click(await button('Look inside…'));
    const dialog = await inside();
    await user.click(await dialog.findByLabelText('Rows'));
    await user.click(await dialog.findByRole('button', { name: /Customers/ }));
    await user.click(await dialog.findByText('Customer 8'));
    await user.click(await dialog.findByRole('button', { name: 'Look at the file' }));
    await dialog.findByText('Bracket, 4 mm');
    await user.click(dialog.getByRole('button', { name: 'Save the file…' }));
    expect(backend.calls.filter((call) => call.startsWith(saved))).toHaveLength(2);
  });

  it('is not looked into where the only database opens by itself', async () => {
    const backend = new FakeBackend();
    backend.openedWith = () => Promise.resolve('/home/anna/Müller.snapback');
    await open(backend);
    await screen.findByText(/Every byte is as it should be/);
    expect(backend.calls.filter((call) => call.startsWith('handed'))).toHaveLength(0);
  });

  it('is asked for its passphrase before it is looked into', async () => {
    const backend = new FakeBackend();
    const locked = failure('key_needed', 'The archive is locked with a passphrase.');
    backend.failing.set('handedDetails', { ...locked, context: { locked_by: 'passphrase' } });
    startWith(backend);
    const dialog = within(await screen.findByRole('dialog', { name: 'Unlock Müller.snapback' }));
    await user.type(dialog.getByLabelText('Passphrase'), 'correct horse');
    backend.failing.delete('handedDetails');
    await user.click(dialog.getByRole('button', { name: 'Unlock' }));
    await (await inside()).findByText('not made by this computer');
    expect(backend.calls).toContain('unlockHanded /home/anna/Müller.snapback correct horse');
  });

  it('says why it cannot be looked into, and need not be added', async () => {
    const backend = new FakeBackend();
    backend.failing.set('handedArchive', failure('local_file', 'The archive is not there.'));
    startWith(backend);
    await screen.findByText('The archive is not there.');
    await user.click(await button('Do not add'));
    backend.failing.clear();
    await user.click(await button('Try again'));
    await screen.findByText('Müller Präzision GmbH · 447,228 rows');
    expect(backend.calls.filter((call) => call.startsWith('addArchive'))).toHaveLength(0);
  });
});

describe('what will change', () => {
  it('has nothing to restore where nothing changed', async () => {
    await open();
    await user.click(await button('Create backup'));
    await user.click(await button('What will change…'));
    const dialog = within(await screen.findByRole('dialog'));
    await dialog.findByText(/exactly as it was/);
    expect(dialog.queryByRole('button', { name: 'Restore' })).toBeNull();
  });

  it('restores only after the name is typed where something would be lost', async () => {
    const backend = await openWithDamage();
    await user.click(await button('What will change…'));
    const dialog = within(await screen.findByRole('dialog'));
    await dialog.findAllByText('Unit sale prices');
    const restore = await dialog.findByRole('button', { name: 'Restore' });
    expect(isOff(restore)).toBe(true);
    await user.type(dialog.getByLabelText('Company’s name'), 'Müller Präzision GmbH');
    expect(isOff(restore)).toBe(false);
    await user.click(restore);
    await screen.findByText('Restored — review');
    expect(backend.calls).toContain('restore c1 c1-1.snapback plan-1');
  });

  it('offers no way to say yes where the backup cannot be restored', async () => {
    const backend = await openWithDamage();
    backend.planned = {
      verdict: 'not_restorable',
      findings: [
        {
          effect: 'blocked',
          code: 'column_added_not_null',
          area: 'items',
          table: 'public.item',
          label: 'Items',
          column: 'mass',
          row_count: 12,
          reason: 'A column has no value.',
        },
      ],
    };
    await user.click(await button('What will change…'));
    const dialog = within(await screen.findByRole('dialog'));
    await dialog.findByText('A column has no value.');
    expect(dialog.queryByRole('button', { name: 'Restore' })).toBeNull();
    expect(dialog.queryByLabelText('Company’s name')).toBeNull();
  });

  it('stays open with the reason when the restore fails', async () => {
    const backend = await openWithDamage();
    backend.planned = { loses_something: false };
    backend.failing.set('restore', failure('lock_not_had', 'Others are writing.'));
    await user.click(await button('What will change…'));
    const dialog = within(await screen.findByRole('dialog'));
    await user.click(await dialog.findByRole('button', { name: 'Restore' }));
    expect((await dialog.findByRole('alert')).textContent).toMatch(/Others are writing/);
  });
});

describe('the review', () => {
  async function restored(): Promise<FakeBackend> {
    const backend = await openWithDamage();
    backend.planned = { loses_something: false };
    await user.click(await button('What will change…'));
    const dialog = within(await screen.findByRole('dialog'));
    await user.click(await dialog.findByRole('button', { name: 'Restore' }));
    await screen.findByText('Restored — review');
    // What lay under the dialog can be clicked again a moment after it has gone.
    await waitFor(() => {
      expect(document.body.style.pointerEvents).not.toBe('none');
    });
    return backend;
  }

  it('holds off another restore until it is decided', async () => {
    await restored();
    expect(isOff(await button('What will change…'))).toBe(true);
    expect(screen.getByText('Finish the review first')).toBeTruthy();
  });

  it('says what to do now with what the application derives', async () => {
    await restored();
    expect(screen.getByText('Run planning once.')).toBeTruthy();
  });

  it('goes away with Keep', async () => {
    await restored();
    await user.click(await button('Keep'));
    await screen.findByText(/^Kept/);
    expect(screen.queryByText('Restored — review')).toBeNull();
  });

  it('goes away with Revert, which says that all is as before', async () => {
    const backend = await restored();
    await user.click(await button('Revert'));
    await screen.findByText(/^Reverted 1,242 rows/);
    expect(backend.calls).toContain('revert c1 - -');
  });

  it('shows what others have written since before it reverts that too', async () => {
    const backend = await restored();
    backend.failing.set('revert', failure('not_confirmed', 'Somebody has written since.'));
    backend.planned = {};
    await user.click(await button('Revert'));
    const dialog = within(await screen.findByRole('dialog'));
    await dialog.findByText(/Others have written since/);
    await user.type(await dialog.findByLabelText('Company’s name'), 'Müller Präzision GmbH');
    await user.click(dialog.getByRole('button', { name: 'Revert' }));
    await screen.findByText(/^Reverted/);
    expect(backend.calls).toContain('revert c1 plan-1 -');
  });
});
