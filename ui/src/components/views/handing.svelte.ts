import type {
  ArchiveEntry,
  Database,
  ExportReport,
  ExportRequest,
  WireError,
} from '../../lib/backend/backend';
import { bytes, duration, plural } from '../../lib/format';
import type { App } from './app.svelte';

/** An area with what it holds. */
interface Area {
  name: string;
  title: string;
  row_count: number;
}

function exported({ row_count, tables, file_count, elapsed_ms, size_bytes, path }: ExportReport) {
  const files = file_count === null ? '' : ` and ${plural(file_count, 'file')}`;
  const rows = `${plural(row_count, 'row')} of ${plural(tables.length, 'table')}${files}`;
  return `Exported ${rows} in ${duration(elapsed_ms)}, ${bytes(size_bytes)}: ${path}`;
}

/** Handing a company's rows over as files: from a backup, or as they are now. */
export class Handing {
  isOpen = $state(false);
  /** The backup that is exported; null where it is the company as it is now. */
  archive = $state.raw<ArchiveEntry | null>(null);
  /** Null while they are being read. */
  areas = $state.raw<readonly Area[] | null>(null);
  error = $state.raw<WireError | null>(null);

  constructor(
    private readonly app: App,
    private readonly database: Database,
  ) {}

  /** Opens the dialog for a backup, or for the company as it is now. */
  async open(archive: ArchiveEntry | null): Promise<void> {
    const { company } = this.app;
    if (!company) return;
    this.isOpen = true;
    this.archive = archive;
    this.areas = null;
    this.error = null;
    try {
      const { areas } = archive
        ? await this.database.archiveDetails(archive.path)
        : await this.database.contents(company.id);
      if (this.archive === archive) this.areas = areas;
    } catch (error) {
      this.error = error as WireError;
    }
  }

  /** Asks where it is to be, and writes it while the person goes on. */
  async start(wanted: ExportRequest): Promise<void> {
    const { backend, connection, company, jobs } = this.app;
    const { archive } = this;
    if (!connection || !company) return;
    const day = archive?.made_at ? ` ${archive.made_at.slice(0, 10)}` : '';
    this.error = null;
    let target: string | null;
    try {
      const ending = wanted.form === 'workbook' ? 'xlsx' : 'zip';
      target = await backend.chooseFileTarget(`${company.name}${day}.${ending}`);
    } catch (error) {
      this.error = error as WireError;
      return;
    }
    if (target === null) return;
    const place = target;
    this.isOpen = false;
    const end = await jobs.run(
      { kind: 'export', connection: connection.id, company, title: archive?.label ?? '' },
      (on) => this.database.exportRows(company.id, archive?.path ?? null, wanted, place, on),
      exported,
    );
    if (end.event === 'failed') this.app.noteStorage(end.data);
  }

  close(): void {
    this.isOpen = false;
  }
}
