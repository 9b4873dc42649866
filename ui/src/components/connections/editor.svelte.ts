import type {
  Backend,
  ChosenFile,
  ConnectionAddress,
  ConnectionForm,
  FoundConnection,
  SavedReport,
  Survey,
  TlsMode,
  WireError,
} from '../../lib/backend/backend';
import { StorageForm } from './storage.svelte';

const local = /^(localhost|127\.\d+\.\d+\.\d+|::1|\/.*)$/i;

export function isLocal(host: string): boolean {
  return local.test(host.trim());
}

function emptyForm(): ConnectionForm {
  return {
    id: null,
    name: '',
    color: 'teal',
    environment: 'production',
    is_read_only: false,
    acting_as: null,
    profile: 'auto',
    storage: null,
    address: {
      host: '',
      port: 5432,
      user: '',
      database: '',
      tls: 'required',
      allows_plaintext: false,
      root_certificate: null,
      client_certificate: null,
      tunnel: null,
    },
  };
}

/** A connection while it is edited: fields and URL say the same, and what was found out about it. */
export class Editor {
  form = $state<ConnectionForm>(emptyForm());
  /** The whole as a URL; the password in it goes to its field. */
  url = $state('');
  urlError = $state<WireError | null>(null);
  password = $state('');
  /** Where uploaded files are. */
  readonly storage = new StorageForm();
  /** Whether the keychain keeps the password and the keys of the storage. */
  keeps = $state(true);
  activity = $state<'idle' | 'testing' | 'saving'>('idle');
  survey = $state<Survey | null>(null);
  error = $state<WireError | null>(null);

  readonly isNew = $derived(this.form.id === null);
  /** Whether nothing would protect the connection to another computer. */
  readonly isOpen = $derived(
    ['off', 'where_offered'].includes(this.form.address.tls) && !isLocal(this.form.address.host),
  );

  readonly #backend: Backend;
  /** Whether the person or a URL has said how the connection is protected. */
  #tlsIsSaid = false;
  /** The address that the URL was last made of or read into. */
  #written = '';

  constructor(backend: Backend, form: ConnectionForm | null = null) {
    this.#backend = backend;
    if (!form) return;
    this.form = form;
    this.storage.fill(form.storage);
    this.#tlsIsSaid = true;
  }

  /** Fills the fields from what a file or a URL says. */
  fill(found: FoundConnection): void {
    const { tunnel } = this.form.address;
    this.form.address = { ...found.address, tunnel };
    this.#tlsIsSaid = true;
    if (found.password !== null) this.password = found.password;
    if (!this.form.name) this.form.name = found.address.host;
    this.forget();
  }

  /** The URL was typed or pasted: fills the fields from it. */
  async readUrl(): Promise<void> {
    this.urlError = null;
    if (!this.url.trim()) return;
    try {
      const found = await this.#backend.readUrl(this.url);
      this.fill(found);
      await this.writeUrl();
    } catch (error) {
      this.urlError = error as WireError;
    }
  }

  /** A field was changed: writes the URL anew. */
  async writeUrl(): Promise<void> {
    const address = $state.snapshot(this.form.address) as ConnectionAddress;
    const now = JSON.stringify(address);
    if (now === this.#written || !address.host || !address.user) return;
    this.#written = now;
    this.url = await this.#backend.writeUrl(address);
    this.urlError = null;
  }

  /** The host was changed: another computer is spoken to with TLS unless the person says otherwise. */
  followHost(): void {
    if (this.#tlsIsSaid) return;
    this.form.address.tls = isLocal(this.form.address.host) ? 'where_offered' : 'required';
  }

  /** The person says how the connection is protected. */
  protect(mode: TlsMode): void {
    this.form.address.tls = mode;
    this.#tlsIsSaid = true;
  }

  /** Something changed that what was found out was about. */
  forget(): void {
    this.survey = null;
    this.error = null;
  }

  async test(): Promise<void> {
    this.forget();
    await this.#attempt('testing', async () => {
      this.survey = await this.#backend.testConnection(
        this.#snapshot(),
        this.password || null,
        this.storage.keys,
      );
    });
  }

  /** Saves it; what was saved, unless it failed. */
  async save(): Promise<SavedReport | null> {
    let report: SavedReport | null = null;
    await this.#attempt('saving', async () => {
      report = await this.#backend.saveConnection(
        this.#snapshot(),
        this.password || null,
        this.storage.keys,
        this.keeps,
      );
    });
    return report;
  }

  /** Asks for a file or a folder that the form names. */
  choose(wanted: ChosenFile): Promise<string | null> {
    return this.#backend.chooseFile(wanted);
  }

  /** Which field the last error is about. */
  readonly wrongField = $derived(this.error?.context['field'] ?? null);

  #snapshot(): ConnectionForm {
    const form = $state.snapshot(this.form) as ConnectionForm;
    return { ...form, storage: this.storage.url };
  }

  async #attempt(activity: 'testing' | 'saving', work: () => Promise<void>): Promise<void> {
    this.activity = activity;
    this.error = null;
    try {
      await work();
    } catch (error) {
      this.error = error as WireError;
    }
    this.activity = 'idle';
  }
}
