import { cleanup, render, screen, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';

import type { Connection, Review } from '../../lib/backend/backend';
import { failure, FakeBackend, form } from '../../lib/backend/fake';
import AppView from './AppView.svelte';

afterEach(cleanup);

const user = userEvent.setup();
const button = (name: string | RegExp) => screen.findByRole('button', { name });
const field = (label: string) => screen.findByLabelText<HTMLInputElement>(label);

const production: Connection = {
  id: 'p1',
  title: 'Carbon',
  demo_company: null,
  is_saved: true,
  color: 'red',
  environment: 'production',
  is_read_only: true,
  role_only_reads: false,
  acting_as: 'anna@example.com',
  target: 'db.example:5432/carbon via bastion',
  storage: null,
};

const reviewed: Review = {
  id: 'r1',
  company_id: 'c1',
  company_name: 'Müller Präzision GmbH',
  restored_at: new Date().toISOString(),
  os_user: 'anna',
  host: 'PC-ANNA',
  database_role: 'owner',
  app_user: null,
  is_cleaning: false,
  is_selection: false,
  source_id: 'a1',
  source_label: null,
  source_made_at: new Date().toISOString(),
  safety_id: 's1',
  safety_path: 'c1-safety.snapback',
  totals: { changed: 1, added: 0, removed: 0, same: 0 },
  areas: [],
  files: null,
};

function open(known: Connection[], backend = new FakeBackend()): FakeBackend {
  backend.known = known;
  render(AppView, { backend });
  return backend;
}

async function openEditor(backend = new FakeBackend()): Promise<FakeBackend> {
  open([], backend);
  await user.click(await button('New connection'));
  return backend;
}

describe('the first start', () => {
  it('offers the demo with one click', async () => {
    const backend = open([]);
    await user.click(await button('Try it on a demo company'));
    await screen.findByText('Müller Präzision GmbH · 447,228 rows');
    expect(backend.calls).toContain('connect demo');
  });

  it('looks inside an archive that the person chooses, with no connection at all', async () => {
    const backend = open([]);
    backend.chosenArchives = ['/tmp/old.snapback'];
    await user.click(await button('Look inside an archive…'));
    const dialog = within(await screen.findByRole('dialog', { name: /What’s inside/ }));
    await dialog.findByText('not made by this computer');
    expect(backend.calls).toContain('handedDetails /tmp/old.snapback');
  });
});

describe('a new connection', () => {
  it('is filled in from a pasted URL, which then has no password', async () => {
    await openEditor();
    const url = await field('Connection string');
    await user.click(url);
    await user.paste('postgres://app:hunter2@db.example:6000/carbon');
    await user.tab();
    await screen.findByDisplayValue('postgres://app@db.example:6000/carbon');
    expect((await field('Host')).value).toBe('db.example');
    expect((await field('Port')).value).toBe('6000');
    expect((await field('User')).value).toBe('app');
    const password = await field('Password');
    expect(password.value).toBe('hunter2');
    expect(password.type).toBe('password');
  });

  it('writes the URL anew when a field changes', async () => {
    await openEditor();
    await user.type(await field('Host'), 'db.example');
    await user.type(await field('Database'), 'carbon');
    await user.type(await field('User'), 'app');
    await user.tab();
    await screen.findByDisplayValue('postgres://app@db.example:5432/carbon');
  });

  it('says in plain words what it may do', async () => {
    const backend = await openEditor();
    await user.type(await field('Host'), 'db.example');
    await user.click(await button('Test'));
    const found = within(await screen.findByRole('list', { name: 'What this connection may do' }));
    found.getByText('PostgreSQL 15.2, as snapback_reader.');
    found.getByText('Carbon was found: 3 companies.');
    found.getByText('It may back up: it sees every row.');
    found.getByText(/It may not restore/);
    expect(backend.calls).toContain('testConnection db.example -');
  });

  it('shows why it does not connect, with what to do', async () => {
    const backend = new FakeBackend();
    backend.failing.set(
      'testConnection',
      failure('transaction_pooler', 'This goes through a pooler.', 'Use port 5432.'),
    );
    await openEditor(backend);
    await user.click(await button('Test'));
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toMatch(/pooler.*Use port 5432/s);
    within(alert).getByRole('button', { name: 'Copy details' });
  });

  it('asks for TLS to another computer and takes what this computer offers', async () => {
    await openEditor();
    const tls = screen.getByLabelText('Encryption (TLS)');
    await user.type(await field('Host'), 'db.example');
    expect(tls.textContent).toMatch(/require/);
    await user.clear(await field('Host'));
    await user.type(await field('Host'), '127.0.0.1');
    expect(tls.textContent).toMatch(/prefer/);
  });

  it('asks before another computer is spoken to without encryption', async () => {
    await openEditor();
    expect(screen.queryByLabelText('Connect without encryption')).toBeNull();
    await user.type(await field('Host'), 'db.example');
    await user.click(screen.getByLabelText('Encryption (TLS)'));
    await user.click(await screen.findByRole('option', { name: /Do not encrypt/ }));
    await field('Connect without encryption');
    await user.clear(await field('Host'));
    await user.type(await field('Host'), 'localhost');
    expect(screen.queryByLabelText('Connect without encryption')).toBeNull();
  });

  it('is saved with its tunnel and opened', async () => {
    const backend = await openEditor();
    await user.type(await field('Name'), 'Carbon');
    await user.type(await field('Host'), 'db.internal');
    await user.type(await field('User'), 'app');
    await user.type(await field('Password'), 'secret');
    await user.click(await field('Through an SSH tunnel'));
    await user.type(await field('SSH host or alias'), 'bastion');
    await user.click(await field('Read only'));
    await user.click(await button('Save and connect'));
    await screen.findByText('Müller Präzision GmbH · 447,228 rows');
    expect(backend.calls).toContain('saveConnection Carbon secret true');
    expect(backend.calls).toContain('connect saved-1 secret false');
    expect(backend.forms[0]?.address.tunnel?.host).toBe('bastion');
    expect(backend.forms[0]?.is_read_only).toBe(true);
  });

  it('is saved without its password where there is no keychain, which is said', async () => {
    const backend = new FakeBackend();
    backend.passwordProblem = failure(
      'password_needed',
      'There is no keychain.',
      'Asked each time.',
    );
    await openEditor(backend);
    await user.type(await field('Name'), 'Carbon');
    await user.click(await button('Save'));
    await screen.findByText('There is no keychain.');
    await screen.findByRole('listitem', { name: 'Carbon' });
  });
});

describe('saved connections', () => {
  it('say what they are for, where they lead and what they may not', async () => {
    open([production, { ...production, id: 'p2', title: 'Other', environment: 'development' }]);
    const item = within(await screen.findByRole('listitem', { name: 'Carbon' }));
    item.getByText('Production');
    item.getByText('Read only');
    item.getByText(/db\.example:5432\/carbon via bastion.*acting as anna@example\.com/s);
  });

  it('ask for the password where the keychain has none, and take it along', async () => {
    const backend = new FakeBackend();
    backend.failing.set('connect', failure('password_needed', 'The keychain is locked.'));
    open([production], backend);
    await screen.findByText('The keychain is locked.');
    backend.failing.clear();
    await user.type(await field('Database password'), 'secret');
    const prompt = screen.getByRole('region', { name: 'Password for Carbon' });
    await user.click(within(prompt).getByRole('button', { name: 'Connect' }));
    await screen.findByText('Müller Präzision GmbH · 447,228 rows');
    expect(backend.calls).toContain('connect p1 secret false');
  });

  it('are removed after a question', async () => {
    const backend = open([production, { ...production, id: 'p2', title: 'Other' }]);
    const item = within(await screen.findByRole('listitem', { name: 'Carbon' }));
    await user.click(item.getByRole('button', { name: 'Remove…' }));
    expect(backend.calls).not.toContain('removeConnection p1');
    await user.click(item.getByRole('button', { name: 'Remove' }));
    await screen.findByRole('listitem', { name: 'Other' });
    expect(screen.queryByRole('listitem', { name: 'Carbon' })).toBeNull();
    expect(backend.calls).toContain('removeConnection p1');
  });

  it('are changed with what was saved', async () => {
    open([production, { ...production, id: 'p2', title: 'Other' }]);
    const item = within(await screen.findByRole('listitem', { name: 'Carbon' }));
    await user.click(item.getByRole('button', { name: 'Change…' }));
    expect((await field('Host')).value).toBe('db.example');
    await screen.findByDisplayValue('postgres://app@db.example:5432/carbon');
  });
});

describe('a connection that only reads', () => {
  it('has nothing that writes', async () => {
    const backend = new FakeBackend();
    backend.openReview = reviewed;
    open([production], backend);
    await screen.findByText('Restored — review');
    expect(screen.queryByRole('region', { name: 'Restore from a backup' })).toBeNull();
    expect(screen.queryByRole('button', { name: 'Keep' })).toBeNull();
    expect(screen.queryByRole('button', { name: 'Revert' })).toBeNull();
    await button('Create backup');
  });
});

describe('files of other programs', () => {
  it('show what was found, to choose from', async () => {
    const backend = open([]);
    await user.click(await button('Find in a file…'));
    await user.click(await button('Look in ~/.pgpass'));
    const found = await screen.findByRole('list', { name: 'Connections in the file' });
    expect(found.textContent).toMatch(/DATABASE_URL.*with its password/s);
    expect(found.textContent).not.toMatch(/found/);
    await user.click(within(found).getByRole('button', { name: 'Use' }));
    expect((await field('Password')).value).toBe('found');
    expect((await field('Host')).value).toBe('db.example');
    expect(backend.calls).toContain('findConnections ~/.pgpass');
  });
});

describe('uploaded files of a connection', () => {
  const found = async () =>
    within(await screen.findByRole('list', { name: 'What this connection may do' }));

  it('lie in a folder that the system asks for, and the test says what it found there', async () => {
    const backend = new FakeBackend();
    backend.chosenFile = '/srv/Größe/storage';
    backend.survey = {
      ...backend.survey,
      storage: {
        address: 'file:///srv/storage',
        problem: null,
        company: 'Müller Präzision GmbH',
        file_count: 12,
        byte_count: 3_400_000,
        rows_are_hidden: false,
        problem_count: 2,
      },
    };
    await openEditor(backend);
    await user.type(await field('Host'), 'db.example');
    await user.click(await field('Uploaded files'));
    await user.click(await button('Choose: Folder'));
    await screen.findByDisplayValue('/srv/Größe/storage');
    await user.click(await button('Test'));
    const list = await found();
    list.getByText('The storage answers: 12 files of Müller Präzision GmbH, 3.4 MB.');
    list.getByText('2 files do not fit what rows say; a backup lists them.');
    await user.click(await button('Save'));
    await screen.findByRole('list', { name: 'Connections' });
    expect(backend.calls).toContain('chooseFile storage_folder');
    expect(backend.forms[0]?.storage).toBe('file:///srv/Gr%C3%B6%C3%9Fe/storage');
  });

  it('lie in an S3 service, whose keys go with the password and never into the form', async () => {
    const backend = await openEditor();
    await user.type(await field('Host'), 'db.example');
    await user.click(await field('Uploaded files'));
    await user.click(screen.getByLabelText('An S3 service'));
    await user.type(await field('Endpoint (empty for AWS)'), 'https://x.example/storage/v1/s3');
    await user.clear(await field('Region'));
    await user.type(await field('Region'), 'eu-1');
    await user.type(await field('Access key id'), 'AKIA');
    await user.type(await field('Secret access key'), 'hunter2');
    await user.click(await button('Save and connect'));
    await screen.findByText('Müller Präzision GmbH · 447,228 rows');
    expect(backend.forms[0]?.storage).toBe(
      's3://?endpoint=https%3A%2F%2Fx.example%2Fstorage%2Fv1%2Fs3&region=eu-1',
    );
    expect(JSON.stringify(backend.forms)).not.toMatch(/hunter2/);
    expect(backend.calls.filter((call) => call.includes('AKIA:hunter2'))).toHaveLength(2);
  });

  it('are said to be out of reach, with what to do', async () => {
    const backend = new FakeBackend();
    backend.survey = {
      ...backend.survey,
      storage: {
        address: 's3 https://x.example eu-1',
        problem: failure('storage_refused', 'The storage refuses these keys.', 'Look at them.'),
        company: null,
        file_count: 0,
        byte_count: 0,
        rows_are_hidden: false,
        problem_count: 0,
      },
    };
    await openEditor(backend);
    await user.click(await button('Test'));
    const list = await found();
    list.getByText(/cannot be had from s3 https:\/\/x.example eu-1: The storage refuses/);
    list.getByText('Look at them.');
  });

  it('are kept as they are when something else is changed', async () => {
    const backend = new FakeBackend();
    const url = 'file:///srv/storage?layout=supabase&below=acme%2Fx';
    backend.connectionForm = (id) =>
      Promise.resolve({ ...form, id, storage: url, profile: '/srv/own.toml' });
    open([production, { ...production, id: 'p2', title: 'Other' }], backend);
    const [change] = await screen.findAllByRole('button', { name: 'Change…' });
    await user.click(change as HTMLElement);
    await screen.findByDisplayValue('/srv/storage');
    await screen.findByDisplayValue('/srv/own.toml');
    await user.click(await button('Save'));
    await screen.findByRole('list', { name: 'Connections' });
    expect(backend.forms[0]?.storage).toBe(url);
    expect(backend.forms[0]?.profile).toBe('/srv/own.toml');
  });
});
