import type { StorageKeys } from '../../lib/backend/backend';
import { noStorage, readStorage, writeStorage } from '../../lib/storage';

/** Where uploaded files are, while that is edited, and the keys beside it. */
export class StorageForm {
  isOn = $state(false);
  kind = $state<'folder' | 's3'>('folder');
  folder = $state('');
  endpoint = $state('');
  region = $state(noStorage.region);
  accessKeyId = $state('');
  secretAccessKey = $state('');
  /** What is not edited stays as it is. */
  #others = noStorage.others;

  /** Takes a URL apart; null is no storage. */
  fill(storage: string | null): void {
    this.isOn = storage !== null;
    const parts = storage === null ? noStorage : readStorage(storage);
    this.kind = parts.kind;
    this.folder = parts.folder;
    this.endpoint = parts.endpoint;
    this.region = parts.region;
    this.#others = parts.others;
  }

  /** The URL of what is filled in; null where there is to be none. */
  get url(): string | null {
    const { kind, folder, endpoint, region } = this;
    return this.isOn
      ? writeStorage({ kind, folder, endpoint, region, others: this.#others })
      : null;
  }

  /** The keys that were typed; null where they are as they are kept. */
  get keys(): StorageKeys | null {
    const id = this.accessKeyId.trim();
    if (!this.isOn || this.kind !== 's3' || !id || !this.secretAccessKey) return null;
    return { access_key_id: id, secret_access_key: this.secretAccessKey };
  }
}
