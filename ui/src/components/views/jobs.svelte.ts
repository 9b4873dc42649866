import type {
  Company,
  Ended,
  Job,
  JobEvent,
  JobKind,
  OnEvent,
  Progress,
  Warning,
} from '../../lib/backend/backend';
import { jobNouns, jobSubject } from '../../lib/jobs';
import { Pace } from '../../lib/pace';

/** A job that took longer has a person look elsewhere meanwhile: its end is told on the desktop as well. */
const LONG_MS = 10_000;

/** What a job is about. */
export interface Task {
  readonly kind: JobKind;
  /** Id of the connection that it works on. */
  readonly connection: string;
  /** Null where it is about no company, or which one is not known yet. */
  readonly company: Pick<Company, 'id' | 'name'> | null;
  /** What the backup is called. */
  readonly title: string;
}

/** What a report means, with what is to be looked after. */
export interface Said {
  readonly text: string;
  readonly problems: readonly string[];
}

/** A job of this session, from its start on. */
export class TrackedJob {
  progress = $state.raw<Progress | null>(null);
  /** Rows or bytes that it does in a second in this phase; null until that can be told. */
  perSecond = $state<number | null>(null);
  /** What its present phase still takes; null while that is not known. */
  leftMs = $state<number | null>(null);
  warnings = $state.raw<readonly Warning[]>([]);
  /** How it ended; null while it runs. */
  end = $state.raw<Ended<unknown> | null>(null);
  /** What it did, in one sentence; null where it did not do it. */
  said = $state<string | null>(null);
  /** What it did not do, or did not find as it should be, each in one sentence. */
  problems = $state.raw<readonly string[]>([]);
  isStopping = $state(false);

  /** In milliseconds since 1970. */
  readonly beganAt = Date.now();
  readonly isRunning = $derived(this.end === null);
  #pace = new Pace();
  #job: Job<unknown> | null = null;

  constructor(
    readonly number: number,
    readonly task: Task,
  ) {}

  /** Asks it to stop; its end says whether it did. */
  cancel(): void {
    if (this.end !== null) return;
    this.isStopping = true;
    this.#job?.cancel();
  }

  /** Runs it to its end; `say` tells what a report means. */
  async follow<Report>(
    begin: (on: OnEvent) => Job<Report>,
    say: (report: Report) => string | Said,
  ): Promise<Ended<Report>> {
    const job = begin(this.#hear);
    this.#job = job;
    const end = await job.end;
    if (end.event === 'completed') {
      const said = say(end.data);
      const { text, problems } = typeof said === 'string' ? { text: said, problems: [] } : said;
      this.said = text;
      this.problems = problems;
    }
    this.leftMs = null;
    this.end = end;
    return end;
  }

  readonly #hear = (event: JobEvent<unknown>): void => {
    if (event.event === 'warning') this.warnings = [...this.warnings, event.data];
    if (event.event !== 'progress') return;
    this.progress = event.data;
    const { phase, done, total } = event.data;
    this.#pace.note(phase, done, performance.now());
    this.perSecond = this.#pace.perSecond;
    this.leftMs = total === null ? null : this.#pace.leftMs(total);
  };
}

/** Whether what one job said is of no use once the other has begun: it is the same again. */
function isSuperseded(old: TrackedJob, next: TrackedJob): boolean {
  return (
    old.task.kind === next.task.kind &&
    old.task.connection === next.task.connection &&
    old.task.company?.id === next.task.company?.id &&
    old.task.title === next.task.title
  );
}

/** The jobs of this session in all companies: those that run, and those that have ended. */
export class Jobs {
  /** Newest first. */
  all = $state<TrackedJob[]>([]);
  readonly running = $derived(this.all.filter((job) => job.isRunning));
  /** Those that a person is told of: what a comparison or an examination has found is shown elsewhere. */
  readonly told = $derived(
    this.all.filter((job) => job.isRunning || !['compare', 'examine'].includes(job.task.kind)),
  );
  #count = 0;

  /** `notify` tells the person who looks elsewhere. */
  constructor(readonly notify: (title: string, body: string) => void) {}

  /** Runs a job to its end; others may run meanwhile. `say` tells what its report means. */
  async run<Report>(
    task: Task,
    begin: (on: OnEvent) => Job<Report>,
    say: (report: Report) => string | Said,
  ): Promise<Ended<Report>> {
    this.#count += 1;
    const job = new TrackedJob(this.#count, task);
    this.all = [job, ...this.all.filter((other) => other.isRunning || !isSuperseded(other, job))];
    const end = await job.follow(begin, say);
    if (Date.now() - job.beganAt >= LONG_MS) this.#tell(job);
    return end;
  }

  /** Who has stopped a job knows of its end already. */
  #tell({ task, end, said }: TrackedJob): void {
    if (end === null || end.event === 'cancelled') return;
    const failed = end.event === 'failed';
    this.notify(
      `${jobNouns[task.kind]} ${failed ? 'failed' : 'done'}: ${jobSubject(task)}`,
      failed ? end.data.message : (said ?? ''),
    );
  }

  /** Takes a job that has ended from the list. */
  dismiss(number: number): void {
    this.all = this.all.filter((job) => job.isRunning || job.number !== number);
  }

  /** Takes all that have ended from the list. */
  clear(): void {
    this.all = this.running;
  }

  /** The jobs of that kind that run on a company. */
  of(connection: string, company: string, ...kinds: JobKind[]): TrackedJob[] {
    return this.running.filter(
      ({ task }) =>
        task.connection === connection && task.company?.id === company && kinds.includes(task.kind),
    );
  }

  /** Whether a company is being written: until that has ended, nothing else begins on it. */
  holds(connection: string, company: string): boolean {
    return this.of(connection, company, 'restore', 'revert', 'clean', 'finish_files').length > 0;
  }
}
