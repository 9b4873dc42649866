import type {
  AfterStep,
  Database,
  Ended,
  Job,
  OnEvent,
  Plan,
  RestoreReport,
  RevertPlan,
  Review,
  WireError,
} from '../../lib/backend/backend';
import { duration, plural } from '../../lib/format';
import type { App } from './app.svelte';
import type { Backups } from './backups.svelte';
import type { JobKind } from './jobs.svelte';

/** What goes on: one thing at a time. */
type Activity = 'idle' | 'planning' | 'restoring' | 'reverting' | 'asking';

function reverted(end: Ended<RestoreReport>): string | null {
  if (end.event !== 'completed') return null;
  const { totals, elapsed_ms } = end.data;
  const rows = plural(totals.changed + totals.added + totals.removed, 'row');
  return `Reverted ${rows} in ${duration(elapsed_ms)}: everything is as it was before the restore.`;
}

/** Restoring the chosen company from a backup, and the review after it. */
export class Restoring {
  review = $state.raw<Review | null>(null);
  /** Path of the archive to restore; empty where there is none. */
  archive = $state('');

  activity = $state<Activity>('idle');
  error = $state<WireError | null>(null);
  /** What was just finished, in one sentence. */
  done = $state<string | null>(null);

  /** What the application derives after the last restore or revert of this session. */
  after = $state.raw<AfterStep[]>([]);

  /** What the dialog shows; null while it is closed. */
  previewOf = $state<'restore' | 'revert' | null>(null);
  plan = $state.raw<Plan | null>(null);
  planError = $state<WireError | null>(null);

  readonly isBusy = $derived(this.activity !== 'idle');
  /** How far the job behind the dialog is. */
  readonly progress = $derived.by(() => {
    const { connection } = this.app;
    if (!connection || !this.#company) return null;
    const kinds: JobKind[] = ['compare', 'restore', 'revert'];
    return this.app.jobs.of(connection.id, this.#company, ...kinds)[0]?.progress ?? null;
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
    this.done = null;
    await this.#attempt(() => this.#load());
  }

  /** Opens the dialog and finds out what restoring the chosen archive would change. */
  async preview(): Promise<void> {
    const company = this.#begin('planning');
    if (!company) return;
    const archive = this.archive;
    const plan = await this.#compare('restore', (on) => this.database.plan(company, archive, on));
    if (plan) this.backups.verdicts[archive] = plan.verdict;
  }

  /** Closes the dialog, stopping the comparison if it still runs. */
  closePreview(): void {
    if (this.activity === 'restoring' || this.activity === 'reverting') return;
    this.#job?.cancel();
    this.previewOf = null;
  }

  /** Does what the dialog shows. */
  async apply(): Promise<void> {
    const plan = this.plan;
    const isRevert = this.previewOf === 'revert';
    const company = plan && this.#begin(isRevert ? 'reverting' : 'restoring');
    if (!company) return;
    this.planError = null;
    const { archive } = this;
    const end = isRevert
      ? await this.#run('revert', (on) => this.database.revert(company, plan.digest, on))
      : await this.#run('restore', (on) =>
          this.database.restore(company, archive, plan.digest, on),
        );
    if (end.event === 'failed') {
      this.planError = end.data;
      this.activity = 'idle';
      return;
    }
    this.previewOf = null;
    await this.#settle(end, isRevert ? reverted(end) : null);
  }

  async keep(): Promise<void> {
    const company = this.#begin('asking');
    if (!company) return;
    await this.#attempt(async () => {
      await this.database.keep(company);
      await this.#load();
      this.done = 'Kept. The state from before the restore stays in the list.';
    });
  }

  /** Takes the restore back at once, or shows first what others have written since. */
  async revert(): Promise<void> {
    const company = this.#begin('reverting');
    if (!company) return;
    const end = await this.#run('revert', (on) => this.database.revert(company, null, on));
    if (end.event === 'failed' && end.data.code === 'not_confirmed') {
      await this.#compare('revert', (on) => this.#revertPlan(company, on));
      return;
    }
    await this.#settle(end, reverted(end));
  }

  async damage(): Promise<void> {
    if (!this.#begin('asking')) return;
    await this.#attempt(async () => {
      await this.database.damage();
      await this.backups.reload();
      this.done = 'Some of this company’s data is broken now. See what a restore would change.';
    });
  }

  /** Fills the dialog; what was found out, unless it failed or was stopped. */
  async #compare(
    of: 'restore' | 'revert',
    begin: (on: OnEvent) => Job<Plan>,
  ): Promise<Plan | null> {
    this.activity = 'planning';
    this.previewOf = of;
    this.plan = null;
    this.planError = null;
    const end = await this.#run('compare', begin);
    this.activity = 'idle';
    if (end.event === 'completed') this.plan = end.data;
    else if (end.event === 'failed') this.planError = end.data;
    else this.previewOf = null;
    return this.plan;
  }

  #revertPlan(company: string, on: OnEvent): Job<Plan> {
    const job = this.database.revertPlan(company, on);
    const plan = (end: Ended<RevertPlan>): Ended<Plan> =>
      end.event === 'completed' ? { ...end, data: end.data.plan } : end;
    return { ...job, end: job.end.then(plan) };
  }

  /** The chosen company, once nothing else goes on. */
  #begin(activity: Activity): string | null {
    if (this.isBusy || !this.#company) return null;
    this.activity = activity;
    this.error = null;
    this.done = null;
    return this.#company;
  }

  async #run<Report>(kind: JobKind, begin: (on: OnEvent) => Job<Report>): Promise<Ended<Report>> {
    const { connection, company, archives } = this.app;
    const entry = archives.find(({ path }) => path === this.archive);
    const end = await this.app.jobs.run(
      {
        kind,
        connection: connection?.id ?? '',
        company: company ?? { id: '', name: '', group: null, alone_in_group: true },
        title: entry?.label ?? 'Backup',
      },
      (on) => {
        const job = begin(on);
        this.#job = job;
        return job;
      },
    );
    this.#job = null;
    return end;
  }

  /** Shows what the company looks like after a job, and then how that ended. */
  async #settle(end: Ended<RestoreReport>, said: string | null): Promise<void> {
    if (end.event === 'completed') this.after = end.data.after;
    const failure = end.event === 'failed' ? end.data : null;
    await this.#attempt(async () => {
      await Promise.all([this.#load(), this.backups.reload()]);
      this.done = end.event === 'cancelled' ? 'Stopped; nothing was changed.' : said;
    });
    this.error = failure ?? this.error;
  }

  async #load(): Promise<void> {
    const company = this.#company;
    if (!company) return;
    const review = await this.database.review(company);
    if (company === this.#company) this.review = review.open;
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
