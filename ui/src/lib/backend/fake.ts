/** A backend without a program behind it, for tests of the screen. */

import type {
  AddReport,
  AfterStep,
  ArchiveDetails,
  ArchiveEntry,
  ArchiveFile,
  ArchiveProblem,
  ArchiveRows,
  AuditEntry,
  AuditReport,
  Backend,
  ChangeKind,
  ChosenFile,
  CleanReport,
  Company,
  Connection,
  ConnectionAddress,
  ConnectionForm,
  Contents,
  CopyReport,
  CorruptedRows,
  Counts,
  CreateReport,
  Database,
  Difference,
  DoctorReport,
  DocumentForm,
  Drag,
  Ended,
  ExportReport,
  ExportRequest,
  FileChanges,
  FilePreview,
  FoundConnection,
  Gallery,
  Handed,
  Include,
  Job,
  JudgedArchive,
  Likeness,
  MadeColumn,
  NewCompanyPlan,
  NewCompanyReport,
  NewCompanyRequest,
  NewCompanySource,
  OnEvent,
  PlaceState,
  Plan,
  ProtectionReport,
  RecordBackup,
  RecordHistory,
  RestoreReport,
  Review,
  Role,
  RoleBound,
  RowChange,
  RowFilter,
  RowKey,
  RowsQuery,
  SafetyPlace,
  SavedTemplateReport,
  ScheduleRequest,
  SearchReport,
  Selection,
  Settings,
  SettingsInEffect,
  Settled,
  SignedOut,
  SignOut,
  StorageKeys,
  Survey,
  TemplateRequest,
  WaitingFiles,
  WindowRequest,
  WireError,
} from './backend';
import { fileName } from '../format';
import { keyText } from '../picks';

const companies: Company[] = [
  { id: 'c1', name: 'Müller Präzision GmbH', group: null, alone_in_group: true },
  { id: 'c2', name: 'Müller Service GmbH', group: null, alone_in_group: true },
];
const demo: Connection = {
  id: 'demo',
  title: 'Demo',
  demo_company: 'c1',
  is_saved: false,
  color: 'gray',
  environment: null,
  is_read_only: false,
  role_only_reads: false,
  acting_as: null,
  target: null,
  storage: null,
};
export const form: ConnectionForm = {
  id: null,
  name: 'Carbon',
  color: 'teal',
  environment: 'production',
  is_read_only: false,
  acting_as: null,
  profile: 'carbon',
  storage: null,
  address: {
    host: 'db.example',
    port: 5432,
    user: 'app',
    database: 'carbon',
    tls: 'required',
    allows_plaintext: false,
    root_certificate: null,
    client_certificate: null,
    tunnel: null,
  },
};
export const survey: Survey = {
  server_version: '15.2',
  role: 'snapback_reader',
  tls_version: 'TLSv1.3',
  is_read_only: false,
  application: {
    profile: 'carbon',
    title: 'Carbon',
    company_count: 3,
    may_back_up: true,
    reading_problem: null,
    restoring: { by: 'not', missing: 'The role may not write.', remedy: 'GRANT …' },
    has_state_schema: false,
    state_schema_remedy: null,
  },
  storage: null,
};
const [first] = companies as [Company, Company];
const contents: Contents = {
  company: first,
  row_count: 447_228,
  areas: [
    {
      name: 'sales',
      title: 'Sales',
      row_count: 20_118,
      tables: [
        {
          table: 'public.customer',
          label: 'Customers',
          is_headline: true,
          is_written: true,
          row_count: 412,
        },
      ],
    },
    { name: 'items', title: 'Items', row_count: 427_110, tables: [] },
  ],
  excluded: [
    {
      table: 'public.apiKey',
      label: 'API keys',
      reason: 'secret',
      because: 'It holds secrets.',
      row_count: 3,
    },
  ],
  shared: [{ table: 'public.currencyCode', label: 'Currency codes' }],
};
const size = { row_count: 447_228, byte_count: 223_000_000, size_bytes: 67_300_000 };
const damage: Counts = { changed: 1_204, added: 31, removed: 7, same: 445_993 };
const none: Counts = { changed: 0, added: 0, removed: 0, same: 447_228 };
export const sessions: SignOut = {
  session_count: 12,
  person_count: 9,
  staying: ['Anna Weber', 'Jonas Beck'],
  staying_count: 2,
  token_minutes: 60,
};
const restored: RestoreReport = {
  review: 'r1',
  totals: damage,
  files: null,
  areas: [],
  findings: [],
  safety: 'c1-safety.snapback',
  after: [{ what: 'Planning', by_hand: 'Run planning once.', failure: null, row_count: null }],
  signed_out: null,
  elapsed_ms: 900,
};

/** A price that goes back to what it was. */
function rowOf(number: number, kind: ChangeKind): RowChange {
  const value = String(number * 100);
  return {
    kind,
    key: [{ column: 'itemId', value: `item-${String(number)}` }],
    name: `PRT-${String(number).padStart(6, '0')}`,
    more_names: [`Bracket ${String(number)}`],
    currency: 'EUR',
    fields: [
      {
        column: 'unitSalePrice',
        label: 'Unit sale price',
        old: kind === 'added' ? null : value,
        new: kind === 'removed' ? null : String(number),
        kind: 'money',
      },
      {
        column: 'updatedBy',
        label: 'Updated by',
        old: kind === 'added' ? null : 'u1',
        new: kind === 'removed' ? null : 'u2',
        old_name: 'Import',
        new_name: 'Jonas Beck',
        kind: 'text',
      },
    ],
  };
}

export function failure(code: string, message: string, hint = ''): WireError {
  return { code, message, hint, context: {}, retryable: false };
}

export function archive(name: string, label: string | null): ArchiveEntry {
  return {
    id: name,
    file: name,
    path: name,
    company: first,
    label,
    kind: 'manual',
    made_at: new Date().toISOString(),
    made_by: { os_user: 'anna', host: 'PC-ANNA', database_role: 'backup', app_user: null },
    profile: 'carbon',
    schema_version: null,
    file_count: null,
    encrypted: false,
    problem: null,
    ...size,
  };
}

