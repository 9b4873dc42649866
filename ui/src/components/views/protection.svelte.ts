import type {
  CompanyStatus,
  Database,
  ProtectionReport,
  ScheduleRequest,
  StorageKeys,
  WireError,
} from '../../lib/backend/backend';
import type { App } from './app.svelte';

/** How well the companies of the open database are protected, and what is done about it. */
export class Guard {
  report = $state.raw<ProtectionReport | null>(null);
  error = $state.raw<WireError | null>(null);
  isBusy = $state(false);
  /** What was done last, as a sentence. */
  done = $state<string | null>(null);
  /** What lies at the second place that was looked at last. */
  there = $state.raw<{ number: number; files: readonly string[] } | null>(null);

  constructor(private readonly app: App) {}

  /** How a company stands; null before that is known, or where nothing is known of it. */
  of(company: string | null): CompanyStatus | null {
    return this.report?.status.companies.find((known) => known.company === company) ?? null;
  }

  /** When the next backup of a company is due; null where no schedule makes any. */
  next(company: string | null): string | null {
    const known = this.of(company)?.next;
    if (known) return known;
    const meant = this.report?.schedules.filter(
      (schedule) =>
        schedule.handed_into === null &&
        (schedule.company === null || schedule.company === company),
    );
    return meant?.map(({ next }) => next).sort()[0] ?? null;
  }

  /** Looks again. What cannot be found out is not shown: nothing else waits for it. */
  async look(): Promise<void> {
    const { connection, database } = this.app;
    if (!connection || !database || this.isBusy) return;
    try {
      const report = await database.protection();
      if (this.app.connection !== connection) return;
      this.report = report;
      if (report.status.alerts.length > 0) await database.tellDesktop();
    } catch (error) {
      this.error = error as WireError;
    }
  }

  /** Another database is open. */
  forget(): void {
    this.report = null;
    this.error = null;
    this.done = null;
    this.there = null;
  }

  /** Adds the usual schedules for every company, and lets the system run them. */
  async protectAll(): Promise<void> {
    await this.#change(
      (database) => database.protectAll(),
      'Every company has these schedules from now on, those that come later too.',
    );
  }

  /** Adds a schedule; whether that could be done. */
  async addSchedule(wanted: ScheduleRequest): Promise<boolean> {
    const makes = wanted.handed_into === null ? 'Backups are made' : 'CSV files are handed over';
    await this.#change(
      (database) => database.addSchedule(wanted),
      `${makes} by this schedule from now on.`,
    );
    return this.error === null;
  }

  /** Copies backups to a second place from now on; whether that could be added. */
  async addPlace(address: string, keys: StorageKeys | null): Promise<boolean> {
    await this.#change(
      (database) => database.addPlace(address, keys),
      'The place lets us in. Backups are copied there with the next run, and read back.',
    );
    return this.error === null;
  }

  /** Looks what lies at a second place, which shows as well whether it can be reached. */
  async lookAtPlace(number: number): Promise<void> {
    this.there = null;
    await this.#change(async (database) => {
      this.there = { number, files: await database.lookAtPlace(number) };
      return database.protection();
    }, null);
  }

  /** Brings an archive back from a second place, and shows it among the others. */
  async fetchArchive(number: number, file: string): Promise<void> {
    const { connection, database, jobs } = this.app;
    if (!connection || !database) return;
    const end = await jobs.run(
      { kind: 'add', connection: connection.id, company: null, title: file },
      (on) => database.fetchArchive(number, file, on),
      ({ was_known }) =>
        was_known ? 'It is in the library already, byte for byte.' : 'It is back in the library.',
    );
    if (end.event === 'completed') await this.app.lookAgain();
  }

  async removePlace(number: number): Promise<void> {
    this.there = null;
    await this.#change(
      (database) => database.removePlace(number),
      'Nothing more is copied there. What is there stays.',
    );
  }

  async removeSchedule(number: number): Promise<void> {
    await this.#change(
      (database) => database.removeSchedule(number),
      'That schedule is gone. Its backups stay as long as they were to be kept.',
    );
  }

  async installTimer(): Promise<void> {
    await this.#change((database) => database.installTimer(), null);
  }

  /** Makes a key, once the person has said where its recovery sheet is to lie. */
  async encrypt(): Promise<void> {
    const sheet = await this.app.backend.chooseFileTarget('snapback-recovery-sheet.html');
    if (!sheet) return;
    await this.#change(
      (database) => database.encryptBackups(sheet),
      `New backups are encrypted. The recovery sheet is at ${sheet}: print it, or keep it where the backups are not.`,
    );
  }

  /** Tells somebody from now on; whether that could be added. */
  async addAlerts(address: string, password: string | null): Promise<boolean> {
    await this.#change(
      (database) => database.addAlerts(address, password),
      'A test was sent. From now on alerts go there, too.',
    );
    return this.error === null;
  }

  async testAlerts(number: number): Promise<void> {
    await this.#change(async (database) => {
      await database.testAlerts(number);
      return database.protection();
    }, 'A test was sent. Look whether it has arrived.');
  }

  async removeAlerts(number: number): Promise<void> {
    await this.#change((database) => database.removeAlerts(number), 'No more alerts go there.');
  }

  async #change(
    work: (database: Database) => Promise<ProtectionReport>,
    done: string | null,
  ): Promise<void> {
    const { connection, database } = this.app;
    if (!connection || !database || this.isBusy) return;
    this.isBusy = true;
    this.error = null;
    this.done = null;
    try {
      const report = await work(database);
      if (this.app.connection === connection) {
        this.report = report;
        this.done = done;
      }
    } catch (error) {
      this.error = error as WireError;
    }
    this.isBusy = false;
  }
}
