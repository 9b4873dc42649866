import type {
  ArchiveEntry,
  Backend,
  Company,
  Connection,
  Database,
  WireError,
} from '../../lib/backend/backend';
import { Jobs } from './jobs.svelte';

/** What the window shows beside the rail. */
export type Screen = 'connect' | 'companies' | 'backups' | 'settings';

function newest(archives: readonly ArchiveEntry[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { company, kind, made_at } of archives) {
    if (company && made_at && kind !== 'safety') found[company.id] ??= made_at;
  }
  return found;
}

/** What is open in the window: a connection, its companies, one of them, and a screen. */
export class App {
  connections = $state<Connection[]>([]);
  /** The one that is open. */
  connection = $state<Connection | null>(null);
  companies = $state<Company[]>([]);
  /** All archives on this computer, newest first. */
  archives = $state<ArchiveEntry[]>([]);
  /** Id of the company that everything is about. */
  chosen = $state<string | null>(null);
  screen = $state<Screen>('connect');
  /** Id of the connection that is being opened. */
  opening = $state<string | null>(null);
  error = $state<WireError | null>(null);
  /** What runs in any company. */
  readonly jobs = new Jobs();

  /** The chosen company's archives, and those that cannot be read, whose company is not known. */
  readonly listed = $derived(
    this.archives.filter((entry) => !entry.company || entry.company.id === this.chosen),
  );
  /** Those of them that can be restored from. */
  readonly usable = $derived(this.listed.filter((entry) => entry.problem === null));
  readonly company = $derived(this.companies.find((company) => company.id === this.chosen) ?? null);
  /** When the newest backup of each company was made. */
  readonly backedUpAt = $derived(newest(this.archives));
  readonly database = $derived.by<Database | null>(
    () => this.connection && this.backend.database(this.connection.id),
  );

  constructor(readonly backend: Backend) {}

  /** Finds out which connections there are, and opens the first. */
  async begin(): Promise<void> {
    await this.#attempt(async () => {
      this.connections = await this.backend.connections();
    });
    const first = this.connections[0];
    if (first) await this.open(first.id);
  }

  async open(connection: string): Promise<void> {
    if (this.opening) return;
    this.opening = connection;
    await this.#attempt(async () => {
      const opened = await this.backend.connect(connection);
      const database = this.backend.database(opened.id);
      const [companies, archives] = await Promise.all([database.companies(), database.archives()]);
      this.connection = opened;
      this.companies = companies;
      this.archives = archives;
      if (!this.connections.some(({ id }) => id === opened.id)) this.connections.push(opened);
      this.chosen = companies[0]?.id ?? null;
      this.screen = this.chosen ? 'backups' : 'companies';
    });
    this.opening = null;
  }

  choose(company: string): void {
    this.chosen = company;
    this.screen = 'backups';
  }

  show(screen: Screen): void {
    this.screen = screen;
  }

  /** Looks again which companies and archives there are. */
  async refresh(): Promise<void> {
    if (!this.database) return;
    const [companies, archives] = await Promise.all([
      this.database.companies(),
      this.database.archives(),
    ]);
    this.companies = companies;
    this.archives = archives;
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      this.error = null;
      await work();
    } catch (error) {
      this.error = error as WireError;
    }
  }
}
