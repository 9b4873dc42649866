import type {
  ArchiveDetails,
  ArchiveEntry,
  ArchiveFile,
  FilePreview,
  Inside,
  SearchReport,
  WireError,
} from '../../lib/backend/backend';
import { fileName } from '../../lib/format';
import type { AskRows } from '../backups/browsing.svelte';
import type { App } from './app.svelte';

/** Looking into one archive: what it says of itself, its rows, its uploaded files. */
export class Looking {
  /** The archive that is looked into. */
  archive = $state.raw<ArchiveEntry | null>(null);
  details = $state.raw<ArchiveDetails | null>(null);
  /** Whether its uploaded files are shown. */
  filesAreShown = $state(false);
  /** The one of them that is looked at. */
  file = $state.raw<ArchiveFile | null>(null);
  /** What can be shown of it. */
  preview = $state.raw<FilePreview | null>(null);
  /** Why the archive cannot be looked into. */
  error = $state.raw<WireError | null>(null);
  /** What failed of the file. */
  fileError = $state.raw<WireError | null>(null);

  constructor(
    private readonly app: App,
    /** Whom archives are asked about; null where nobody can be. */
    private readonly inside: () => Inside | null,
  ) {}

  async open(archive: ArchiveEntry): Promise<void> {
    this.close();
    this.details = null;
    this.archive = archive;
    try {
      const details = await this.inside()?.archiveDetails(archive.path);
      if (this.archive === archive) this.details = details ?? null;
    } catch (error) {
      if (this.archive === archive) this.error = error as WireError;
    }
  }

  readonly rows: AskRows = (table, query) =>
    this.#ask((inside, path) => inside.archiveRows(path, table, query));

  /** A text in all fields. */
  readonly search = (text: string): Promise<SearchReport> =>
    this.#ask((inside, path) => inside.searchArchive(path, text));

  /** Shows the uploaded files. */
  showFiles(): void {
    this.#forgetFile();
    this.filesAreShown = true;
  }

  /** Looks at one of them. */
  async look(file: ArchiveFile): Promise<void> {
    const { archive } = this;
    if (!archive) return;
    this.file = file;
    this.preview = null;
    await this.#withFile(async () => {
      const preview = await this.inside()?.previewFile(archive.path, file.bucket, file.key);
      if (this.file === file) this.preview = preview ?? null;
    });
  }

  /** Saves one of them where the person wants it. */
  async save(file: ArchiveFile): Promise<void> {
    const { archive } = this;
    const { backend, connection, company, jobs } = this.app;
    const inside = this.inside();
    if (!archive || !inside) return;
    await this.#withFile(async () => {
      const title = fileName(file.key);
      const target = await backend.chooseFileTarget(title);
      if (target === null) return;
      const end = await jobs.run(
        { kind: 'copy', connection: connection?.id ?? '', company, title },
        (on) => inside.saveFile(archive.path, file.bucket, file.key, target, on),
        () => `Saved ${target}.`,
      );
      if (end.event === 'failed') this.fileError = end.data;
    });
  }

  close(): void {
    this.archive = null;
    this.filesAreShown = false;
    this.error = null;
    this.#forgetFile();
  }

  #forgetFile(): void {
    this.file = null;
    this.preview = null;
    this.fileError = null;
  }

  #ask<Answer>(look: (inside: Inside, path: string) => Promise<Answer>): Promise<Answer> {
    const { archive } = this;
    const inside = this.inside();
    return inside && archive
      ? look(inside, archive.path)
      : Promise.reject(new Error('no archive is looked into'));
  }

  async #withFile(work: () => Promise<void>): Promise<void> {
    const { archive } = this;
    try {
      this.fileError = null;
      await work();
    } catch (error) {
      if (this.archive === archive) this.fileError = error as WireError;
    }
  }
}