/** 412 customers, of whom the seventh has a note, and the eighth a file. */
function customers(table: string, { filters, offset, limit }: RowsQuery): ArchiveRows {
  const column = {
    type_name: 'text',
    kind: 'text' as const,
    is_key: false,
    is_name: false,
    refers_to: null,
  };
  const notes: Record<number, string> = { 6: '{"paid": true}', 7: '/private/c1/bracket.txt' };
  const rows = Array.from({ length: 412 }, (_, place) => {
    const number = String(place + 1);
    return [`k${number}`, `Customer ${number}`, '1234.5', notes[place] ?? null];
  });
  const names = ['id', 'name', 'creditLimit', 'notes'];
  const holds = ({ column, likeness, value }: RowFilter, row: (string | null)[]) => {
    const held = row[names.indexOf(column)] ?? null;
    switch (likeness) {
      case 'equal':
        return held === value;
      case 'different':
        return held !== value;
      case 'contains':
        return held?.includes(value);
      case 'at_least':
        return held !== null && held >= value;
      case 'at_most':
        return held !== null && held <= value;
      case 'empty':
        return !held;
      case 'filled':
        return Boolean(held);
    }
  };
  const kept = rows.filter((row) => filters.every((filter) => holds(filter, row)));
  return {
    table,
    label: 'Customers',
    area: 'sales',
    row_count: 412,
    columns: [
      { ...column, name: 'id', label: 'ID', is_key: true },
      { ...column, name: 'name', label: 'Name', is_name: true },
      {
        ...column,
        name: 'creditLimit',
        label: 'Credit limit',
        type_name: 'numeric',
        kind: 'money',
      },
      { ...column, name: 'notes', label: 'Notes', type_name: 'jsonb', kind: 'document' },
    ],
    secret_columns: ['portalToken'],
    refers_to: [],
    used_by: [
      {
        columns: ['id'],
        table: 'public.salesOrder',
        label: 'Sales orders',
        other_columns: ['customerId'],
      },
    ],
    offset,
    rows: kept.slice(offset, offset + limit),
    has_more: kept.length > offset + limit,
  };
}

function found(text: string): SearchReport {
  const hit = {
    area: 'sales',
    table: 'public.customer',
    label: 'Customers',
    key: [{ column: 'id', value: 'k7' }],
    name: 'Customer 7',
    column: 'notes',
    before: '{"',
    found: text,
    after: '": true}',
  };
  const hits = text === 'paid' ? [hit] : [];
  return {
    text,
    hits,
    hit_count: hits.length,
    row_count: 20_118,
    cut_row_count: 0,
    elapsed_ms: 40,
  };
}
/** Files of a storage that differ: one of each kind. */
export const files: FileChanges = {
  added: 1,
  changed: 1,
  removed: 1,
  same: 9,
  byte_count: 1_240_000,
  files: [
    { kind: 'added', name: 'private/c1/drawings/bracket.pdf', byte_count: 1_200_000 },
    { kind: 'changed', name: 'private/c1/photo.png', byte_count: 40_000 },
    { kind: 'removed', name: 'private/c1/notes.txt', byte_count: 120 },
  ],
  written_since: [],
};

function details(entry: ArchiveEntry): ArchiveDetails {
  return {
    ...size,
    path: entry.path,
    made_here: true,
    format_version: 1,
    tool_version: '0.1.0',
    id: entry.path,
    kind: 'manual',
    profile: 'carbon',
    company: first,
    schema_version: '20261101',
    server_version: '18.4',
    made_at: entry.made_at ?? '',
    label: entry.label,
    made_by: { os_user: 'anna', host: 'PC-ANNA', database_role: 'backup', app_user: null },
    encrypted: false,
    areas: [
      {
        name: 'sales',
        title: 'Sales',
        row_count: 20_118,
        tables: [
          {
            table: 'public.customer',
            label: 'Customers',
            disposition: 'restored',
            row_count: 412,
            byte_count: 9_000,
            member: 'data/public.customer.copy',
          },
        ],
      },
    ],
    file_count: null,
    files: [],
    known_file_count: 0,
    base: null,
    excluded: [],
    secret_columns: [],
    outside_keys: [],
    person_count: 4,
    skipped_rows: [],
    problems: [],
  };
}

const examined: DoctorReport = {
  company: first,
  row_count: 8,
  broken_count: 3,
  is_sound: false,
  has_remedy: true,
  areas: [
    {
      name: 'sales',
      title: 'Sales',
      row_count: 8,
      broken_count: 3,
      tables: [
        {
          table: 'public.salesOrder',
          label: 'Sales orders',
          row_count: 8,
          broken_count: 3,
          findings: [
            {
              kind: 'names_nothing',
              columns: ['externalId'],
              target: null,
              target_label: null,
              row_count: 5,
              remedy: 'unknown',
            },
            {
              kind: 'another_company',
              columns: ['customerId'],
              target: 'public.customer',
              target_label: 'Customers',
              row_count: 2,
              remedy: 'goes',
            },
            {
              kind: 'nowhere',
              columns: ['locationId'],
              target: 'public.location',
              target_label: 'Locations',
              row_count: 2,
              remedy: 'emptied',
            },
          ],
        },
      ],
    },
  ],
  sequences: [],
  not_examined: [],
  elapsed_ms: 900,
};

