import { Editor } from '../connections/editor.svelte';
import type { FoundConnection, SavedReport, WireError } from '../../lib/backend/backend';
import type { App } from './app.svelte';

/** The state of the Connect screen: the list, and what is edited or looked for beside it. */
export class ConnectScreen {
  editor = $state<Editor | null>(null);
  isLooking = $state(false);
  error = $state<WireError | null>(null);
  /** Why the last password could not be kept. */
  passwordProblem = $state<WireError | null>(null);

  constructor(readonly app: App) {}

  add(): void {
    this.#close();
    this.editor = new Editor(this.app.backend);
  }

  look(): void {
    this.#close();
    this.isLooking = true;
  }

  use(found: FoundConnection): void {
    this.add();
    this.editor?.fill(found);
    void this.editor?.writeUrl();
  }

  async edit(connection: string): Promise<void> {
    this.#close();
    await this.#attempt(async () => {
      const form = await this.app.backend.connectionForm(connection);
      this.editor = new Editor(this.app.backend, form);
      await this.editor.writeUrl();
    });
  }

  async remove(connection: string): Promise<void> {
    await this.#attempt(async () => {
      await this.app.backend.removeConnection(connection);
      await this.app.forget(connection);
    });
  }

  async saved(report: SavedReport, opens: boolean): Promise<void> {
    // A password that the keychain does not keep is used this once.
    const typed = this.editor?.password ?? '';
    const keys = this.editor?.storage.keys ?? null;
    this.#close();
    this.passwordProblem = report.password_problem;
    await this.#attempt(() => this.app.know());
    if (opens) await this.app.open(report.connection.id, typed || null, false, keys);
  }

  cancel(): void {
    this.#close();
  }

  #close(): void {
    this.editor = null;
    this.isLooking = false;
    this.error = null;
    this.app.passwordFor = null;
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    this.error = null;
    try {
      await work();
    } catch (error) {
      this.error = error as WireError;
    }
  }
}
