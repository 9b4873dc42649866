import type {
  AfterStep,
  Contents,
  Database,
  Ended,
  Job,
  JobEvent,
  Plan,
  Progress,
  RestoreReport,
  RevertPlan,
  Review,
  Verdict,
  WireError,
} from '../../lib/backend/backend';
import { bytes, duration, plural } from '../../lib/format';
import type { App } from './app.svelte';

/** What goes on: one thing at a time. */
type Activity = 'idle' | 'creating' | 'planning' | 'restoring' | 'reverting' | 'asking';

function reverted(end: Ended<RestoreReport>): string | null {
  if (end.event !== 'completed') return null;
  const { totals, elapsed_ms } = end.data;
  const rows = plural(totals.changed + totals.added + totals.removed, 'row');
  return `Reverted ${rows} in ${duration(elapsed_ms)}: everything is as it was before the restore.`;
}

/** The state of the Backups screen: one company, its backups, and what is being done. */
export class BackupsScreen {
  contents = $state<Contents | null>(null);
  review = $state<Review | null>(null);
  /** Path of the archive to restore; empty where there is none. */
  archive = $state('');
  /** Verdicts found out since the company's data last changed, by archive. */
  known = $state<Record<string, Verdict>>({});

  activity = $state<Activity>('idle');
  progress = $state<Progress | null>(null);
  /** Label of the backup that is being made. */
  creatingLabel = $state<string | null>(null);
  error = $state<WireError | null>(null);
  /** What was just finished, in one sentence. */
  done = $state<string | null>(null);

  /** What the application derives after the last restore or revert of this session. */
  after = $state<AfterStep[]>([]);

  /** What the dialog shows; null while it is closed. */
  previewOf = $state<'restore' | 'revert' | null>(null);
  plan = $state<Plan | null>(null);
  planError = $state<WireError | null>(null);

  /** The company's archives, and those that cannot be read, whose company is not known. */
  readonly listed = $derived.by(() =>
    this.app.archives.filter((entry) => !entry.company || entry.company.id === this.#company),
  );
  /** Those of them that can be restored from. */
  readonly usable = $derived(this.listed.filter((entry) => entry.problem === null));
  readonly isBusy = $derived(this.activity !== 'idle');

  /** The company whose state this is. */
  #company = $state<string | null>(null);
  #job: Job<unknown> | null = null;

  constructor(
    private readonly app: App,
    private readonly database: Database,
  ) {}

  /** Shows a company; what was shown of another one goes. */
  async show(company: string): Promise<void> {
    if (company === this.#company) return;
    this.activity = 'asking';
    this.done = null;
    await this.#attempt(() => this.#load(company));
  }

  async create(label: string | null): Promise<void> {
    const company = this.#begin('creating');
    if (!company) return;
    this.creatingLabel = label;
    const end = await this.#run(this.database.create(company, label, this.#hear));
    let said: string | null = null;
    if (end.event === 'completed') {
      const { path, row_count, size_bytes, elapsed_ms } = end.data;
      this.archive = path;
      said = `Backed up ${plural(row_count, 'row')} in ${duration(elapsed_ms)}: ${bytes(size_bytes)}.`;
    }
    await this.#settle(end, said);
  }

  /** Opens the dialog and finds out what restoring the chosen archive would change. */
  async preview(): Promise<void> {
    const company = this.#begin('planning');
    if (!company) return;
    const archive = this.archive;
    const plan = await this.#compare('restore', this.database.plan(company, archive, this.#hear));
    if (plan) this.known[archive] = plan.verdict;
  }

  /** Closes the dialog, stopping the comparison if it still runs. */
  closePreview(): void {
    if (this.activity === 'restoring' || this.activity === 'reverting') return;
    this.cancel();
    this.previewOf = null;
  }

  /** Does what the dialog shows. */
  async apply(): Promise<void> {
    const plan = this.plan;
    const isRevert = this.previewOf === 'revert';
    const company = plan && this.#begin(isRevert ? 'reverting' : 'restoring');
    if (!company) return;
    this.planError = null;
    const job = isRevert
      ? this.database.revert(company, plan.digest, this.#hear)
      : this.database.restore(company, this.archive, plan.digest, this.#hear);
    const end = await this.#run(job);
    if (end.event === 'failed') {
      this.planError = end.data;
      this.activity = 'idle';
      return;
    }
    this.previewOf = null;
    this.known = {};
    this.#noteAfter(end);
    await this.#settle(end, isRevert ? reverted(end) : null);
  }

  async keep(): Promise<void> {
    const company = this.#begin('asking');
    if (!company) return;
    await this.#attempt(async () => {
      await this.database.keep(company);
      await this.#load(company);
      this.done = 'Kept. The state from before the restore stays in the list.';
    });
  }

  /** Takes the restore back at once, or shows first what others have written since. */
  async revert(): Promise<void> {
    const company = this.#begin('reverting');
    if (!company) return;
    const end = await this.#run(this.database.revert(company, null, this.#hear));
    if (end.event === 'failed' && end.data.code === 'not_confirmed') {
      await this.#compare('revert', this.#revertPlan(company));
      return;
    }
    this.known = {};
    this.#noteAfter(end);
    await this.#settle(end, reverted(end));
  }

  async damage(): Promise<void> {
    const company = this.#begin('asking');
    if (!company) return;
    await this.#attempt(async () => {
      await this.database.damage();
      this.known = {};
      await this.#load(company);
      this.done = 'Some of this company’s data is broken now. See what a restore would change.';
    });
  }

