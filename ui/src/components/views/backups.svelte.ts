import type { Contents, Database, Verdict, WireError } from '../../lib/backend/backend';
import { bytes, duration, plural } from '../../lib/format';
import type { App } from './app.svelte';

/** The chosen company's backups: what they would hold now, which there are, and making one. */
export class Backups {
  contents = $state.raw<Contents | null>(null);
  /** Verdicts found out since the company's data last changed, by archive. */
  verdicts = $state<Record<string, Verdict>>({});
  error = $state<WireError | null>(null);
  /** What was just finished, in one sentence. */
  done = $state<string | null>(null);

  /** Backups of this company that are being made, newest first. */
  readonly creating = $derived.by(() => this.#jobs('create'));
  /** Whether something holds off a new backup. */
  readonly isHeld = $derived.by(
    () =>
      this.app.connection !== null &&
      this.#company !== null &&
      this.app.jobs.holds(this.app.connection.id, this.#company),
  );

  /** The company whose state this is. */
  #company = $state<string | null>(null);

  constructor(
    private readonly app: App,
    private readonly database: Database,
  ) {}

  /** Shows a company; what was shown of another one goes. */
  async show(company: string): Promise<void> {
    if (company === this.#company) return;
    this.#company = company;
    this.contents = null;
    this.verdicts = {};
    this.done = null;
    await this.reload();
  }

  /** Looks again at what the company holds; what was found out about its archives may be wrong now. */
  async reload(): Promise<void> {
    const company = this.#company;
    if (!company) return;
    this.verdicts = {};
    try {
      this.error = null;
      const [contents] = await Promise.all([this.database.contents(company), this.app.refresh()]);
      if (company === this.#company) this.contents = contents;
    } catch (error) {
      if (company === this.#company) this.error = error as WireError;
    }
  }

  /** Makes a backup while the person goes on; its path, if it came to be. */
  async create(label: string | null): Promise<string | null> {
    const { connection, company } = this.app;
    if (!connection || !company || this.isHeld) return null;
    this.done = null;
    this.error = null;
    const end = await this.app.jobs.run(
      { kind: 'create', connection: connection.id, company, title: label ?? 'Backup' },
      (on) => this.database.create(company.id, label, on),
    );
    await this.app.refresh();
    if (company.id !== this.#company) return null;
    if (end.event === 'failed') this.error = end.data;
    if (end.event === 'cancelled') this.done = 'Stopped; nothing was changed.';
    if (end.event !== 'completed') return null;
    const { path, row_count, size_bytes, elapsed_ms } = end.data;
    this.done = `Backed up ${plural(row_count, 'row')} in ${duration(elapsed_ms)}: ${bytes(size_bytes)}.`;
    return path;
  }

  #jobs(kind: 'create') {
    const { connection, jobs } = this.app;
    return connection && this.#company ? jobs.of(connection.id, this.#company, kind) : [];
  }
}
