import type { Backend, Settings, SettingsInEffect, WireError } from '../../lib/backend/backend';

/** What the person has set, and what it comes to at this computer. */
export class Preferences {
  /** Null until it has been read. */
  inEffect = $state.raw<SettingsInEffect | null>(null);
  /** Why the last change was refused. */
  error = $state.raw<WireError | null>(null);

  readonly settings = $derived(this.inEffect?.settings ?? null);

  constructor(readonly backend: Backend) {}

  async read(): Promise<void> {
    await this.#attempt(() => this.backend.settings());
  }

  /** Changes some settings; where that is refused, all stay as they are. */
  async change(changed: Partial<Settings>): Promise<void> {
    const { settings } = this;
    if (!settings) return;
    await this.#attempt(() => this.backend.changeSettings({ ...settings, ...changed }));
  }

  /** Asks for another folder for the library. */
  async chooseLibrary(): Promise<void> {
    const folder = await this.backend.chooseLibrary();
    if (folder !== null) await this.change({ library: folder });
  }

  async openLogs(): Promise<void> {
    try {
      this.error = null;
      await this.backend.openLogs();
    } catch (error) {
      this.error = error as WireError;
    }
  }

  async #attempt(work: () => Promise<SettingsInEffect>): Promise<void> {
    try {
      this.error = null;
      this.inEffect = await work();
    } catch (error) {
      this.error = error as WireError;
    }
  }
}
