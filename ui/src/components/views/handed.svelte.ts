import type { WireError } from '../../lib/backend/backend';
import type { App } from './app.svelte';
import { Looking } from './looking.svelte';
import { wantsPassphrase } from './unlocking.svelte';

/** An archive that was handed to the app while no database is open: it is looked into at once. */
export class HandedOver {
  readonly looking: Looking;
  /** Why one could not be looked into. */
  error = $state.raw<WireError | null>(null);

  constructor(private readonly app: App) {
    this.looking = new Looking(app, () => app.backend.handed);
  }

  async open(path: string): Promise<void> {
    this.error = null;
    try {
      await this.looking.open(await this.app.backend.handed.archive(path));
    } catch (error) {
      this.error = error as WireError;
    }
    const { error } = this.looking;
    if (!error || !wantsPassphrase(error)) return;
    this.looking.close();
    this.app.unlocking.ask(path, () => this.open(path));
  }
}
