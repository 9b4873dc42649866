import type {
  AddReport,
  ArchiveEntry,
  Backend,
  Connection,
  Database,
  OfferedCompany,
  Role,
  StorageKeys,
  WireError,
} from '../../lib/backend/backend';
import { type FilesHeld, keyCodes, storageHeld } from '../../lib/files';
import { bytes, fileName, plural } from '../../lib/format';
import { roleHeld, writesHeld } from '../../lib/roles';
import { RowCounts } from './counts.svelte';
import { HandedOver } from './handed.svelte';
import { Jobs } from './jobs.svelte';
import { LibraryDesk } from './library.svelte';
import { Guard } from './protection.svelte';
import { Starting } from './starting.svelte';
import { Unlocking, wantsPassphrase } from './unlocking.svelte';

/** What the window shows beside the rail. */
export type Screen = 'connect' | 'companies' | 'backups' | 'settings';

/** Failures that another password may mend. */
const passwordCodes = ['password_needed', 'wrong_password'];

function newest(archives: readonly ArchiveEntry[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { company, kind, made_at, place } of archives) {
    if (company && made_at && kind !== 'safety' && !place) found[company.id] ??= made_at;
  }
  return found;
}

/** What is open in the window: a connection, its companies, one of them, and a screen. */
export class App {
  connections = $state<Connection[]>([]);
  /** The one that is open. */
  connection = $state<Connection | null>(null);
  companies = $state<OfferedCompany[]>([]);
  /** All archives on this computer, newest first, then those that lie at a second place alone. */
  archives = $state<ArchiveEntry[]>([]);
  /** Id of the company that everything is about. */
  chosen = $state<string | null>(null);
  screen = $state<Screen>('connect');
  /** Id of the connection that is being opened. */
  opening = $state<string | null>(null);
  error = $state<WireError | null>(null);
  /** The connection whose password is to be typed, and why. */
  passwordFor = $state<{ connection: Connection; why: WireError } | null>(null);
  /** Id of a saved connection that a person wants to change. */
  toChange = $state<string | null>(null);
  /** Whether the keys of the open connection's storage are being asked for. */
  asksForKeys = $state(false);
  /** Why the keys that were typed could not be kept. */
  keysProblem = $state.raw<WireError | null>(null);
  /** What runs in any company. */
  readonly jobs = new Jobs((title, body) => {
    this.backend.notify(title, body);
  });
  readonly counts = new RowCounts();
  readonly desk = new LibraryDesk(this);
  readonly starting = new Starting(this);
  /** Archives that are locked with a passphrase. */
  readonly unlocking = new Unlocking(this);
  /** How well the companies are protected. */
  readonly guard = new Guard(this);
  /** The archive that is looked into while no database is open. */
  readonly handed = new HandedOver(this);
  /** Archives that are to be brought in as soon as a database is open. */
  awaited = $state.raw<readonly string[]>([]);
  /** Files that are being dragged over the window. */
  dragged = $state.raw<readonly string[] | null>(null);

  /** The chosen company's archives, and those that cannot be read, whose company is not known. */
  readonly listed = $derived(
    this.archives.filter((entry) => !entry.company || entry.company.id === this.chosen),
  );
  /** Those of them that can be restored from. */
  readonly usable = $derived(this.listed.filter((entry) => entry.problem === null));
  /** Those of them that are on this computer. */
  readonly here = $derived(this.usable.filter((entry) => !entry.place));
  /** Archives of companies that this database has not. */
  readonly strangers = $derived(
    this.archives.filter(
      ({ company, place }) =>
        company && !place && !this.companies.some(({ id }) => id === company.id),
    ),
  );
  /** Why uploaded files cannot be had from the open connection's storage; null where they can. */
  readonly filesHeld = $derived.by<FilesHeld | null>(() => {
    const { connection } = this;
    if (!connection) return null;
    return storageHeld(
      connection,
      () => {
        this.toChange = connection.id;
        this.screen = 'connect';
      },
      () => (this.asksForKeys = true),
    );
  });
  /** Why no new company can be started; null where one can. */
  readonly startingHeld = $derived.by(() => {
    const held = writesHeld(this.connection);
    if (held) return `${held}.`;
    const may = this.companies.map(({ role, bound }) => roleHeld(role, 'admin', bound));
    return may.length === 0 || may.includes(null) ? null : `${may[0] ?? ''}.`;
  });
  readonly company = $derived(this.companies.find((company) => company.id === this.chosen) ?? null);
  /** Why whoever acts may not do as much with the company; null where he may. */
  held(needed: Role): string | null {
    return this.company && roleHeld(this.company.role, needed, this.company.bound);
  }
  /** When the newest backup of each company was made. */
  readonly backedUpAt = $derived(newest(this.archives));
  readonly database = $derived.by<Database | null>(
    () => this.connection && this.backend.database(this.connection.id),
  );

  /** Id of the connection that was opened last, or was to be. */
  #tried: string | null = null;
  /** Whether it is known by now that no database opens by itself. */
  #hasBegun = false;
  /** The archive that is looked into as soon as that is known. */
  #unseen: string | null = null;

  constructor(readonly backend: Backend) {}

  /** Finds out which connections there are, and opens the only one. */
  async begin(): Promise<void> {
    await this.#attempt(() => this.know());
    const [only, ...others] = this.connections;
    if (only && others.length === 0) await this.open(only.id);
    this.#hasBegun = true;
    await this.#lookInside();
  }

