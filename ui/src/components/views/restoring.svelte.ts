import type {
  AfterStep,
  ChangeKind,
  Database,
  Ended,
  Include,
  Job,
  JobKind,
  OnEvent,
  Plan,
  RestoreReport,
  Review,
  SafetyPlace,
  Settled,
  WaitingFiles,
  WireError,
} from '../../lib/backend/backend';
import { filesDone, restoreHeld } from '../../lib/files';
import { duration, plural } from '../../lib/format';
import { signedOut } from '../../lib/signout';
import type { Shown } from '../restore/shown';
import type { App } from './app.svelte';
import type { Backups } from './backups.svelte';
import type { Said } from './jobs.svelte';
import type { Picks } from './picks.svelte';

/** What goes on: one thing at a time. */
type Activity = 'idle' | 'planning' | 'restoring' | 'reverting' | 'asking';

/** What the dialog is about. */
type Subject = 'restore' | 'rows' | 'revert' | 'review' | 'clean';

/** Found by a job, with the id by which its rows can be asked for. */
interface Found<Report> {
  id: string;
  report: Report;
}

const REVERTED = 'The company is as it was before the restore.';

function reverted(end: Ended<RestoreReport>): string | null {
  if (end.event !== 'completed') return null;
  const { totals, files, elapsed_ms } = end.data;
  const rows = plural(totals.changed + totals.added + totals.removed, 'row');
  const moved = files ? files.changed + files.added + files.removed : 0;
  const and = moved > 0 ? ` and ${plural(moved, 'file')}` : '';
  const done = `Reverted ${rows}${and} in ${duration(elapsed_ms)}`;
  return files && files.problems.length > 0
    ? `${done}. Not every file is as it was: see the job.`
    : `${done}: everything is as it was before the restore.`;
}

/** What was done, and what went wrong with uploaded files and with signing people out. */
function told(text: string, { files, signed_out }: RestoreReport): Said {
  const done = files ? filesDone({ ...files, files: [], written_since: [] }) : '';
  const ended = signed_out && signedOut(signed_out);
  const problems = files?.problems.map(({ message }) => message) ?? [];
  return {
    text: [done ? `${text} ${done}.` : text, ended?.text].filter(Boolean).join(' '),
    problems: ended?.problem ? [...problems, ended.problem] : problems,
  };
}

const ended: Record<Settled, string> = {
  committed: 'The restore whose answer was lost holds: the database has told.',
  rolled_back: 'The restore whose answer was lost never took place: nothing was changed.',
};

/** Errors that say that the plan is not of today any more: then it is made anew. */
const STALE = ['changed_meanwhile', 'not_confirmed', 'schema_changed'];

/** What a review says itself of what was changed. */
function reviewed({ totals, areas, files }: Review): Shown {
  return { totals, findings: [], areas, files };
}

/** Restoring the chosen company from a backup, and the review after it. */
export class Restoring {
  review = $state.raw<Review | null>(null);
  /** Where the safety snapshot of the review lies. */
  safety = $state<SafetyPlace>('here');
  /** Its file, where a person chose it. */
  safetyFile = $state<string | null>(null);
  /** What went wrong with the review: Keep, Revert, or asking about it. */
  reviewError = $state.raw<WireError | null>(null);
  /** Path of the archive to restore; empty where there is none. */
  archive = $state('');
  /** What the person wants put back; null until they say so. */
  wanted = $state<Include | null>(null);
  /** Whether people who belong to the company alone are signed out by the restore. */
  signOut = $state(false);
  /** Uploaded files that an earlier restore has left to do. */
  waitingFiles = $state.raw<WaitingFiles | null>(null);

  activity = $state<Activity>('idle');
  error = $state<WireError | null>(null);
  /** What was just finished, in one sentence. */
  done = $state<string | null>(null);

  /** What the application derives, after a restore or a revert. */
  after = $state.raw<AfterStep[]>([]);

