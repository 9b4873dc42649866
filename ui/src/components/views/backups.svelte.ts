import type {
  AfterStep,
  ArchiveEntry,
  Backend,
  Company,
  Connection,
  Contents,
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

/** What goes on: one thing at a time. */
type Activity =
  'idle' | 'connecting' | 'creating' | 'planning' | 'restoring' | 'reverting' | 'asking';

function newest(archives: readonly ArchiveEntry[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { company, kind, made_at } of archives) {
    if (company && made_at && kind !== 'safety') found[company.id] ??= made_at;
  }
  return found;
}

function reverted(end: Ended<RestoreReport>): string | null {
  if (end.event !== 'completed') return null;
  const { totals, elapsed_ms } = end.data;
  const rows = plural(totals.changed + totals.added + totals.removed, 'row');
  return `Reverted ${rows} in ${duration(elapsed_ms)}: everything is as it was before the restore.`;
}

/** The state of the Backups screen: one company, its backups, and what is being done. */
export class BackupsScreen {
  connection = $state<Connection | null>(null);
  companies = $state<Company[]>([]);
  chosen = $state<string | null>(null);
  contents = $state<Contents | null>(null);
  /** All archives on this computer, newest first. */
  archives = $state<ArchiveEntry[]>([]);
  review = $state<Review | null>(null);
  /** Path of the archive to restore; empty where there is none. */
  archive = $state('');
  /** Verdicts found out since the company's data last changed, by archive. */
  known = $state<Record<string, Verdict>>({});

  activity = $state<Activity>('connecting');
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

  readonly company = $derived(this.companies.find((company) => company.id === this.chosen) ?? null);
  /** The company's archives, and those that cannot be read, whose company is not known. */
  readonly listed = $derived(
    this.archives.filter((entry) => (entry.company?.id ?? this.chosen) === this.chosen),
  );
  /** Those of them that can be restored from. */
  readonly usable = $derived(this.listed.filter((entry) => entry.problem === null));
  /** When the newest backup of each company was made. */
  readonly backedUpAt = $derived(newest(this.archives));
  readonly isBusy = $derived(this.activity !== 'idle');

  readonly #backend: Backend;
  #job: Job<unknown> | null = null;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  async connect(): Promise<void> {
    this.activity = 'connecting';
    await this.#attempt(async () => {
      this.connection = await this.#backend.connect();
      this.companies = await this.#backend.companies();
      const first = this.companies[0];
      if (first) await this.#load(first.id);
    });
  }

  async choose(company: string): Promise<void> {
    if (company === this.chosen) return;
    this.activity = 'asking';
    this.done = null;
    await this.#attempt(() => this.#load(company));
  }

  async create(label: string | null): Promise<void> {
    const company = this.#begin('creating');
    if (!company) return;
    this.creatingLabel = label;
    const end = await this.#run(this.#backend.create(company, label, this.#hear));
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
    const plan = await this.#compare('restore', this.#backend.plan(company, archive, this.#hear));
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
      ? this.#backend.revert(company, plan.digest, this.#hear)
      : this.#backend.restore(company, this.archive, plan.digest, this.#hear);
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
      await this.#backend.keep(company);
      await this.#load(company);
      this.done = 'Kept. The state from before the restore stays in the list.';
    });
  }

  /** Takes the restore back at once, or shows first what others have written since. */
  async revert(): Promise<void> {
    const company = this.#begin('reverting');
    if (!company) return;
    const end = await this.#run(this.#backend.revert(company, null, this.#hear));
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
      await this.#backend.damage();
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
    const job = this.#backend.revertPlan(company, this.#hear);
    const plan = (end: Ended<RevertPlan>): Ended<Plan> =>
      end.event === 'completed' ? { ...end, data: end.data.plan } : end;
    return { ...job, end: job.end.then(plan) };
  }

  #noteAfter(end: Ended<RestoreReport>): void {
    if (end.event === 'completed') this.after = end.data.after;
  }

  /** The chosen company, once nothing else goes on. */
  #begin(activity: Activity): string | null {
    if (this.isBusy || !this.chosen) return null;
    this.activity = activity;
    this.error = null;
    this.done = null;
    this.progress = null;
    return this.chosen;
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
      if (this.chosen) await this.#load(this.chosen);
      this.done = end.event === 'cancelled' ? 'Stopped; nothing was changed.' : said;
    });
    this.error = failure ?? this.error;
  }

  async #load(company: string): Promise<void> {
    const isOther = company !== this.chosen;
    if (isOther) {
      this.contents = null;
      this.after = [];
      this.review = null;
      this.known = {};
    }
    this.chosen = company;
    const [contents, archives, review, companies] = await Promise.all([
      this.#backend.contents(company),
      this.#backend.archives(),
      this.#backend.review(company),
      this.#backend.companies(),
    ]);
    this.contents = contents;
    this.archives = archives;
    this.review = review.open;
    this.companies = companies;
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
