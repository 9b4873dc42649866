import type {
  Contents,
  CorruptedRows,
  CreateReport,
  Database,
  DoctorReport,
  Include,
  JudgedArchive,
  WireError,
} from '../../lib/backend/backend';
import { bytes, duration, plural } from '../../lib/format';
import type { App } from './app.svelte';
import type { Said } from './jobs.svelte';

function made(report: CreateReport): Said {
  const { row_count, file_count, elapsed_ms, size_bytes, skipped_rows, problems } = report;
  const skipped = skipped_rows.reduce((sum, { row_count }) => sum + row_count, 0);
  const without = skipped > 0 ? ` ${plural(skipped, 'row')} could not be carried.` : '';
  const files = file_count === null ? '' : ` and ${plural(file_count, 'file')}`;
  return {
    text: `Backed up ${plural(row_count, 'row')}${files} in ${duration(elapsed_ms)}: ${bytes(size_bytes)}.${without}`,
    problems: problems.map(({ message }) => message),
  };
}

/** Archives that are judged with one reading of the schema. */
const JUDGED_AT_ONCE = 10;

/** The chosen company's backups: what they would hold now, which there are, and making one. */
export class Backups {
  contents = $state.raw<Contents | null>(null);
  /** When the contents were counted, in milliseconds since 1970. */
  countedAt = $state<number | null>(null);
  /** How it stands with archives against today's schema, by path, as far as that was found out. */
  verdicts = $state<Record<string, JudgedArchive>>({});
  error = $state.raw<WireError | null>(null);
  /** Why the last backup was refused for rows that refer to another company's; null where it was not. */
  crossing = $state.raw<WireError | null>(null);
  /** What is wrong with the company's rows, once that was looked for. */
  examined = $state.raw<DoctorReport | null>(null);
  /** Why that could not be found out. */
  examineError = $state.raw<WireError | null>(null);
  /** How long the last good backup took, where it was made here. */
  #elapsedMs = $state<number | null>(null);

