import type { AuditEntries, AuditReport, Backend, WireError } from '../../lib/backend/backend';

/** Who did what on this computer, as a dialog shows it. */
export class Activity {
  isOpen = $state(false);
  /** Null until it has been read. */
  trail = $state.raw<AuditEntries | null>(null);
  /** What the trail was found to be; null until somebody has asked. */
  report = $state.raw<AuditReport | null>(null);
  error = $state.raw<WireError | null>(null);
  /** Where it was written to, once it was. */
  saved = $state<string | null>(null);

  constructor(
    private readonly backend: Backend,
    /** The database that is open, if one is. */
    private readonly connection: () => string | null,
  ) {}

  async open(): Promise<void> {
    this.isOpen = true;
    this.report = null;
    this.saved = null;
    await this.#attempt(async () => {
      this.trail = await this.backend.auditTrail();
    });
  }

  close(): void {
    this.isOpen = false;
  }

  async verify(): Promise<void> {
    await this.#attempt(async () => {
      this.report = await this.backend.verifyAudit(this.connection());
    });
  }

  async save(): Promise<void> {
    const target = await this.backend.chooseFileTarget('snapback-audit.csv');
    if (!target) return;
    await this.#attempt(async () => {
      await this.backend.saveAuditTrail(target);
      this.saved = target;
    });
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
