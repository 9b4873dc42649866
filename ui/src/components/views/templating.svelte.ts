import type {
  ArchiveEntry,
  Database,
  SavedTemplateReport,
  TemplateRequest,
  WireError,
} from '../../lib/backend/backend';
import { bytes, plural } from '../../lib/format';
import type { App } from './app.svelte';

function saved({ name, row_count, size_bytes, masked }: SavedTemplateReport): string {
  const replaced = masked === 0 ? '' : ` ${plural(masked, 'address', 'addresses')} replaced.`;
  return `Saved ${name}: ${plural(row_count, 'row')}, ${bytes(size_bytes)}.${replaced} A new company can be started from it.`;
}

/** Saving a backup as a template. */
export class Templating {
  /** The backup that is asked about; null while nothing is. */
  archive = $state.raw<ArchiveEntry | null>(null);
  isSaving = $state(false);
  error = $state.raw<WireError | null>(null);

  constructor(
    private readonly app: App,
    private readonly database: Database,
  ) {}

  open(archive: ArchiveEntry): void {
    this.archive = archive;
    this.isSaving = false;
    this.error = null;
  }

  /** Saves it; what is wrong with what was asked for is said where it was asked. */
  async save(wanted: TemplateRequest): Promise<void> {
    const { connection, company, jobs } = this.app;
    const { archive } = this;
    if (!connection || !archive || this.isSaving) return;
    this.isSaving = true;
    this.error = null;
    const end = await jobs.run(
      { kind: 'template', connection: connection.id, company, title: wanted.name },
      (on) => this.database.saveTemplate(archive.path, wanted, on),
      saved,
    );
    // The person may have closed it meanwhile, and be asked about another one.
    if (this.archive !== archive) return;
    this.isSaving = false;
    if (end.event === 'failed') this.error = end.data;
    else this.archive = null;
  }

  close(): void {
    this.archive = null;
  }
}