  /** Finds out which connections there are. */
  async know(): Promise<void> {
    this.connections = await this.backend.connections();
  }

  /** Tries again what failed last. */
  async again(): Promise<void> {
    if (this.#tried) await this.open(this.#tried);
    else await this.begin();
  }

  /** A connection was removed. */
  async forget(connection: string): Promise<void> {
    if (this.connection?.id === connection) {
      this.connection = null;
      this.companies = [];
      this.chosen = null;
    }
    await this.know();
  }

  /** Opens a connection, with a password that was typed or the keychain's. */
  async open(
    connection: string,
    password: string | null = null,
    keep = false,
    keys: StorageKeys | null = null,
  ): Promise<void> {
    if (this.opening) return;
    this.opening = connection;
    this.#tried = connection;
    await this.#attempt(async () => {
      const { connection: opened } = await this.backend.connect(connection, password, keys, keep);
      const database = this.backend.database(opened.id);
      const [companies, archives] = await Promise.all([database.companies(), database.archives()]);
      this.connection = opened;
      this.companies = companies;
      this.archives = archives;
      if (!this.connections.some(({ id }) => id === opened.id)) this.connections.push(opened);
      this.chosen = companies[0]?.id ?? null;
      this.screen = this.chosen ? 'backups' : 'companies';
      this.passwordFor = null;
      this.guard.forget();
    });
    this.opening = null;
    void this.guard.look();
    this.#askForPassword(connection);
    const { awaited } = this;
    if (this.database && awaited.length > 0) {
      this.forgetAwaited();
      await this.add(awaited);
    }
    await this.#lookInside();
  }

  /** Brings in none of the archives that wait for a database. */
  forgetAwaited(): void {
    this.awaited = [];
    this.#unseen = null;
    this.handed.error = null;
  }

  /** An archive that waits for a database is looked into meanwhile, unless one is about to be open. */
  async #lookInside(): Promise<void> {
    const path = this.#unseen;
    if (path === null || this.database || this.opening || !this.#hasBegun) return;
    this.#unseen = null;
    this.screen = 'connect';
    await this.handed.open(path);
  }

  /** A saved connection that failed for want of the right password is asked about it. */
  #askForPassword(id: string): void {
    const connection = this.connections.find((known) => known.id === id && known.is_saved);
    if (!connection || !this.error || !passwordCodes.includes(this.error.code)) return;
    this.passwordFor = { connection, why: this.error };
    this.error = null;
    this.screen = 'connect';
  }

  /** Gives the keys of the open connection's storage. */
  async giveKeys(keys: StorageKeys, keep: boolean): Promise<void> {
    const { connection } = this;
    if (!connection) return;
    await this.#attempt(async () => {
      const report = await this.backend.connect(connection.id, null, keys, keep);
      if (this.connection?.id === connection.id) this.connection = report.connection;
      this.keysProblem = report.password_problem;
      this.asksForKeys = false;
    });
  }

  /** A job failed: where other keys may mend that, they can be typed. */
  noteStorage(error: WireError): void {
    const storage = this.connection?.storage;
    if (storage && keyCodes.includes(error.code)) storage.problem = error;
  }

  choose(company: string): void {
    this.chosen = company;
    this.screen = 'backups';
  }

  show(screen: Screen): void {
    this.screen = screen;
  }

  /** Hears of files that are dragged over the window and brings in those that are dropped. */
  listen(): () => void {
    return this.backend.onDrag((drag) => {
      this.dragged = drag.now === 'over' ? drag.paths : null;
      if (drag.now === 'dropped') void this.add(drag.paths);
    });
  }

  /** Asks for archives and brings them in. */
  async openArchives(): Promise<void> {
    await this.#attempt(async () => {
      await this.add(await this.backend.chooseArchives());
    });
  }

  /**
   * Brings archives from elsewhere into the library and shows the company of the last. They wait for a
   * database to be open, by which a company's name is known; until then the first is looked into.
   */
  async add(paths: readonly string[]): Promise<void> {
    const { connection, database } = this;
    if (!connection || !database) {
      this.awaited = [...this.awaited.filter((path) => !paths.includes(path)), ...paths];
      this.#unseen = paths[0] ?? this.#unseen;
      await this.#lookInside();
      return;
    }
    for (const path of paths) {
      const title = fileName(path);
      const end = await this.jobs.run(
        { kind: 'add', connection: connection.id, company: null, title },
        (on) => database.addArchive(path, on),
        (report) => this.#added(report),
      );
      if (end.event === 'failed' && wantsPassphrase(end.data)) {
        this.unlocking.ask(path, () => this.add([path]));
      }
      if (end.event !== 'completed' || this.connection !== connection) continue;
      await this.#attempt(() => this.refresh());
      const company = end.data.archive.company?.id;
      if (this.companies.some(({ id }) => id === company)) this.choose(company ?? '');
    }
  }

  #added({ archive, was_known }: AddReport): string {
    const { company, row_count, size_bytes } = archive;
    if (was_known) return 'It is in the library already, byte for byte.';
    const isHere = this.companies.some(({ id }) => id === company?.id);
    const of = `${company?.name ?? ''}${isHere ? '' : ', which this database has not'}`;
    return `Every byte is as it should be: ${plural(row_count ?? 0, 'row')} of ${of}, ${bytes(size_bytes)}.`;
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
    void this.guard.look();
  }

  /** Looks again, since something made backups that nobody here asked for. */
  async lookAgain(): Promise<void> {
    await this.#attempt(() => this.refresh());
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
