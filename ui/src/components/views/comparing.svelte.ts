import type {
  ArchiveEntry,
  ChangeKind,
  Database,
  DocumentForm,
  Job,
  WireError,
} from '../../lib/backend/backend';
import type { Shown } from '../restore/shown';
import type { App } from './app.svelte';

/** What lies between two states of a company: a backup, and another one or the company as it is now. */
export class Comparing {
  /** Path of the backup at the beginning; null while nothing is compared. */
  from = $state<string | null>(null);
  /** Path of the backup at the end; null where that is the company. */
  to = $state<string | null>(null);
  /** Null while it is being found out. */
  shown = $state.raw<Shown | null>(null);
  error = $state.raw<WireError | null>(null);
  /** Where it was written down. */
  saved = $state<string | null>(null);
  isSaving = $state(false);
  /** By which the rows of what is shown are asked for. */
  #open = $state<string | null>(null);

  /** The job behind the dialog. */
  readonly tracked = $derived.by(() => {
    const { connection, chosen, jobs } = this.app;
    return connection && chosen ? (jobs.of(connection.id, chosen, 'compare')[0] ?? null) : null;
  });
  /** Asks for rows of what is shown; null while there are none. */
  readonly ask = $derived.by(() => {
    const open = this.#open;
    if (open === null) return null;
    return (table: string, only: ChangeKind | null, offset: number, limit: number) =>
      this.database.rows(open, table, only, offset, limit);
  });
  #job: Job<unknown> | null = null;

  constructor(
    private readonly app: App,
    private readonly database: Database,
  ) {}

  /** Compares two backups, the older one first, or one with the company as it is now. */
  async compare(one: ArchiveEntry, other: ArchiveEntry | null): Promise<void> {
    if (!other) return this.between(one.path, null);
    const isNewer = (one.made_at ?? '') > (other.made_at ?? '');
    const [from, to] = isNewer ? [other, one] : [one, other];
    return this.between(from.path, to.path);
  }

  /** Finds out what became of the company from one state to the other. */
  async between(from: string, to: string | null): Promise<void> {
    const { connection, company, jobs } = this.app;
    if (!connection || !company) return;
    this.#forget();
    this.from = from;
    this.to = to;
    let begun: Job<unknown> | null = null;
    const end = await jobs.run(
      { kind: 'compare', connection: connection.id, company, title: '' },
      (on) => {
        const job = this.database.compare(company.id, from, to, on);
        begun = this.#job = job;
        return job;
      },
      () => '',
    );
    const { id } = begun as unknown as Job<unknown>;
    if (this.#job?.id !== id) {
      // Something else is shown meanwhile, or nothing.
      if (end.event === 'completed') this.#letGo(id);
      return;
    }
    this.#job = null;
    if (end.event === 'failed') this.error = end.data;
    if (end.event !== 'completed') return;
    this.#open = id;
    this.shown = end.data;
  }

  /** Tries again what failed. */
  async retry(): Promise<void> {
    if (this.from !== null) await this.between(this.from, this.to);
  }

  /** Writes all of it where the person wants it. */
  async save(form: DocumentForm): Promise<void> {
    const { backend, connection, company, jobs } = this.app;
    const open = this.#open;
    if (open === null || !connection || !company) return;
    const file = `What differs, ${company.name}.${form}`;
    this.saved = null;
    this.isSaving = true;
    try {
      const target = await backend.chooseFileTarget(file);
      if (target === null) return;
      const end = await jobs.run(
        { kind: 'copy', connection: connection.id, company, title: file },
        (on) => this.database.saveComparison(open, form, target, on),
        () => `Saved ${target}.`,
      );
      if (end.event === 'completed') this.saved = `Saved ${target}`;
      if (end.event === 'failed') this.error = end.data;
    } finally {
      this.isSaving = false;
    }
  }

  close(): void {
    this.from = null;
    this.#forget();
  }

  /** Forgets what is shown; the program lets go of it, and of what it is still finding out. */
  #forget(): void {
    const open = this.#open;
    this.#job?.cancel();
    this.#job = null;
    this.#open = null;
    this.shown = null;
    this.error = null;
    this.saved = null;
    if (open !== null) this.#letGo(open);
  }

  #letGo(open: string): void {
    // What the program has closed already need not be closed again.
    this.database.closePlan(open).catch(() => undefined);
  }
}