  cancel(): void {
    this.#job?.cancel();
  }

  /** Fills the dialog; what was found out, unless it failed or was stopped. */
  async #compare(of: 'restore' | 'revert', job: Job<Plan>): Promise<Plan | null> {
    this.activity = 'planning';
    this.previewOf = of;
    this.plan = null;
    this.planError = null;
    const end = await this.#run(job);
    this.activity = 'idle';
    if (end.event === 'completed') this.plan = end.data;
    else if (end.event === 'failed') this.planError = end.data;
    else this.previewOf = null;
    return this.plan;
  }

  #revertPlan(company: string): Job<Plan> {
    const job = this.database.revertPlan(company, this.#hear);
    const plan = (end: Ended<RevertPlan>): Ended<Plan> =>
      end.event === 'completed' ? { ...end, data: end.data.plan } : end;
    return { ...job, end: job.end.then(plan) };
  }

  #noteAfter(end: Ended<RestoreReport>): void {
    if (end.event === 'completed') this.after = end.data.after;
  }

  /** The chosen company, once nothing else goes on. */
  #begin(activity: Activity): string | null {
    if (this.isBusy || !this.#company) return null;
    this.activity = activity;
    this.error = null;
    this.done = null;
    this.progress = null;
    return this.#company;
  }

  readonly #hear = (event: JobEvent<unknown>): void => {
    if (event.event !== 'progress') return;
    const { phase } = event.data;
    this.progress = { ...event.data, phase: phase.charAt(0).toUpperCase() + phase.slice(1) };
  };

  async #run<Report>(job: Job<Report>): Promise<Ended<Report>> {
    this.#job = job;
    const end = await job.end;
    this.#job = null;
    this.progress = null;
    return end;
  }

  /** Shows what the company looks like after a job, and then how that ended. */
  async #settle(end: Ended<unknown>, said: string | null): Promise<void> {
    const failure = end.event === 'failed' ? end.data : null;
    await this.#attempt(async () => {
      if (this.#company) await this.#load(this.#company);
      this.done = end.event === 'cancelled' ? 'Stopped; nothing was changed.' : said;
    });
    this.error = failure ?? this.error;
  }

  async #load(company: string): Promise<void> {
    if (company !== this.#company) {
      this.contents = null;
      this.after = [];
      this.review = null;
      this.known = {};
    }
    this.#company = company;
    const [contents, review] = await Promise.all([
      this.database.contents(company),
      this.database.review(company),
      this.app.refresh(),
    ]);
    this.contents = contents;
    this.review = review.open;
    if (!this.usable.some((entry) => entry.path === this.archive)) {
      this.archive = this.usable[0]?.path ?? '';
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