/** What a new company of that name would be. */
function newCompany(name: string, is_safe: boolean): NewCompanyPlan {
  return {
    verdict: 'ready',
    company: { ...first, id: 'c9', name },
    source: first,
    owner: 'anna@mueller.example',
    areas: [
      {
        area: 'sales',
        title: 'Sales',
        row_count: 412,
        tables: [
          {
            table: 'public.customer',
            label: 'Customers',
            row_count: 412,
            ids: 'renewed',
            names_people_once: false,
          },
        ],
      },
      {
        area: 'items',
        title: 'Items',
        row_count: 300,
        tables: [
          {
            table: 'public.part',
            label: 'Parts',
            row_count: 300,
            ids: 'kept',
            names_people_once: false,
          },
        ],
      },
    ],
    row_count: 712,
    people: [
      { name: 'Anna Weber', email: 'anna@mueller.example', fate: 'found' },
      { name: 'Jonas Beck', email: 'jonas@mueller.example', fate: 'owner' },
    ],
    group: null,
    left_out: [
      { table: 'public.webhook', label: 'Webhooks', row_count: 2, because: 'They are secret.' },
    ],
    uniques: [],
    findings: [],
    reconnect: ['Enter the keys of integrations.'],
    is_safe,
    masks_names: false,
    purpose: 'production',
    is_blank: false,
    moved_days: 0,
    file_count: 3,
    carried_files: null,
    rights: { role: 'postgres', path: { by: 'superuser' }, missing: [] },
  };
}

const noColumn: MadeColumn = {
  column: '',
  renewed: 0,
  followed: 0,
  owners: 0,
  emptied: 0,
  made_distinct: 0,
  moved: 0,
  found_values: 0,
  found_elements: 0,
  found_strings: 0,
  found_names: 0,
  found_inside: 0,
  left: 0,
  unknown: 0,
  masked_emails: 0,
  masked_phones: 0,
  masked_sites: 0,
  masked_accounts: 0,
  masked_names: 0,
};

/** What it became. */
function madeCompany({ company, reconnect, left_out }: NewCompanyPlan): NewCompanyReport {
  return {
    company,
    row_count: 712,
    areas: [
      {
        area: 'sales',
        title: 'Sales',
        row_count: 412,
        tables: [
          {
            table: 'public.customer',
            label: 'Customers',
            row_count: 412,
            left_out: 0,
            collided: 0,
            columns: [{ ...noColumn, column: 'notes', found_inside: 7, left: 2, unknown: 1 }],
          },
        ],
      },
    ],
    left_out,
    findings: [],
    files: null,
    made_tables: [],
    after: [],
    reconnect,
    elapsed_ms: 900,
  };
}

/** Keys as calls are noted with them. */
function of(keys: StorageKeys | null): string {
  return keys ? ` ${keys.access_key_id}:${keys.secret_access_key}` : '';
}

function said(password: string | null, keys: StorageKeys | null, keep: boolean): string {
  return password || keys ? ` ${password ?? '-'}${of(keys)} ${String(keep)}` : '';
}

/** What a call includes, as it is noted. */
function including(include: Include): string {
  return include === 'data_and_files' ? ' with files' : '';
}

/** What a call picks, as it is noted. */
function picking(selection: Selection | null): string {
  if (!selection) return '';
  const { rows, areas, child_levels, conflicts, keep } = selection;
  const kept = keep.flatMap(({ columns }) => columns);
  const picked = [...rows.map(({ key }) => keyText(key)), ...areas].join(',');
  return ` ${picked} ${String(child_levels)} ${conflicts} ${kept.join(',')}`.trimEnd();
}

/** A row that was in two backups, once with another name. */
function told(row: RowKey): RecordHistory {
  const backup = (file: string, made_at: string): RecordBackup => ({
    file,
    id: file,
    label: null,
    kind: 'manual',
    made_at,
  });
  const first = backup('c.snapback', '2026-11-01T09:00:00Z');
  const last = backup('a.snapback', '2026-11-03T09:00:00Z');
  const field = { column: 'name', label: 'Name' };
  return {
    table: row.table,
    label: 'Customers',
    key: row.key,
    versions: [
      {
        event: 'found',
        first,
        last: first,
        backup_count: 1,
        fields: [{ ...field, old: null, new: 'Hubber' }],
      },
      {
        event: 'changed',
        first: last,
        last,
        backup_count: 1,
        fields: [{ ...field, old: 'Hubber', new: 'Huber' }],
      },
    ],
    backup_count: 2,
    not_read: [],
  };
}

export class FakeBackend implements Backend, Database {
  known: Connection[] = [demo];
  entries: ArchiveEntry[] = [];
  openReview: Review | null = null;
  /** Where the safety snapshot of an open review lies. */
  safety: SafetyPlace = 'here';
  /** What the person chooses when asked for a safety snapshot. */
  chosenSafety: string | null = null;
  /** Files that an earlier restore has left to do. */
  waitingFiles: WaitingFiles | null = null;
  /** What can be shown of a file. */
  preview: FilePreview = { shown: 'text', text: 'Bracket, 4 mm', is_whole: true };
  /** Uploaded files that differ, where they are asked for. */
  changedFiles: FileChanges = files;
  /** What did not fit when a backup with files was made. */
  misfits: ArchiveProblem[] = [];
  /** How restores ended whose answer was lost. */
  settled: Settled[] = [];
  /** Whose sessions are ended for a restore that was cut off before it could. */
  leftSignedIn: SignedOut | null = null;
  /** Why nobody can be signed out after a restore, in spite of being asked. */
  signOutFailure: string | null = null;
  /** What is to be looked after once a restore is done. */
  after: AfterStep[] = restored.after;
  /** Differences that are open, by the ids of their jobs. */
  readonly openPlans = new Set<string>();
  isDamaged = false;
  /** Replaces parts of every plan. */
  planned: Partial<Plan> = {};
  /** Every call with its arguments, in order. */
  readonly calls: string[] = [];
  /** Fails the call of that name. */
  readonly failing = new Map<string, WireError>();
  /** What a test of a connection finds. */
  survey: Survey = survey;
  /** Why the keychain keeps no password. */
  passwordProblem: WireError | null = null;
  /** Every form that was saved. */
  readonly forms: ConnectionForm[] = [];
  /** Jobs of that name wait until they are cancelled or let go. */
  readonly waiting = new Set<string>();
  /** What the person chooses in the system's dialogs. */
  chosenArchives: string[] = [];
  chosenTarget: string | null = null;
  /** A word for the schema. */
  schema = 'one';
  /** How it stands with an archive. */
  judged = (path: string): JudgedArchive => ({
    archive: path,
    today: { verdict: 'ready', findings: [], tables_read: 0 },
    error: null,
  });
  /** What is wrong with the company's rows. */
  examined: DoctorReport = examined;
  /** Tells the window of files that are dragged over it. */
  drag: (drag: Drag) => void = () => undefined;
  readonly #letGo: (() => void)[] = [];
  #draft: NewCompanyPlan | null = null;

