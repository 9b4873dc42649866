import type {
  AppUser,
  ArchiveEntry,
  Company,
  Gallery,
  NewCompanyPlan,
  NewCompanyReport,
  NewCompanyRequest,
  NewCompanySource,
  NewPurpose,
  WireError,
} from '../../lib/backend/backend';
import { restoreHeld } from '../../lib/files';
import { duration, plural } from '../../lib/format';
import type { App } from './app.svelte';
import type { TrackedJob } from './jobs.svelte';

/** A name like that one which no company has. */
export function freeName(name: string, companies: readonly Company[]): string {
  const isTaken = (tried: string) => companies.some((company) => company.name === tried);
  if (!isTaken(name)) return name;
  let tried = `${name} (copy)`;
  for (let number = 2; isTaken(tried); number += 1) tried = `${name} (copy ${String(number)})`;
  return tried;
}

/** What a new company is made from. */
export type Way = NewCompanySource['from'];

/** Starting a new company: what it is to be, what it would be, and what it became. */
export class Starting {
  isOpen = $state(false);
  way = $state<Way>('backup');
  /** The templates; null until that was looked. */
  gallery = $state.raw<Gallery | null>(null);
  /** Name of the template that it is made from. */
  template = $state('');
  /** Code of the currency of one that begins with nothing; empty for the usual one. */
  currency = $state('');
  /** Path of the backup that it is made from. */
  source = $state('');
  name = $state('');
  /** E-mail address of whoever owns it. */
  owner = $state('');
  /** The group that it joins, by key; empty for one of its own. */
  group = $state('');
  /** What it is for, where it is made from a backup. */
  purpose = $state<NewPurpose>('production');
  isSafe = $state(false);
  masksNames = $state(false);
  keepsIds = $state(false);
  includesFiles = $state(false);
  makesPlaceholders = $state(false);
  /** Who may own it; null until that was found out. */
  users = $state.raw<readonly AppUser[] | null>(null);
  /** What it would be; null until that was found out. */
  plan = $state.raw<NewCompanyPlan | null>(null);
  /** What it became; null until it is there. */
  made = $state.raw<NewCompanyReport | null>(null);
  error = $state.raw<WireError | null>(null);
  /** What runs: the look at it, or the making. */
  tracked = $state.raw<TrackedJob | null>(null);

  /** The backups that it can be made from, newest first. */
  readonly sources = $derived.by(() =>
    this.app.archives.filter((entry) => entry.company !== null && entry.problem === null),
  );
  readonly isBusy = $derived.by(() => this.tracked?.isRunning ?? false);
  /** Whether it is being made, and not only looked at. */
  readonly isMaking = $derived.by(() => this.isBusy && this.tracked?.task.kind === 'new_company');

  /** What it is made from; null while nothing is chosen. */
  readonly madeFrom = $derived.by((): NewCompanySource | null => {
    const { way, source, template, currency } = this;
    if (way === 'blank') return { from: way, which: currency.trim() || null };
    const which = way === 'backup' ? source : template;
    return which === '' ? null : { from: way, which };
  });
  /** Why uploaded files cannot come along; null where they can. */
  readonly filesHeld = $derived.by((): string | null => {
    const source = this.sources.find(({ path }) => path === this.source);
    return restoreHeld(source, this.app.filesHeld)?.reason ?? null;
  });
  /** Whether what it is made from is of a company in a group. */
  readonly hasGroup = $derived.by(() => {
    if (this.way === 'blank') return this.app.companies.some(({ group }) => group !== null);
    if (this.way === 'template') {
      const { gallery, template } = this;
      return gallery?.templates.find(({ name }) => name === template)?.has_group ?? false;
    }
    const source = this.sources.find(({ path }) => path === this.source);
    return Boolean(source?.company?.group);
  });

  /** The plan that the program keeps, by the id of its job. */
  #planned: string | null = null;

  constructor(private readonly app: App) {}

  /** Asks what it is to be. Without a backup the newest of the company that is looked at is offered. */
  open(way: Way, archive?: ArchiveEntry): void {
    const { chosen, connection } = this.app;
    const offered =
      archive ?? this.sources.find(({ company }) => company?.id === chosen) ?? this.sources[0];
    this.owner = connection?.acting_as ?? '';
    this.group = '';
    this.meant('production');
    this.masksNames = false;
    this.keepsIds = false;
    this.includesFiles = false;
    this.makesPlaceholders = false;
    this.made = null;
    this.error = null;
    this.tracked = null;
    this.source = offered?.path ?? '';
    this.template = '';
    this.currency = '';
    this.go(way);
    this.isOpen = true;
    void this.#knowUsers();
    void this.#knowTemplates();
  }

  /** Makes it from something else. */
  go(way: Way): void {
    this.way = way;
    this.#propose();
  }

