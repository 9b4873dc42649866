import type {
  ArchiveDetails,
  ArchiveEntry,
  ArchiveFile,
  Database,
  FilePreview,
  RecordHistory,
  RowKey,
  SearchReport,
  WireError,
} from '../../lib/backend/backend';
import { fileName, plural } from '../../lib/format';
import type { AskRows } from '../backups/browsing.svelte';
import type { App } from './app.svelte';

/** What is done to archives that are there: looked into, copied, named, deleted. */
export class LibraryDesk {
  /** The archive that is looked into. */
  inspected = $state.raw<ArchiveEntry | null>(null);
  details = $state.raw<ArchiveDetails | null>(null);
  /** Whether the uploaded files of that archive are shown. */
  filesAreShown = $state(false);
  /** The one of them that is looked at. */
  file = $state.raw<ArchiveFile | null>(null);
  /** What can be shown of it. */
  preview = $state.raw<FilePreview | null>(null);
  /** The archive that is renamed. */
  renaming = $state.raw<ArchiveEntry | null>(null);
  /** The archives that are asked about before they go. */
  deleting = $state.raw<readonly ArchiveEntry[]>([]);
  /** What failed in the dialog that is open, or beside the list where none is. */
  error = $state.raw<WireError | null>(null);

  constructor(private readonly app: App) {}

  async inspect(archive: ArchiveEntry): Promise<void> {
    this.error = null;
    this.details = null;
    this.inspected = archive;
    await this.#attempt(async () => {
      const details = await this.app.database?.archiveDetails(archive.path);
      if (this.inspected === archive) this.details = details ?? null;
    });
  }

  /** Rows of the archive that is looked into. */
  readonly rows: AskRows = (table, query) =>
    this.#inside((database, path) => database.archiveRows(path, table, query));

  /** A text in all fields of the archive that is looked into. */
  readonly search = (text: string): Promise<SearchReport> =>
    this.#inside((database, path) => database.searchArchive(path, text));

  /** A row through all backups of the company. */
  readonly trace = (row: RowKey): Promise<RecordHistory> => {
    const { database, chosen } = this.app;
    return database && chosen
      ? database.rowHistory(chosen, row)
      : Promise.reject(new Error('no company is looked at'));
  };

  /** Shows the uploaded files of the archive that is looked into. */
  lookAtFiles(): void {
    this.file = null;
    this.preview = null;
    this.filesAreShown = true;
  }

  /** Looks at one of them. */
  async look(file: ArchiveFile): Promise<void> {
    const archive = this.inspected;
    if (!archive) return;
    this.file = file;
    this.preview = null;
    await this.#attempt(async () => {
      const preview = await this.app.database?.previewFile(archive.path, file.bucket, file.key);
      if (this.file === file) this.preview = preview ?? null;
    });
  }

  /** Saves one of them where the person wants it. */
  async saveFile(file: ArchiveFile): Promise<void> {
    const { backend, database, connection, company, jobs } = this.app;
    const archive = this.inspected;
    if (!archive || !database || !connection) return;
    await this.#attempt(async () => {
      const target = await backend.chooseFileTarget(fileName(file.key));
      if (target === null) return;
      const end = await jobs.run(
        { kind: 'copy', connection: connection.id, company, title: fileName(file.key) },
        (on) => database.saveFile(archive.path, file.bucket, file.key, target, on),
        () => `Saved ${target}.`,
      );
      if (end.event === 'failed') this.error = end.data;
    });
  }

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
    this.inspected = null;
    this.filesAreShown = false;
    this.renaming = null;
    this.deleting = [];
    this.error = null;
  }

  #inside<Answer>(look: (database: Database, path: string) => Promise<Answer>): Promise<Answer> {
    const { database } = this.app;
    const archive = this.inspected;
    return database && archive
      ? look(database, archive.path)
      : Promise.reject(new Error('no archive is looked into'));
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