  connections = () => this.#answer('connections', () => this.known);
  connect = (
    connection: string,
    password: string | null,
    keys: StorageKeys | null,
    keep: boolean,
  ) =>
    this.#answer(`connect ${connection}${said(password, keys, keep)}`, () => ({
      connection: this.known.find(({ id }) => id === connection) ?? demo,
      password_problem: null,
    }));
  connectionForm = (connection: string) =>
    this.#answer(`connectionForm ${connection}`, () => ({ ...form, id: connection }));
  saveConnection = (
    saved: ConnectionForm,
    password: string | null,
    keys: StorageKeys | null,
    keep: boolean,
  ) =>
    this.#answer(
      `saveConnection ${saved.name} ${password ?? '-'}${of(keys)} ${String(keep)}`,
      () => {
        const { color, environment, is_read_only, acting_as, name } = saved;
        const id = saved.id ?? 'saved-1';
        const made = { ...demo, id, title: name, demo_company: null, is_saved: true };
        const storage = saved.storage ? { address: saved.storage, problem: null } : null;
        const connection = { ...made, color, environment, is_read_only, acting_as, storage };
        this.known = [...this.known.filter((known) => known.id !== id), connection];
        this.forms.push(saved);
        return { connection, password_problem: this.passwordProblem };
      },
    );
  removeConnection = (connection: string) =>
    this.#answer(`removeConnection ${connection}`, () => {
      this.known = this.known.filter(({ id }) => id !== connection);
      return null;
    });
  testConnection = (tried: ConnectionForm, password: string | null, keys: StorageKeys | null) =>
    this.#answer(
      `testConnection ${tried.address.host} ${password ?? '-'}${of(keys)}`,
      () => this.survey,
    );
  answerQuestion = (number: number, answer: string | null) =>
    this.#answer(`answerQuestion ${number} ${answer ?? '-'}`, () => null);
  readUrl = (url: string) => {
    const { hostname, port, username, password, pathname } = new URL(url);
    return this.#answer('readUrl', (): FoundConnection => ({
      called: '',
      address: {
        ...form.address,
        host: hostname,
        port: Number(port) || 5432,
        user: username,
        database: pathname.slice(1),
      },
      password: password || null,
    }));
  };
  writeUrl = ({ user, host, port, database }: ConnectionAddress) =>
    this.#answer('writeUrl', () => `postgres://${user}@${host}:${String(port)}/${database}`);
  findConnections = (path: string | null) =>
    this.#answer(`findConnections ${path ?? '~/.pgpass'}`, (): FoundConnection[] => [
      { called: 'DATABASE_URL', address: form.address, password: 'found' },
    ]);
  disconnect = (connection: string) => this.#answer(`disconnect ${connection}`, () => null);
  database = () => this;
  /** What people would see of an archive that is handed to the app. */
  handedEntry: Partial<ArchiveEntry> = {};
  handed: Handed = {
    archive: (path) =>
      this.#answer(`handedArchive ${path}`, () => ({
        ...archive(path, null),
        file: fileName(path),
        ...this.handedEntry,
      })),
    archiveDetails: (path) =>
      this.#answer(`handedDetails ${path}`, () => ({
        ...details(archive(path, null)),
        made_here: false,
        files: this.handedFiles,
      })),
    archiveRows: (path, table, query) =>
      this.#answer(`handedRows ${path} ${table}`, () => customers(table, query)),
    searchArchive: (path, text) => this.#answer(`searchHanded ${path} ${text}`, () => found(text)),
    previewFile: (path, bucket, key) =>
      this.#answer(`previewHandedFile ${path} ${bucket}/${key}`, () => this.preview),
    saveFile: (path, bucket, key, target, on) =>
      this.#job(`saveHandedFile ${path} ${bucket}/${key} ${target}`, on, (): CopyReport => ({
        paths: [target],
      })),
    unlockArchive: (path, passphrase) =>
      this.#answer(`unlockHanded ${path} ${passphrase}`, () => null),
  };
  /** Uploaded files in such an archive. */
  handedFiles: ArchiveFile[] = [];
  chooseArchives = () => this.#answer('chooseArchives', () => this.chosenArchives);
  chooseCopyTarget = (name: string | null) =>
    this.#answer(`chooseCopyTarget ${name ?? '-'}`, () => this.chosenTarget);
  /** What the person chooses in the system's dialogs for a connection. */
  chosenFile: string | null = null;
  chooseFile = (wanted: ChosenFile) => this.#answer(`chooseFile ${wanted}`, () => this.chosenFile);
  chooseFileTarget = (name: string) =>
    this.#answer(`chooseFileTarget ${name}`, () => this.chosenTarget);
  onDrag = (tell: (drag: Drag) => void) => {
    this.drag = tell;
    return () => undefined;
  };
  /** Ends the jobs that wait. */
  letGo = () => {
    this.waiting.clear();
    for (const end of this.#letGo.splice(0)) end();
  };
  inEffect: SettingsInEffect = {
    settings: { library: null, include: 'data_only', theme: 'system', close_to_tray: false },
    library_folder: '/home/anna/.local/share/snapback/library',
    library_is_named: false,
    log_folder: '/home/anna/.local/share/snapback/logs',
    unreadable_kept_at: null,
    tray_is_missing: false,
  };
  /** Says to the window what the desktop asks of it. */
  request: (request: WindowRequest) => void = () => undefined;
  settings = () => this.#answer('settings', () => this.inEffect);
  changeSettings = (settings: Settings) =>
    this.#answer('changeSettings', () => {
      this.inEffect = { ...this.inEffect, settings };
      return this.inEffect;
    });
  chooseLibrary = () => this.#answer('chooseLibrary', () => '/srv/backups');
  /** What was done, newest first. */
  deeds: AuditEntry[] = [
    {
      number: 2,
      at: '2026-11-26T09:00:00Z',
      action: 'restore',
      detail: null,
      result: 'not_confirmed',
      is_done: false,
      os_user: 'anna',
      host: 'desk',
      app_user: null,
      program: 'snapback 0.1.0',
      database: 'db.example.com:5432/carbon',
      role: 'snapback',
      company: 'mueller',
      company_name: 'Müller Präzision GmbH',
      archive: 'Mueller-20261125T174200Z.snapback',
    },
    {
      number: 1,
      at: '2026-11-25T17:42:00Z',
      action: 'create',
      detail: 'scheduled',
      result: 'done',
      is_done: true,
      os_user: 'anna',
      host: 'desk',
      app_user: null,
      program: 'snapback 0.1.0',
      database: 'db.example.com:5432/carbon',
      role: 'snapback',
      company: 'mueller',
      company_name: 'Müller Präzision GmbH',
      archive: 'Mueller-20261125T174200Z.snapback',
    },
  ];
  /** What the trail is found to be. */
  verifiedTrail: Partial<AuditReport> = {};
  auditTrail = () =>
    this.#answer('auditTrail', () => ({
      read_from: '/home/anna/.local/share/snapback/audit/audit.log',
      entries: this.deeds,
      total: this.deeds.length,
    }));
  verifyAudit = (connection: string | null) =>
    this.#answer(`verifyAudit ${connection ?? '-'}`, () => ({
      file: '/home/anna/.local/share/snapback/audit/audit.log',
      entry_count: this.deeds.length,
      first_at: null,
      last_at: null,
      compared_with: 'db.example.com:5432/carbon',
      faults: [],
      fault_count: 0,
      ...this.verifiedTrail,
    }));
  saveAuditTrail = (target: string) => this.#answer(`saveAuditTrail ${target}`, () => null);
  openLogs = () => this.#answer('openLogs', () => null);
  openedWith = () => this.#answer<string | null>('openedWith', () => null);
  onRequest = (hear: (request: WindowRequest) => void) => {
    this.request = hear;
    return () => undefined;
  };
  notify = (title: string, body: string) => {
    this.calls.push(`notify ${title}: ${body}`);
  };
  close = () => {
    this.calls.push('close');
  };
  stopAndQuit = () => this.#answer('stopAndQuit', () => null);
  /** Companies that were started. */
  readonly started: Company[] = [];
  /** What whoever acts may do with the companies. */
  role: Role = 'admin';
  /** Why it is not more. */
  bound: RoleBound = 'user';
  companies = () =>
    this.#answer('companies', () =>
      [...companies, ...this.started].map((company) => ({
        ...company,
        role: this.role,
        bound: this.bound,
      })),
    );
  /** Replaces parts of what a new company would be. */
  plannedCompany: Partial<NewCompanyPlan> = {};
  appUsers = () =>
    this.#answer('appUsers', () => [
      { name: 'Anna Weber', email: 'anna@mueller.example' },
      { name: 'Jonas Beck', email: 'jonas@mueller.example' },
    ]);
  /** The templates that there are. */
  gallery: Gallery = {
    folder: '/home/anna/.local/share/snapback/templates',
    templates: [
      {
        name: 'Robotics',
        industry: 'Automation',
        description: 'Grippers and robot cells.',
        profile: 'carbon',
        picture: null,
        today: '2026-10-30T00:00:00Z',
        is_shipped: true,
        path: 'robotics.snapback',
        has_group: false,
        row_count: 3_120,
        counts: [
          { label: 'Customers', row_count: 20 },
          { label: 'Quotes', row_count: 30 },
        ],
      },
    ],
    unusable: [],
  };
  templates = () => this.#answer('templates', () => this.gallery);
  planNewCompany = (source: NewCompanySource, request: NewCompanyRequest, on: OnEvent) => {
    const { name, owner, group, keeps_ids, include, makes_placeholders } = request;
    const { is_safe, masks_names, purpose } = request;
    const how = [
      group ?? 'own group',
      purpose === 'production' ? '' : purpose,
      is_safe ? 'safe' : '',
      masks_names ? 'other names' : '',
      keeps_ids ? 'same ids' : '',
      include === 'data_and_files' ? 'files' : '',
      makes_placeholders ? 'placeholders' : '',
    ];
    const call = `planNewCompany ${source.from} ${source.which ?? '-'} ${name} ${owner ?? '-'} ${how.filter(Boolean).join(' ')}`;
    return this.#job(call, on, () => {
      this.#draft = { ...newCompany(name, is_safe), masks_names, purpose, ...this.plannedCompany };
      return this.#draft;
    });
  };
  makeNewCompany = (plan: string, on: OnEvent) =>
    this.#job(`makeNewCompany`, on, () => {
      this.openPlans.delete(plan);
      const draft = this.#draft ?? newCompany('', false);
      this.started.push(draft.company);
      return madeCompany(draft);
    });
  forgetNewCompany = (plan: string) =>
    this.#answer('forgetNewCompany', () => {
      this.openPlans.delete(plan);
      return null;
    });
  contents = (company: string) => this.#answer(`contents ${company}`, () => contents);
  archives = () => this.#answer('archives', () => [...this.entries]);
  review = (company: string) =>
    this.#answer(`review ${company}`, () => ({
      open: this.openReview,
      settled: this.settled,
      safety: this.safety,
      waiting_files: this.waitingFiles,
      ...(this.leftSignedIn && { signed_out: this.leftSignedIn }),
    }));
  /** How the companies stand. */
  protectionNow: ProtectionReport = {
    status: {
      library: '/home/anna/.local/share/snapback/library',
      free_bytes: 500_000_000_000,
      is_encrypting: false,
      locked_count: 0,
      companies: [],
      places: [],
      alerts: [],
      channels: [],
    },
    schedules: [],
    timer: false,
    keys: { is_encrypting: false, keys: [] },
    areas: [
      { name: 'sales', title: 'Sales' },
      { name: 'items', title: 'Items' },
    ],
    held: null,
    locked: null,
  };
  protection = () => this.#answer('protection', () => this.protectionNow);
  protectAll = () =>
    this.#answer('protectAll', () => {
      const usual: [string, number][] = [
        ['6h', 7],
        ['daily@02:00', 30],
        ['sunday@03:00', 90],
      ];
      const schedules = usual.map(([rhythm, keep_days], place) => ({
        number: place + 1,
        company: null,
        company_name: null,
        rhythm,
        zone: 'Europe/Berlin',
        keep_days,
        files: false,
        connection: 'Production',
        database: 'db.example.com:5432/carbon',
        next: '2026-11-26T18:00:00Z',
        handed_into: null,
        areas: [],
      }));
      this.protectionNow = { ...this.protectionNow, schedules, timer: true };
      return this.protectionNow;
    });
  addSchedule = (wanted: ScheduleRequest) =>
    this.#answer(`addSchedule ${JSON.stringify(wanted)}`, () => {
      const { schedules } = this.protectionNow;
      const { company, ...of } = wanted;
      const added = {
        ...of,
        company,
        number: schedules.length + 1,
        company_name: companies.find(({ id }) => id === company)?.name ?? null,
        zone: 'Europe/Berlin',
        files: false,
        connection: 'Production',
        database: 'db.example.com:5432/carbon',
        next: '2026-11-26T18:00:00Z',
      };
      this.protectionNow = { ...this.protectionNow, schedules: [...schedules, added] };
      return this.protectionNow;
    });
  /** What lies at every second place. */
  atPlaces: string[] = [];
  #setPlaces(places: PlaceState[]) {
    const { status } = this.protectionNow;
    this.protectionNow = { ...this.protectionNow, status: { ...status, places } };
    return this.protectionNow;
  }
  addPlace = (address: string, keys: StorageKeys | null) =>
    this.#answer(`addPlace ${address} ${keys?.access_key_id ?? '-'}`, () => {
      const { places } = this.protectionNow.status;
      const place = {
        number: places.length + 1,
        address,
        copied_count: 0,
        waiting_count: 2,
        waiting_since: new Date(Date.now() - 3 * 3_600_000).toISOString(),
        failures: 0,
        last_failure: null,
      };
      return this.#setPlaces([...places, place]);
    });
  lookAtPlace = (number: number) =>
    this.#answer(`lookAtPlace ${String(number)}`, () => this.atPlaces);
  removePlace = (number: number) =>
    this.#answer(`removePlace ${String(number)}`, () => {
      const { places } = this.protectionNow.status;
      return this.#setPlaces(places.filter((known) => known.number !== number));
    });
  fetchArchive = (number: number, file: string, on: OnEvent) =>
    this.#job(`fetchArchive ${String(number)} ${file}`, on, (): AddReport => {
      const entry = archive(file, null);
      this.entries.unshift(entry);
      return { archive: entry, was_known: false };
    });
  unlockArchive = (path: string, passphrase: string) =>
    this.#answer(`unlockArchive ${path} ${passphrase}`, () => null);
  removeSchedule = (number: number) =>
    this.#answer(`removeSchedule ${String(number)}`, () => {
      const schedules = this.protectionNow.schedules.filter((known) => known.number !== number);
      this.protectionNow = { ...this.protectionNow, schedules };
      return this.protectionNow;
    });
  installTimer = () =>
    this.#answer('installTimer', () => {
      this.protectionNow = { ...this.protectionNow, timer: true };
      return this.protectionNow;
    });
  encryptBackups = (sheet: string) =>
    this.#answer(`encryptBackups ${sheet}`, () => {
      const keys = { ...this.protectionNow.keys, is_encrypting: true };
      this.protectionNow = { ...this.protectionNow, keys };
      return this.protectionNow;
    });
  tellDesktop = () => this.#answer('tellDesktop', () => null);
  addAlerts = (address: string, password: string | null) =>
    this.#answer(`addAlerts ${address} ${password ?? '-'}`, () => {
      const { status } = this.protectionNow;
      const channel = {
        number: status.channels.length + 1,
        address: 'webhook at hooks.example.com',
        standing_count: 0,
        failures: 0,
        last_failure: null,
      };
      const channels = [...status.channels, channel];
      this.protectionNow = { ...this.protectionNow, status: { ...status, channels } };
      return this.protectionNow;
    });
  testAlerts = (number: number) => this.#answer(`testAlerts ${String(number)}`, () => null);
  removeAlerts = (number: number) =>
    this.#answer(`removeAlerts ${String(number)}`, () => {
      const { status } = this.protectionNow;
      const channels = status.channels.filter((known) => known.number !== number);
      this.protectionNow = { ...this.protectionNow, status: { ...status, channels } };
      return this.protectionNow;
    });
  reviews = () =>
    this.#answer('reviews', (): Record<string, string> =>
      this.openReview ? { [this.openReview.company_id]: this.openReview.id } : {},
    );
  rows = (plan: string, table: string, only: ChangeKind | null, offset: number, limit: number) =>
    this.#answer(`rows ${table} ${only ?? 'all'} ${String(offset)} ${String(limit)}`, () => ({
      table,
      label: 'Unit sale prices',
      total: only ? damage[only] : damage.changed + damage.added + damage.removed,
      offset,
      rows: Array.from({ length: this.openPlans.has(plan) ? limit : 0 }, (_, place) =>
        rowOf(offset + place + 1, only ?? 'changed'),
      ),
    }));
  compare = (company: string, from: string, to: string | null, on: OnEvent) =>
    this.#job(`compare ${company} ${from} ${to ?? 'live'}`, on, (): Difference => {
      const { totals, findings, areas } = this.#planFor(damage);
      return { from, to: to ?? 'live', totals, findings, areas, files: null };
    });
  saveComparison = (plan: string, form: DocumentForm, target: string, on: OnEvent) =>
    this.#job(`saveComparison ${form} ${target}`, on, (): CopyReport => ({
      paths: this.openPlans.has(plan) ? [target] : [],
    }));
  closePlan = (plan: string) =>
    this.#answer(`closePlan ${plan}`, () => {
      this.openPlans.delete(plan);
      return null;
    });
  chooseSafety = () => this.#answer('chooseSafety', () => this.chosenSafety);
  keepWithoutSafety = (company: string) =>
    this.#answer(`keepWithoutSafety ${company}`, () => {
      this.openReview = null;
      return null;
    });
  afterSteps = () => this.#answer('afterSteps', () => this.after);
  repeatAfterSteps = (company: string) =>
    this.#answer(`repeatAfterSteps ${company}`, () => {
      this.after = this.after.map((step) => ({ ...step, failure: null }));
      return this.after;
    });
  reviewChanges = (company: string, safety: string | null, on: OnEvent) =>
    this.#job(`reviewChanges ${company} ${safety ?? '-'}`, on, () => {
      const { totals, findings, areas } = this.#planFor(damage);
      const { files: changed } = this.openReview ?? { files: null };
      return { from: 'before', to: 'restored', totals, findings, areas, files: changed };
    });
  damage = () =>
    this.#answer('damage', () => {
      this.isDamaged = true;
      return null;
    });
  keep = (company: string) =>
    this.#answer(`keep ${company}`, () => {
      this.openReview = null;
      return null;
    });

  archiveDetails = (path: string) =>
    this.#answer(`archiveDetails ${path}`, () => details(this.#entry(path)));
  archiveRows = (path: string, table: string, query: RowsQuery) => {
    const { filters, order, offset } = query;
    const signs: Partial<Record<Likeness, string>> = { equal: '=', contains: '~' };
    const how = [
      ...filters.map(({ column, likeness, value }) =>
        `${column}${signs[likeness] ?? ` ${likeness} `}${value}`.trim(),
      ),
      ...(order ? [`by ${order.column} ${order.direction}`] : []),
    ];
    return this.#answer(`archiveRows ${path} ${table} ${how.join(',')} ${String(offset)}`, () =>
      customers(table, query),
    );
  };
  searchArchive = (path: string, text: string) =>
    this.#answer(`searchArchive ${path} ${text}`, () => found(text));
  rowHistory = (company: string, row: RowKey) =>
    this.#answer(`rowHistory ${company} ${row.table} ${keyText(row.key)}`, () => told(row));
  previewFile = (path: string, bucket: string, key: string) =>
    this.#answer(`previewFile ${path} ${bucket}/${key}`, () => this.preview);
  saveFile = (path: string, bucket: string, key: string, target: string, on: OnEvent) =>
    this.#job(`saveFile ${path} ${bucket}/${key} ${target}`, on, (): CopyReport => ({
      paths: [target],
    }));
  exportRows = (
    company: string,
    path: string | null,
    wanted: ExportRequest,
    target: string,
    on: OnEvent,
  ) => {
    const { areas, byte_order_mark, safe_cells, include } = wanted;
    const how = [
      areas.join(',') || 'all',
      ...(byte_order_mark ? ['bom'] : []),
      ...(safe_cells ? ['safe'] : []),
    ];
    return this.#job(
      `exportRows ${company} ${path ?? 'live'} ${how.join(' ')}${including(include)} ${target}`,
      on,
      (): ExportReport => ({
        path: target,
        size_bytes: 12_300_000,
        folder: 'carbon-export-2026-11-20',
        tables: [{ file: 'customer.csv', row_count: 412 }],
        row_count: 412,
        safe_cell_count: safe_cells ? 3 : 0,
        cut_cell_count: 0,
        file_count: include === 'data_and_files' ? 12 : null,
        elapsed_ms: 1_240,
      }),
    );
  };
  saveTemplate = (path: string, wanted: TemplateRequest, on: OnEvent) => {
    const { name, industry, description, picture } = wanted;
    const texts = [name, industry, description, picture].map((text) => text ?? '-').join(' | ');
    return this.#job(`saveTemplate ${path} ${texts}`, on, (): SavedTemplateReport => ({
      name,
      path: `/data/snapback/templates/${name}.snapback`,
      size_bytes: 2_400_000,
      row_count: 12_345,
      masked: 678,
    }));
  };
  finishFiles = (company: string, on: OnEvent) =>
    this.#job(`finishFiles ${company}`, on, (): ArchiveProblem[] => {
      this.waitingFiles = null;
      return [];
    });
  elapsedMaking = (path: string) => this.#answer(`elapsedMaking ${path}`, () => 1_240);
  renameArchive = (path: string, name: string | null) =>
    this.#answer(`renameArchive ${path} ${name ?? '-'}`, () => {
      this.#entry(path).label = name;
      return null;
    });
  deleteArchive = (path: string) =>
    this.#answer(`deleteArchive ${path}`, () => {
      this.entries = this.entries.filter((entry) => entry.path !== path);
      return null;
    });
  schemaStamp = () => this.#answer('schemaStamp', () => this.schema);
  verdicts = (company: string, paths: readonly string[]) =>
    this.#answer(`verdicts ${company} ${paths.join(',')}`, () => paths.map(this.judged));
  examine = (company: string, on: OnEvent) =>
    this.#job(`examine ${company}`, on, () => this.examined);
  cleanPlan = (company: string, on: OnEvent) =>
    this.#job(`cleanPlan ${company}`, on, () => this.#planFor({ ...none, changed: 2, removed: 1 }));
  clean = (company: string, consent: string, on: OnEvent) =>
    this.#job(`clean ${company} ${consent}`, on, (): CleanReport => {
      const left = { ...this.examined, row_count: 0, is_sound: true, broken_count: 0, areas: [] };
      return { restored, raised: [], left };
    });
  showInFolder = (path: string) => this.#answer(`showInFolder ${path}`, () => null);

  addArchive = (path: string, on: OnEvent) =>
    this.#job(`addArchive ${path}`, on, (): AddReport => {
      const added = archive(path, 'From elsewhere');
      this.entries.push(added);
      return { archive: added, was_known: false };
    });

  saveCopies = (archives: readonly string[], target: string, on: OnEvent) =>
    this.#job(`saveCopies ${archives.join(',')} ${target}`, on, (): CopyReport => ({
      paths: archives.map((name) => `${target}/${name}`),
    }));

  create = (
    company: string,
    label: string | null,
    corrupted: CorruptedRows,
    include: Include,
    on: OnEvent,
  ) =>
    this.#job(
      `create ${company} ${label ?? '-'} ${corrupted}${including(include)}`,
      on,
      (): CreateReport => {
        const path = `${company}-${String(this.entries.length + 1)}.snapback`;
        const hasFiles = include === 'data_and_files';
        const entry = { ...archive(path, label), file_count: hasFiles ? 12 : null };
        this.entries.unshift(entry);
        return {
          id: path,
          path,
          blake3: '',
          company: first,
          label,
          made_at: entry.made_at ?? '',
          table_count: 298,
          file_count: entry.file_count,
          excluded: [],
          skipped_rows: [],
          problems: hasFiles ? this.misfits : [],
          crossings: [],
          elapsed_ms: 1_240,
          ...size,
        };
      },
    );

  plan = (
    company: string,
    path: string,
    include: Include,
    selection: Selection | null,
    on: OnEvent,
  ) =>
    this.#job(`plan ${company} ${path}${including(include)}${picking(selection)}`, on, () => ({
      ...this.#planFor(this.isDamaged ? damage : none),
      ...(include === 'data_and_files' ? { files: this.changedFiles } : {}),
    }));

  restore = (
    company: string,
    path: string,
    include: Include,
    selection: Selection | null,
    signOut: boolean,
    consent: string,
    on: OnEvent,
  ) =>
    this.#job(
      `restore ${company} ${path} ${consent}${including(include)}${picking(selection)}${signOut ? ' signing out' : ''}`,
      on,
      () => {
        const hasFiles = include === 'data_and_files';
        this.isDamaged = false;
        this.openReview = {
          id: 'r1',
          company_id: company,
          company_name: first.name,
          restored_at: new Date().toISOString(),
          os_user: 'anna',
          host: 'PC-ANNA',
          database_role: 'owner',
          app_user: null,
          source_id: path,
          source_label: this.entries.find((entry) => entry.path === path)?.label ?? null,
          is_cleaning: false,
          is_selection: selection !== null,
          source_made_at: new Date().toISOString(),
          safety_id: 's1',
          safety_path: 'c1-safety.snapback',
          totals: damage,
          areas: [],
          files: hasFiles ? this.changedFiles : null,
        };
        const { added, changed, removed, same, byte_count } = this.changedFiles;
        const moved = { added, changed, removed, same, byte_count, problems: this.misfits };
        return {
          ...restored,
          files: hasFiles ? moved : null,
          after: this.after,
          signed_out: signOut ? { sessions, failure: this.signOutFailure } : null,
        };
      },
    );

  revertPlan = (company: string, safety: string | null, on: OnEvent) =>
    this.#job(`revertPlan ${company} ${safety ?? '-'}`, on, () => ({
      plan: this.#planFor(damage),
      written_since: ['Customers'],
    }));

  revert = (company: string, consent: string | null, safety: string | null, on: OnEvent) => {
    if (consent) this.failing.delete('revert');
    return this.#job(`revert ${company} ${consent ?? '-'} ${safety ?? '-'}`, on, () => {
      this.isDamaged = true;
      this.openReview = null;
      return { ...restored, review: null };
    });
  };

  #entry(path: string): ArchiveEntry {
    return this.entries.find((entry) => entry.path === path) ?? archive(path, null);
  }

  #planFor(counts: Counts): Plan {
    return {
      sign_out: null,
      verdict: 'ready',
      digest: 'plan-1',
      loses_something: counts.removed > 0,
      rights: { role: 'postgres', path: { by: 'superuser' }, missing: [] },
      totals: counts,
      findings: [],
      files: null,
      areas: [
        {
          name: 'items',
          title: 'Items',
          counts,
          tables: [
            {
              table: 'public.itemUnitSalePrice',
              label: 'Unit sale prices',
              is_written: true,
              counts,
            },
          ],
        },
        { name: 'people', title: 'People', counts: { ...none, same: 12 }, tables: [] },
      ],
      ...this.planned,
    };
  }

  #answer<T>(call: string, value: () => T): Promise<T> {
    this.calls.push(call);
    const error = this.failing.get(call.split(' ')[0] ?? '');
    return error ? Promise.reject(error) : Promise.resolve(value());
  }

  #job<Report>(call: string, on: OnEvent, report: () => Report): Job<Report> {
    this.calls.push(call);
    const name = call.split(' ')[0] ?? '';
    const id = `job-${String(this.calls.length)}`;
    let cancel: () => void = () => undefined;
    const end = new Promise<Ended<Report>>((resolve) => {
      on({ event: 'started' });
      on({
        event: 'progress',
        data: {
          phase: 'reading',
          unit: 'rows',
          done: 278_115,
          total: 447_228,
          bytes: 140_000_000,
        },
      });
      cancel = () => {
        resolve({ event: 'cancelled' });
      };
      const error = this.failing.get(name);
      if (error) resolve({ event: 'failed', data: error });
      else if (!this.waiting.has(name)) {
        this.openPlans.add(id);
        resolve({ event: 'completed', data: report() });
      } else {
        this.#letGo.push(() => {
          resolve({ event: 'completed', data: report() });
        });
      }
    });
    return {
      id,
      end,
      cancel: () => {
        cancel();
      },
    };
  }
}