  /** What the dialog shows; null while it is closed. */
  previewOf = $state<Subject | null>(null);
  shown = $state.raw<Shown | null>(null);
  plan = $state.raw<Plan | null>(null);
  writtenSince = $state.raw<string[]>([]);
  /** What is taken back, where that is not a whole backup. */
  picks = $state.raw<Picks | null>(null);
  planError = $state.raw<WireError | null>(null);
  /** Why the plan was made anew, if it was. */
  again = $state.raw<WireError | null>(null);
  /** By which the rows of what is shown are asked for. */
  #open = $state<string | null>(null);

  /** Why uploaded files cannot be put back from the chosen archive; null where they can. */
  readonly filesHeld = $derived.by(() =>
    restoreHeld(
      this.app.usable.find(({ path }) => path === this.archive),
      this.app.filesHeld,
    ),
  );
  /** What is put back: everything that the archive has, unless the person wants less. */
  readonly include = $derived<Include>(
    this.filesHeld ? 'data_only' : (this.wanted ?? 'data_and_files'),
  );
  readonly isBusy = $derived(this.activity !== 'idle');
  readonly isApplying = $derived(this.activity === 'restoring' || this.activity === 'reverting');
  /** The job behind the dialog. */
  readonly tracked = $derived.by(() => {
    const { connection } = this.app;
    if (!connection || !this.#company) return null;
    const kinds: JobKind[] = ['compare', 'restore', 'revert', 'clean'];
    return this.app.jobs.of(connection.id, this.#company, ...kinds)[0] ?? null;
  });
  /** Asks for rows of what the dialog shows; null where only counts are known. */
  readonly ask = $derived.by(() => {
    const open = this.#open;
    if (open === null) return null;
    return (table: string, only: ChangeKind | null, offset: number, limit: number) =>
      this.database.rows(open, table, only, offset, limit);
  });

  /** The company whose state this is. */
  #company = $state<string | null>(null);
  #job: Job<unknown> | null = null;

  constructor(
    private readonly app: App,
    private readonly database: Database,
    private readonly backups: Backups,
  ) {}

  /** Shows a company; what was shown of another one goes. */
  async show(company: string): Promise<void> {
    if (company === this.#company) return;
    this.#company = company;
    this.after = [];
    this.review = null;
    this.waitingFiles = null;
    this.wanted = null;
    this.safetyFile = null;
    this.reviewError = null;
    this.done = null;
    await this.#load();
  }

  /** Finds out whether another computer opened or closed a review; asked again and again. */
  async look(): Promise<void> {
    const company = this.#company;
    if (!company || this.isBusy) return;
    try {
      const open = (await this.database.reviews())[company];
      if (this.isBusy || company !== this.#company) return;
      if (open !== this.review?.id || this.reviewError) {
        await Promise.all([this.#load(), this.backups.reload()]);
      }
    } catch {
      // Nobody asked: what is shown stays, and whoever does something hears of it.
    }
  }

  /** Opens the dialog and finds out what restoring the chosen archive would change. */
  async preview(again: WireError | null = null): Promise<void> {
    const company = this.#begin('planning');
    if (!company) return;
    const { archive, include } = this;
    if (!again) this.signOut = false;
    const found = await this.#compare('restore', again, (on) =>
      this.database.plan(company, archive, include, null, on),
    );
    if (!found) return;
    this.#fill(found.id, found.report, found.report);
    const { verdict, findings } = found.report;
    const today = { verdict, findings, tables_read: 0 };
    this.backups.verdicts[archive] = { archive, today, error: null };
  }

  /** Opens the dialog and finds out what taking back what is picked would change. */
  async takeBack(picks: Picks, again: WireError | null = null): Promise<void> {
    const company = this.#begin('planning');
    if (!company) return;
    this.picks = picks;
    const { archive, selection } = picks;
    const found = await this.#compare('rows', again, (on) =>
      this.database.plan(company, archive, 'data_only', selection, on),
    );
    if (found) this.#fill(found.id, found.report, found.report);
  }

  /** Picks otherwise, and shows what that would change. */
  async pickAgain(change: (picks: Picks) => void): Promise<void> {
    const { picks } = this;
    if (!picks || this.isBusy) return;
    change(picks);
    await this.takeBack(picks);
  }

  /** Opens the dialog and finds out what cleaning would change. */
  async previewClean(again: WireError | null = null): Promise<void> {
    const company = this.#begin('planning');
    if (!company) return;
    const found = await this.#compare('clean', again, (on) => this.database.cleanPlan(company, on));
    if (found) this.#fill(found.id, found.report, found.report);
  }

  /** Opens the dialog on what the restore that waits has changed. */
  async lookAtChanges(): Promise<void> {
    const company = this.#begin('planning');
    const { review, safetyFile } = this;
    if (!company || !review) return;
    if (review.is_cleaning || review.is_selection) {
      // No second archive tells which rows were written: what was done is what the review says.
      this.previewOf = 'review';
      this.shown = reviewed(review);
      this.activity = 'idle';
      return;
    }
    const found = await this.#compare('review', null, (on) =>
      this.database.reviewChanges(company, safetyFile, on),
    );
    if (found) {
      this.#fill(found.id, found.report, null);
    } else if (this.planError?.code === 'no_such_archive') {
      // The archives lie elsewhere: what the database knows is how many rows, and where.
      this.planError = null;
      this.shown = reviewed(review);
    }
  }

  /** Closes the dialog, stopping the comparison if it still runs. */
  closePreview(): void {
    if (this.isApplying) return;
    if (this.activity === 'planning') this.#job?.cancel();
    this.previewOf = null;
    this.#empty();
  }

  /** Asks what is being written to stop. */
  stop(): void {
    this.tracked?.cancel();
  }

  /** Compares again, after that failed. */
  async retry(): Promise<void> {
    if (this.previewOf === 'review') await this.lookAtChanges();
    else await this.#previewAgain(null);
  }

  /** Does what the dialog shows. */
  async apply(): Promise<void> {
    const plan = this.plan;
    const isRevert = this.previewOf === 'revert';
    const company = plan && this.#begin(isRevert ? 'reverting' : 'restoring');
    if (!company) return;
    this.planError = null;
    const end = await this.#write(company, plan.digest);
    if (end.event === 'failed' && end.data.code !== 'outcome_unknown') {
      this.activity = 'idle';
      if (!STALE.includes(end.data.code)) this.planError = end.data;
      else await this.#previewAgain(end.data);
      return;
    }
    this.previewOf = null;
    this.#empty();
    await this.#settle(end, isRevert ? reverted(end) : null);
  }

  async #previewAgain(why: WireError | null): Promise<void> {
    if (this.previewOf === 'revert') await this.#previewRevert(why);
    else if (this.previewOf === 'clean') await this.previewClean(why);
    else if (this.previewOf === 'rows' && this.picks) await this.takeBack(this.picks, why);
    else await this.preview(why);
  }

  /** Writes what the dialog shows, with that consent. */
  async #write(company: string, consent: string): Promise<Ended<RestoreReport>> {
    const { database, archive, include, safetyFile, picks, signOut } = this;
    if (this.previewOf === 'revert') {
      const { end } = await this.#run(
        'revert',
        (on) => database.revert(company, consent, safetyFile, on),
        (report) => told(REVERTED, report),
      );
      return end;
    }
    if (this.previewOf === 'rows' && picks) {
      const { archive: path, selection } = picks;
      const { end } = await this.#run(
        'restore',
        (on) => database.restore(company, path, 'data_only', selection, false, consent, on),
        (report) => told('Taken back.', report),
      );
      return end;
    }
    if (this.previewOf !== 'clean') {
      const { end } = await this.#run(
        'restore',
        (on) => database.restore(company, archive, include, null, signOut, consent, on),
        (report) => told('Restored.', report),
      );
      return end;
    }
    const { end } = await this.#run(
      'clean',
      (on) => database.clean(company, consent, on),
      () => 'Cleaned.',
    );
    if (end.event !== 'completed') return end;
    this.backups.cleaned(end.data.left);
    return { event: 'completed', data: end.data.restored };
  }

  /** Puts uploaded files in their place that an earlier restore has left to do. */
  async finishFiles(): Promise<void> {
    const { connection, company } = this.app;
    const of = this.#begin('asking');
    if (!of) return;
    const end = await this.app.jobs.run(
      { kind: 'finish_files', connection: connection?.id ?? '', company, title: '' },
      (on) => this.database.finishFiles(of, on),
      (problems): Said => ({
        text: 'The files are in their place.',
        problems: problems.map(({ message }) => message),
      }),
    );
    await this.#load();
    if (end.event === 'completed') this.done = 'The files are in their place.';
    if (end.event === 'failed') this.#fail(end.data);
    this.activity = 'idle';
  }

  /** Says what went wrong; where keys of the storage are why, they can be typed. */
  #fail(error: WireError): void {
    this.app.noteStorage(error);
    this.reviewError = error;
  }

  async keep(): Promise<void> {
    await this.#close((company) => this.database.keep(company));
  }

  /** Keeps what can never be reverted, since its safety snapshot is gone for good. */
  async keepWithoutSafety(): Promise<void> {
    await this.#close((company) => this.database.keepWithoutSafety(company));
  }

  /** Asks for the file of the safety snapshot, and reverts with it. */
  async revertFromFile(): Promise<void> {
    if (!this.#begin('asking')) return;
    await this.#attempt(async () => {
      this.safetyFile = await this.database.chooseSafety();
    });
    if (this.safetyFile) await this.revert();
  }

  /** Takes the restore back at once, or shows first what others have written since. */
  async revert(): Promise<void> {
    const company = this.#begin('reverting');
    if (!company) return;
    const { safetyFile } = this;
    const { end } = await this.#run(
      'revert',
      (on) => this.database.revert(company, null, safetyFile, on),
      (report) => told(REVERTED, report),
    );
    if (end.event === 'failed' && end.data.code === 'not_confirmed') {
      this.activity = 'idle';
      await this.#previewRevert(null);
      return;
    }
    // A file that is another one is not tried again.
    if (end.event === 'failed' && end.data.code === 'archive_damaged') this.safetyFile = null;
    await this.#settle(end, reverted(end));
  }

  /** Brings up to date again what the application derives. */
  async repeatAfter(): Promise<void> {
    const company = this.#begin('asking');
    if (!company) return;
    await this.#attempt(async () => {
      this.after = await this.database.repeatAfterSteps(company);
    });
  }

  async damage(): Promise<void> {
    if (!this.#begin('asking')) return;
    await this.#attempt(async () => {
      await this.database.damage();
      await this.backups.reload();
      this.done = 'Some of this company’s data is broken now. See what a restore would change.';
    });
  }

  async #previewRevert(again: WireError | null): Promise<void> {
    const company = this.#begin('planning');
    if (!company) return;
    const { safetyFile } = this;
    const found = await this.#compare('revert', again, (on) =>
      this.database.revertPlan(company, safetyFile, on),
    );
    if (!found) return;
    this.writtenSince = found.report.written_since;
    this.#fill(found.id, found.report.plan, found.report.plan);
  }

  async #close(work: (company: string) => Promise<null>): Promise<void> {
    const company = this.#begin('asking');
    if (!company) return;
    try {
      await work(company);
      this.done = 'Kept. The state from before the restore stays in the list.';
      this.safetyFile = null;
    } catch (error) {
      this.reviewError = error as WireError;
    }
    const failure = this.reviewError;
    await this.#load();
    this.reviewError = failure ?? this.reviewError;
    this.activity = 'idle';
  }

  #fill(id: string, shown: Shown, plan: Plan | null): void {
    this.#open = id;
    this.shown = shown;
    this.plan = plan;
  }

  /** Forgets what the dialog shows; the program lets go of it. */
  #empty(): void {
    const open = this.#open;
    this.#open = null;
    this.shown = null;
    this.plan = null;
    this.writtenSince = [];
    this.planError = null;
    this.again = null;
    // What is closed already, with the program or by it, need not be closed again.
    if (open !== null) this.database.closePlan(open).catch(() => undefined);
  }

  /** Opens the dialog and fills it; what was found out, unless that failed or was stopped. */
  async #compare<Report>(
    of: Subject,
    again: WireError | null,
    begin: (on: OnEvent) => Job<Report>,
  ): Promise<Found<Report> | null> {
    this.#empty();
    this.previewOf = of;
    this.again = again;
    const { id, end } = await this.#run('compare', begin);
    this.activity = 'idle';
    if (end.event === 'failed') {
      this.app.noteStorage(end.data);
      this.planError = end.data;
    }
    if (end.event === 'cancelled') this.previewOf = null;
    if (end.event !== 'completed') return null;
    if (this.previewOf === of) return { id, report: end.data };
    // It was closed before it was there.
    this.database.closePlan(id).catch(() => undefined);
    return null;
  }

  /** The chosen company, once nothing else goes on. */
  #begin(activity: Activity): string | null {
    if (this.isBusy || !this.#company) return null;
    this.activity = activity;
    this.error = null;
    this.reviewError = null;
    this.done = null;
    return this.#company;
  }

  async #run<Report>(
    kind: JobKind,
    begin: (on: OnEvent) => Job<Report>,
    say: (report: Report) => string | Said = () => '',
  ): Promise<{ id: string; end: Ended<Report> }> {
    const { connection, company, archives } = this.app;
    const source = this.previewOf === 'rows' ? this.picks?.archive : this.archive;
    const entry = archives.find(({ path }) => path === source);
    const title = kind === 'clean' ? '' : (entry?.label ?? 'Backup');
    let id = '';
    const end = await this.app.jobs.run(
      { kind, connection: connection?.id ?? '', company, title },
      (on) => {
        const job = begin(on);
        id = job.id;
        this.#job = job;
        return job;
      },
      say,
    );
    this.#job = null;
    return { id, end };
  }

  /** Shows what the company looks like after a job, and then how that ended. */
  async #settle(end: Ended<RestoreReport>, said: string | null): Promise<void> {
    const isUnknown = end.event === 'failed' && end.data.code === 'outcome_unknown';
    await Promise.all([this.#load(), this.backups.reload()]);
    // Asking about the review tells how a restore ended whose answer was lost.
    if (end.event === 'failed') this.app.noteStorage(end.data);
    if (end.event === 'failed' && !(isUnknown && this.done)) this.reviewError ??= end.data;
    if (end.event === 'completed') this.after = end.data.after;
    if (end.event === 'cancelled') this.done = 'Stopped; nothing was changed.';
    this.done = said ?? this.done;
    this.activity = 'idle';
  }

  /** Asks about the review. */
  async #load(): Promise<void> {
    const company = this.#company;
    if (!company) return;
    try {
      this.reviewError = null;
      const [status, after] = await Promise.all([
        this.database.review(company),
        this.database.afterSteps(),
      ]);
      if (company !== this.#company) return;
      if (status.open?.id !== this.review?.id) this.safetyFile = null;
      this.review = status.open;
      this.waitingFiles = status.waiting_files;
      this.safety = status.safety ?? 'here';
      const [settled] = status.settled;
      if (settled) this.done = ended[settled];
      if (status.signed_out) {
        const { text, problem } = signedOut(status.signed_out);
        this.done = `The restore that was cut off had left people signed in. ${problem ?? text}`;
      }
      // What is to be looked after is known after a restart, too; what failed is known until then.
      if (status.open && this.after.length === 0) this.after = after;
    } catch (error) {
      if (company === this.#company) this.reviewError = error as WireError;
    }
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      this.error = null;
      await work();
    } catch (error) {
      this.error = error as WireError;
    }
    this.activity = 'idle';
  }
}
