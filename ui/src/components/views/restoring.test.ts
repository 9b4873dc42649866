import { cleanup, render, screen, waitFor, within } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';

import { failure, FakeBackend, sessions } from '../../lib/backend/fake';
import AppView from './AppView.svelte';

afterEach(cleanup);

const user = userEvent.setup();
const NAME = 'Müller Präzision GmbH';
const button = (name: string | RegExp) => screen.findByRole('button', { name });
const dialog = async () => within(await screen.findByRole('dialog'));
const isOff = (element: HTMLElement) => (element as HTMLButtonElement).disabled;

async function openWithDamage(): Promise<FakeBackend> {
  const backend = new FakeBackend();
  render(AppView, { backend });
  await screen.findByText('Müller Präzision GmbH · 447,228 rows');
  await user.click(await button('Create backup'));
  await screen.findByText(/^Backed up/);
  await user.click(await button('Break something'));
  await screen.findByText(/is broken now/);
  return backend;
}

async function restored(): Promise<FakeBackend> {
  const backend = await openWithDamage();
  backend.planned = { loses_something: false };
  await user.click(await button('What will change…'));
  await user.click(await (await dialog()).findByRole('button', { name: 'Restore' }));
  await screen.findByText('Restored — review');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  return backend;
}

describe('signing people out', () => {
  const box = async () => (await dialog()).findByRole('checkbox', { name: 'Sign everybody out' });

  it('is offered where the application keeps sessions, and says whose end and what came of it', async () => {
    const backend = await openWithDamage();
    backend.planned = { loses_something: false, sign_out: { sessions, missing: null } };
    await user.click(await button('What will change…'));
    await (await dialog()).findByText(/Ends 12 sessions of 9 people/);
    await (await dialog()).findByText(/Anna Weber, Jonas Beck stay signed in/);
    await user.click(await box());
    await user.click(await (await dialog()).findByRole('button', { name: 'Restore' }));
    await screen.findByText(/12 sessions of 9 people ended.*for up to 60 minutes more/);
    expect(backend.calls).toContain('restore c1 c1-1.snapback plan-1 signing out');
  });

  it('says what is missing where the role may not, and does nothing unasked', async () => {
    const backend = await openWithDamage();
    const missing = { what: 'The role may not end sessions.', remedy: 'GRANT it.' };
    backend.planned = { loses_something: false, sign_out: { sessions, missing } };
    await user.click(await button('What will change…'));
    await (await dialog()).findByText(/may not end sessions. GRANT it./);
    expect(((await box()) as HTMLInputElement).disabled).toBe(true);
    await user.click(await (await dialog()).findByRole('button', { name: 'Restore' }));
    await screen.findByText('Restored — review');
    expect(backend.calls.some((call) => call.includes('signing out'))).toBe(false);
  });
});

