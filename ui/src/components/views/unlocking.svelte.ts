import type { WireError } from '../../lib/backend/backend';
import { fileName } from '../../lib/format';
import type { App } from './app.svelte';

/** Whether a passphrase would open what could not be opened. */
export function wantsPassphrase(error: WireError): boolean {
  return error.context['locked_by'] === 'passphrase';
}

/** Archives that a passphrase opens: asked for one after the other. */
export class Unlocking {
  /** Paths of those that are asked about, with what comes once one is open. */
  #waiting = $state.raw<readonly { path: string; then: () => Promise<void> }[]>([]);
  error = $state.raw<WireError | null>(null);
  isBusy = $state(false);

  /** The archive that is asked about now, for people. */
  readonly archive = $derived.by(() => {
    const path = this.#waiting[0]?.path;
    return path === undefined ? null : fileName(path);
  });

  constructor(private readonly app: App) {}

  /** Asks for the passphrase of an archive; what comes then is done once it is open. */
  ask(path: string, then: () => Promise<void>): void {
    if (this.#waiting.some((known) => known.path === path)) return;
    this.#waiting = [...this.#waiting, { path, then }];
  }

  /** Asks for the passphrase of an archive of the library. */
  open(path: string): void {
    this.ask(path, () => this.app.lookAgain());
  }

  async unlock(passphrase: string): Promise<void> {
    const { backend, database } = this.app;
    const [first] = this.#waiting;
    if (!first || this.isBusy) return;
    this.isBusy = true;
    this.error = null;
    try {
      await (database ?? backend.handed).unlockArchive(first.path, passphrase);
      this.close();
      await first.then();
    } catch (error) {
      this.error = error as WireError;
    }
    this.isBusy = false;
  }

  /** Leaves the archive that is asked about as it is. */
  close(): void {
    this.#waiting = this.#waiting.slice(1);
    this.error = null;
  }
}