  /** Chooses the backup, after which the company is called for now. */
  from(path: string): void {
    this.source = path;
    this.#propose();
  }

  /** Chooses the template, likewise. */
  choose(template: string): void {
    this.template = template;
    this.#propose();
  }

  /** Says what it is for. What is shown or tried out is a safe copy, unless somebody says otherwise. */
  meant(purpose: NewPurpose): void {
    this.purpose = purpose;
    this.isSafe = purpose !== 'production';
  }

  #propose(): void {
    const { source, template, sources, way } = this;
    const company = sources.find((entry) => entry.path === source)?.company;
    const names = { template, backup: company?.name ?? '', blank: '' };
    const name = names[way];
    this.name = name === '' ? '' : freeName(name, this.app.companies);
  }

  async #knowTemplates(): Promise<void> {
    const { database } = this.app;
    this.gallery = null;
    try {
      const gallery = (await database?.templates()) ?? null;
      if (database === this.app.database) this.gallery = gallery;
    } catch (error) {
      this.gallery = { folder: null, templates: [], unusable: [] };
      this.error = error as WireError;
    }
  }

  async #knowUsers(): Promise<void> {
    const { database } = this.app;
    this.users = null;
    try {
      const users = (await database?.appUsers()) ?? [];
      if (database === this.app.database) this.users = users;
    } catch {
      // The address can be typed; whether somebody has it is found out with the plan.
      this.users = [];
    }
  }

  /** Finds out what it would be. */
  async look(): Promise<void> {
    const { connection, database } = this.app;
    const source = this.madeFrom;
    if (!connection || !database || !source || this.isBusy) return;
    this.#forget();
    this.error = null;
    const isOfBackup = this.way === 'backup';
    const request: NewCompanyRequest = {
      name: this.name.trim(),
      owner: this.owner.trim() || null,
      group: this.group || null,
      purpose: isOfBackup ? this.purpose : 'production',
      is_safe: this.isSafe && isOfBackup,
      masks_names: this.masksNames && this.isSafe && isOfBackup,
      keeps_ids: this.keepsIds && isOfBackup,
      include:
        isOfBackup && this.includesFiles && this.filesHeld === null
          ? 'data_and_files'
          : 'data_only',
      makes_placeholders: this.makesPlaceholders && isOfBackup,
    };
    let id = '';
    const running = this.app.jobs.run(
      { kind: 'compare', connection: connection.id, company: null, title: request.name },
      (on) => {
        const job = database.planNewCompany(source, request, on);
        id = job.id;
        return job;
      },
      () => '',
    );
    const tracked = this.app.jobs.all[0] ?? null;
    this.tracked = tracked;
    const end = await running;
    // Who has closed the dialog, or looks at another one, does not wait for this.
    if (this.tracked !== tracked || !this.isOpen) {
      if (end.event === 'completed') void database.forgetNewCompany(id);
      return;
    }
    if (end.event === 'completed') {
      this.#planned = id;
      this.plan = end.data;
    }
    if (end.event === 'failed') this.error = end.data;
  }

  /** Goes back to what it is to be. */
  change(): void {
    this.#forget();
    this.error = null;
  }

  /** Makes it. */
  async make(): Promise<void> {
    const { connection, database } = this.app;
    const { plan } = this;
    const planned = this.#planned;
    if (!connection || !database || !plan || !planned || this.isBusy) return;
    this.#planned = null;
    this.error = null;
    const running = this.app.jobs.run(
      { kind: 'new_company', connection: connection.id, company: null, title: plan.company.name },
      (on) => database.makeNewCompany(planned, on),
      ({ row_count, elapsed_ms }) =>
        `Made with ${plural(row_count, 'row')} in ${duration(elapsed_ms)}.`,
    );
    const tracked = this.app.jobs.all[0] ?? null;
    this.tracked = tracked;
    const end = await running;
    if (end.event === 'completed' && this.app.database === database) await this.#refresh();
    // Whoever looks at another one is told in the strip.
    if (this.tracked !== tracked) return;
    // What was planned is used up.
    this.plan = null;
    if (end.event === 'completed') this.made = end.data;
    if (end.event === 'failed') this.error = end.data;
  }

  /** Shows the company that was made. */
  show(): void {
    const { made } = this;
    this.close();
    if (made) this.app.choose(made.company.id);
  }

  /** Asks what runs to stop. */
  stop(): void {
    this.tracked?.cancel();
  }

  /** Closes the dialog. What is being made goes on. */
  close(): void {
    if (this.isBusy && !this.isMaking) this.stop();
    this.isOpen = false;
    this.#forget();
  }

  #forget(): void {
    if (this.#planned) void this.app.database?.forgetNewCompany(this.#planned);
    this.#planned = null;
    this.plan = null;
  }

  async #refresh(): Promise<void> {
    try {
      await this.app.refresh();
    } catch (error) {
      this.error = error as WireError;
    }
  }
}