describe('what will change, row by row', () => {
  it('shows rows by their names, old against new, with the exact value at hand', async () => {
    const backend = await openWithDamage();
    await user.click(await button('What will change…'));
    const rows = await dialog();
    await rows.findByText('PRT-000001');
    expect(rows.getByText('Bracket 1')).toBeTruthy();
    expect(rows.getByText('1.00 EUR').getAttribute('title')).toMatch(/^1\n/);
    expect(rows.getAllByText('Jonas Beck')[0]?.getAttribute('title')).toMatch(/^u2\n/);
    expect(backend.calls).toContain('rows public.itemUnitSalePrice all 0 50');
  });

  it('asks for few rows of many, and for those of one kind alone', async () => {
    const backend = await openWithDamage();
    await user.click(await button('What will change…'));
    const rows = await dialog();
    await rows.findByText('PRT-000001');
    const asked = () => backend.calls.filter((call) => call.startsWith('rows '));
    expect(asked().length).toBeLessThan(4);
    await user.click(rows.getByRole('button', { name: '−7 go away' }));
    await waitFor(() => expect(asked()).toContain('rows public.itemUnitSalePrice removed 0 7'));
  });

  it('lets go of the rows when it is closed', async () => {
    const backend = await openWithDamage();
    await user.click(await button('What will change…'));
    const rows = await dialog();
    await rows.findByText('PRT-000001');
    expect(backend.openPlans.size).toBeGreaterThan(0);
    const open = backend.calls.findIndex((call) => call.startsWith('plan '));
    await user.click(rows.getByRole('button', { name: 'Cancel' }));
    await waitFor(() => expect(backend.calls).toContain(`closePlan job-${String(open + 1)}`));
  });

  it('opens at once and says how far the comparison is', async () => {
    const backend = await openWithDamage();
    backend.waiting.add('plan');
    await user.click(await button('What will change…'));
    const rows = await dialog();
    await rows.findByText(/278,115 of 447,228 rows/);
    await user.click(rows.getByRole('button', { name: 'Cancel' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('takes one button where nothing is lost', async () => {
    const backend = await openWithDamage();
    backend.planned = { loses_something: false };
    await user.click(await button('What will change…'));
    const rows = await dialog();
    await rows.findByText(/Nothing is lost/);
    expect(rows.queryByLabelText('Company’s name')).toBeNull();
    expect(isOff(rows.getByRole('button', { name: 'Restore' }))).toBe(false);
  });

  it('says by which rights it is written, and what an administrator runs where one is missing', async () => {
    const backend = await openWithDamage();
    backend.planned = { loses_something: false };
    await user.click(await button('What will change…'));
    let rows = await dialog();
    await rows.findByText('It is written by postgres, as a superuser.');
    await user.click(rows.getByRole('button', { name: 'Cancel' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    const right = { what: 'The schema snapback cannot be created.', remedy: 'GRANT CREATE …' };
    backend.planned = {
      rights: { role: 'reader', path: { by: 'replica_role' }, missing: [right] },
    };
    await user.click(await button('What will change…'));
    rows = await dialog();
    expect((await rows.findByText(right.what)).closest('[role=alert]')?.textContent).toMatch(
      /GRANT CREATE/,
    );
    expect(rows.queryByRole('button', { name: 'Restore' })).toBeNull();
  });

  it('compares anew and says why when others have written since', async () => {
    const backend = await openWithDamage();
    await user.click(await button('What will change…'));
    const rows = await dialog();
    await user.type(await rows.findByLabelText('Company’s name'), NAME);
    backend.failing.set('restore', failure('changed_meanwhile', 'Others wrote since.'));
    await user.click(rows.getByRole('button', { name: 'Restore' }));
    await rows.findByText('Others wrote since.');
    expect(backend.calls.filter((call) => call.startsWith('plan '))).toHaveLength(2);
    // A new plan is confirmed anew.
    const name = await rows.findByLabelText<HTMLInputElement>('Company’s name');
    expect(name.value).toBe('');
    expect(isOff(rows.getByRole('button', { name: 'Restore' }))).toBe(true);
  });

  it('can be stopped while it is being written', async () => {
    const backend = await openWithDamage();
    backend.planned = { loses_something: false };
    backend.waiting.add('restore');
    await user.click(await button('What will change…'));
    const rows = await dialog();
    await user.click(await rows.findByRole('button', { name: 'Restore' }));
    await user.click(await rows.findByRole('button', { name: 'Cancel' }));
    await screen.findAllByText('Stopped; nothing was changed.');
  });

  it('asks how a restore ended whose answer was lost', async () => {
    const backend = await openWithDamage();
    backend.planned = { loses_something: false };
    backend.failing.set('restore', failure('outcome_unknown', 'The connection died.'));
    await user.click(await button('What will change…'));
    backend.settled = ['rolled_back'];
    await user.click(await (await dialog()).findByRole('button', { name: 'Restore' }));
    await screen.findByText(/never took place/);
  });
});

describe('a review', () => {
  it('says that people are signed out whom a restore that was cut off had left', async () => {
    const backend = await openWithDamage();
    backend.planned = { loses_something: false };
    backend.failing.set('restore', failure('outcome_unknown', 'The connection died.'));
    await user.click(await button('What will change…'));
    backend.leftSignedIn = { sessions, failure: null };
    await user.click(await (await dialog()).findByRole('button', { name: 'Restore' }));
    await screen.findByText(/had left people signed in. 12 sessions of 9 people ended/);
  });

  it('shows what the restore has changed', async () => {
    const backend = await restored();
    await user.click(await button('See changes'));
    const rows = await dialog();
    await rows.findByText('What was changed');
    await rows.findByText('PRT-000001');
    expect(rows.queryByRole('button', { name: 'Restore' })).toBeNull();
    expect(backend.calls).toContain('reviewChanges c1 -');
  });

  it('is found when another computer has opened it meanwhile', async () => {
    const source = await restored();
    cleanup();
    const backend = new FakeBackend();
    render(AppView, { backend });
    await screen.findByText('Müller Präzision GmbH · 447,228 rows');
    expect(screen.queryByText('Restored — review')).toBeNull();
    backend.openReview = source.openReview;
    backend.safety = 'elsewhere';
    window.dispatchEvent(new Event('focus'));
    await screen.findByText('Restored — review');
    expect(screen.getByText('c1-safety.snapback')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Revert' })).toBeNull();
  });

  it('goes away when another computer has closed it', async () => {
    const backend = await restored();
    backend.openReview = null;
    window.dispatchEvent(new Event('focus'));
    await waitFor(() => expect(screen.queryByText('Restored — review')).toBeNull());
  });

  it('is reverted from another computer with the file that is chosen', async () => {
    const backend = await restored();
    backend.safety = 'elsewhere';
    backend.chosenSafety = '/home/anna/safety.snapback';
    backend.openReview = backend.openReview && { ...backend.openReview, id: 'r2' };
    backend.failing.set('keep', failure('company_busy', 'Another restore is running.'));
    await user.click(await button('Keep'));
    await screen.findByText('Another restore is running.');
    await user.click(await button('Revert from a file…'));
    await screen.findByText(/^Reverted/);
    expect(backend.calls).toContain('revert c1 - /home/anna/safety.snapback');
  });

  it('whose safety snapshot is gone is kept only with the name typed', async () => {
    const backend = await restored();
    backend.safety = 'gone';
    backend.failing.set('revert', failure('no_such_archive', 'It is gone.'));
    await user.click(await button('Revert'));
    await screen.findAllByText('It is gone.');
    await user.click(await button('Keep…'));
    const keep = await button('Keep for good');
    expect(isOff(keep)).toBe(true);
    await user.type(screen.getByLabelText('Company’s name'), NAME);
    await user.click(keep);
    await screen.findByText(/^Kept/);
    expect(backend.calls).toContain('keepWithoutSafety c1');
  });

  it('offers a revert again that failed', async () => {
    const backend = await restored();
    backend.failing.set('revert', failure('lock_not_had', 'Others are writing.'));
    await user.click(await button('Revert'));
    await screen.findAllByText('Others are writing.');
    backend.failing.clear();
    await user.click(await button('Retry Revert'));
    await screen.findByText(/^Reverted 1,242 rows/);
  });

  it('does again what failed of the things that the application derives', async () => {
    const backend = await openWithDamage();
    backend.planned = { loses_something: false };
    backend.after = [
      { what: 'Stock on hand', by_hand: null, failure: 'refresh_failed', row_count: null },
    ];
    await user.click(await button('What will change…'));
    await user.click(await (await dialog()).findByRole('button', { name: 'Restore' }));
    await screen.findByText('Stock on hand');
    await user.click(await button('Retry what failed'));
    await waitFor(() => expect(screen.queryByText('Stock on hand')).toBeNull());
    expect(backend.calls).toContain('repeatAfterSteps c1');
  });
});
