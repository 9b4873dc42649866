import type { ArchiveEntry, RecordHistory, RowKey, WireError } from '../../lib/backend/backend';
import { plural } from '../../lib/format';
import type { App } from './app.svelte';
import { Looking } from './looking.svelte';

/** What is done to archives that are there: looked into, copied, named, deleted. */
export class LibraryDesk {
  readonly looking: Looking;
  /** The archive that is renamed. */
  renaming = $state.raw<ArchiveEntry | null>(null);
  /** The archives that are asked about before they go. */
  deleting = $state.raw<readonly ArchiveEntry[]>([]);
  /** What failed in the dialog that is open, or beside the list where none is. */
  error = $state.raw<WireError | null>(null);

  constructor(private readonly app: App) {
    this.looking = new Looking(app, () => app.database);
  }

  /** A row through all backups of the company. */
  readonly trace = (row: RowKey): Promise<RecordHistory> => {
    const { database, chosen } = this.app;
    return database && chosen
      ? database.rowHistory(chosen, row)
      : Promise.reject(new Error('no company is looked at'));
  };

  async copy(archives: readonly ArchiveEntry[]): Promise<void> {
    const { backend, database, connection, company, jobs } = this.app;
    const [first] = archives;
    if (!database || !connection || !first) return;
    await this.#attempt(async () => {
      const isOne = archives.length === 1;
      const target = await backend.chooseCopyTarget(isOne ? first.file : null);
      if (target === null) return;
      const paths = archives.map(({ path }) => path);
      await jobs.run(
        {
          kind: 'copy',
          connection: connection.id,
          company,
          title: isOne ? first.file : plural(archives.length, 'backup'),
        },
        (on) => database.saveCopies(paths, target, on),
        ({ paths }) => `Saved ${paths.length === 1 ? (paths[0] ?? '') : `in ${target}`}.`,
      );
    });
  }

  async show(archive: ArchiveEntry): Promise<void> {
    await this.#attempt(async () => {
      await this.app.database?.showInFolder(archive.path);
    });
  }

  rename(archive: ArchiveEntry): void {
    this.error = null;
    this.renaming = archive;
  }

  async finishRename(name: string | null): Promise<void> {
    const archive = this.renaming;
    if (!archive) return;
    await this.#attempt(async () => {
      await this.app.database?.renameArchive(archive.path, name);
      await this.app.refresh();
      this.renaming = null;
    });
  }

  delete(archives: readonly ArchiveEntry[]): void {
    this.error = null;
    this.deleting = archives;
  }

  /** Deletes what was asked about; what must stay is left in the question, with the reason. */
  async finishDelete(): Promise<void> {
    const { database } = this.app;
    if (!database) return;
    const kept: ArchiveEntry[] = [];
    let reason: WireError | null = null;
    for (const archive of this.deleting) {
      try {
        await database.deleteArchive(archive.path);
      } catch (error) {
        kept.push(archive);
        reason ??= error as WireError;
      }
    }
    await this.#attempt(() => this.app.refresh());
    this.deleting = kept;
    this.error = reason ?? this.error;
  }

  /** Closes whichever dialog is open. */
  close(): void {
    this.looking.close();
    this.renaming = null;
    this.deleting = [];
    this.error = null;
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