  /** Backups of this company that are being made, newest first. */
  readonly creating = $derived.by(() => {
    const { connection, jobs } = this.app;
    return connection && this.#company ? jobs.of(connection.id, this.#company, 'create') : [];
  });
  /** The job that looks for what is wrong. */
  readonly examining = $derived.by(() => {
    const { connection, jobs } = this.app;
    if (!connection || !this.#company) return null;
    return jobs.of(connection.id, this.#company, 'examine')[0] ?? null;
  });
  /** Why no backup can begin now; null where one can. */
  readonly held = $derived.by(() => {
    const { connection, jobs } = this.app;
    return connection && this.#company && jobs.holds(connection.id, this.#company)
      ? 'The company is being written'
      : null;
  });
  /** The newest backup that can be read and was not taken by a restore. */
  readonly last = $derived.by(() => this.app.here.find((entry) => entry.kind !== 'safety') ?? null);
  /** What the next backup will take, by what the last one did; null where there is none. */
  readonly estimate = $derived.by(() => {
    const rows = this.contents?.row_count;
    if (!this.last?.row_count || rows === undefined) return null;
    const share = rows / this.last.row_count;
    return {
      sizeBytes: this.last.size_bytes * share,
      elapsedMs: this.#elapsedMs === null ? null : this.#elapsedMs * share,
    };
  });

  /** The company whose state this is. */
  #company = $state<string | null>(null);
  /** The schema that the verdicts are about; null where that is not known. */
  #schema: string | null = null;
  #isJudging = false;
  /** What the last backup was to hold. */
  #include: Include = 'data_only';

  constructor(
    private readonly app: App,
    private readonly database: Database,
  ) {}

  /** Shows a company; what was shown of another one goes. */
  async show(company: string): Promise<void> {
    if (company === this.#company) return;
    this.#company = company;
    this.contents = null;
    this.countedAt = null;
    this.forgive();
    await this.reload();
  }

  /** Nobody looks any more: what goes on in the background ends. */
  leave(): void {
    this.#company = null;
  }

  /** Looks again at what the company holds; what was found out about its archives may be wrong now. */
  async reload(): Promise<void> {
    this.verdicts = {};
    await this.#attempt(() => Promise.all([this.count(), this.app.refresh()]));
  }

  /** Counts what a backup would hold now. */
  async count(): Promise<void> {
    const company = this.#company;
    const { connection } = this.app;
    if (!company || !connection) return;
    await this.#attempt(async () => {
      const contents = await this.database.contents(company);
      this.app.counts.note(connection.id, company, contents.row_count);
      if (company !== this.#company) return;
      this.contents = contents;
      this.countedAt = this.app.counts.of(connection.id, company)?.at ?? null;
    });
  }

  /** Finds out how long that backup took to make. */
  async lookUp(archive: string): Promise<void> {
    this.#elapsedMs = null;
    try {
      const elapsed = await this.database.elapsedMaking(archive);
      if (archive === this.last?.path) this.#elapsedMs = elapsed;
    } catch {
      // It may have been deleted meanwhile; an estimate alone needs it.
    }
  }

  /** Makes a backup while the person goes on; its path, if it came to be. */
  async create(
    label: string | null,
    include: Include = 'data_only',
    corrupted: CorruptedRows = 'refuse',
  ): Promise<string | null> {
    const { connection, company } = this.app;
    if (!connection || !company || this.held) return null;
    this.forgive();
    const end = await this.app.jobs.run(
      { kind: 'create', connection: connection.id, company, title: label ?? 'Backup' },
      (on) => this.database.create(company.id, label, corrupted, include, on),
      made,
    );
    await this.#attempt(() => this.app.refresh());
    if (end.event === 'failed') this.app.noteStorage(end.data);
    if (company.id !== this.#company) return null;
    this.#include = include;
    if (end.event === 'failed' && end.data.code === 'cross_company') {
      this.crossing = end.data;
      void this.examine();
    }
    return end.event === 'completed' ? end.data.path : null;
  }

  /** Makes the backup that was refused, without the rows that were why. */
  async createWithout(): Promise<string | null> {
    return await this.create(null, this.#include, 'skip');
  }

  /** Forgets what is wrong with rows. */
  forgive(): void {
    this.examining?.cancel();
    this.crossing = null;
    this.examined = null;
    this.examineError = null;
  }

  /** Notes what cleaning has left. */
  cleaned(left: DoctorReport): void {
    this.forgive();
    const isMended = left.broken_count === 0 && left.sequences.length === 0;
    this.examined = isMended ? null : left;
  }

  /** Looks at every reference of the company's rows. */
  async examine(): Promise<void> {
    const { connection, company } = this.app;
    if (!connection || !company || this.examining) return;
    this.examined = null;
    this.examineError = null;
    const end = await this.app.jobs.run(
      { kind: 'examine', connection: connection.id, company, title: '' },
      (on) => this.database.examine(company.id, on),
      () => '',
    );
    if (company.id !== this.#company) return;
    if (end.event === 'completed') this.examined = end.data;
    if (end.event === 'failed') this.examineError = end.data;
  }

  /** Judges the archives that were not yet, newest first, a few at a time, so that a long list fills from the top. */
  async judge(): Promise<void> {
    if (this.#isJudging) return;
    this.#isJudging = true;
    try {
      for (let next = this.#next(); next.length > 0; next = this.#next()) await this.#judge(next);
    } catch {
      // Nobody asked: the list says "Not checked", and whoever does something hears of it.
    }
    this.#isJudging = false;
  }

  /** Finds out whether the schema was changed: then all archives are judged anew. */
  async lookAtSchema(): Promise<void> {
    if (this.held) return;
    try {
      const schema = await this.database.schemaStamp();
      const isOther = schema !== this.#schema;
      this.#schema = schema;
      if (isOther) this.verdicts = {};
      else await this.judge();
    } catch {
      // As above.
    }
  }

  /** Archives to be judged next. While the company is being written none is. */
  #next(): string[] {
    const company = this.#company;
    if (!company || this.held) return [];
    // What lies elsewhere is brought here only when somebody asks for it.
    const open = this.app.here.filter(
      (entry) => entry.company?.id === company && !this.verdicts[entry.path],
    );
    return open.slice(0, JUDGED_AT_ONCE).map(({ path }) => path);
  }

  async #judge(archives: string[]): Promise<void> {
    const company = this.#company;
    if (!company) return;
    // Before the judging: what is changed meanwhile is found when the schema is looked at again.
    this.#schema ??= await this.database.schemaStamp();
    const { verdicts } = this;
    const judged = await this.database.verdicts(company, archives);
    // What was found out about another company, or before something was written, is of no use.
    if (verdicts !== this.verdicts || company !== this.#company) return;
    for (const one of judged) this.verdicts[one.archive] ??= one;
  }

  async #attempt(work: () => Promise<unknown>): Promise<void> {
    const company = this.#company;
    try {
      this.error = null;
      await work();
    } catch (error) {
      if (company === this.#company) this.error = error as WireError;
    }
  }
}
