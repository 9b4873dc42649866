/**
 * What the screen asks of the program behind it. `tauri.ts` answers with the engine, `fake.ts` with
 * made-up data for tests.
 */

import type {
  AddReport,
  AfterStep,
  AppUser,
  ArchiveDetails,
  ArchiveEntry,
  ArchiveProblem,
  ArchiveRows,
  AuditEntries,
  AuditReport,
  ChangeKind,
  ChosenFile,
  CleanReport,
  Connection,
  ConnectionAddress,
  ConnectionForm,
  Contents,
  CopyReport,
  CorruptedRows,
  CreateReport,
  Difference,
  DoctorReport,
  DocumentForm,
  ExportReport,
  ExportRequest,
  FilePreview,
  FoundConnection,
  Gallery,
  Include,
  JobEvent,
  JudgedArchive,
  NewCompanyPlan,
  NewCompanyReport,
  NewCompanyRequest,
  NewCompanySource,
  OfferedCompany,
  Plan,
  ProtectionReport,
  RecordHistory,
  RestoreReport,
  RevertPlan,
  ReviewStatus,
  RowKey,
  RowPage,
  RowsQuery,
  SavedReport,
  SavedTemplateReport,
  ScheduleRequest,
  SearchReport,
  Selection,
  Settings,
  SettingsInEffect,
  StorageKeys,
  Survey,
  TemplateRequest,
  WindowRequest,
} from '../wire';

export type * from '../wire';

/** The last event of a job. */
export type Ended<Report> = Extract<
  JobEvent<Report>,
  { event: 'completed' | 'cancelled' | 'failed' }
>;

/** Something that takes a while. */
export interface Job<Report> {
  /** By which what it found can be asked for, where it leaves something open. */
  readonly id: string;
  /** Settles once, with the end. Never rejects. */
  readonly end: Promise<Ended<Report>>;
  /** Asks it to stop; the end says whether it did. */
  cancel(): void;
}

/** Receives what happens before the end. */
export type OnEvent = (event: JobEvent<unknown>) => void;

/** Files that are dragged over the window. */
export type Drag =
  | { readonly now: 'over'; readonly paths: readonly string[] }
  | { readonly now: 'dropped'; readonly paths: readonly string[] }
  | { readonly now: 'gone' };

/** What is asked of the program as a whole. Every call that is no job rejects with a `WireError`. */
export interface Backend {
  /** The databases that are known; none is connected to. */
  connections(): Promise<Connection[]>;
  /**
   * Opens one, starting the demo's server where it is that. A password and keys of the storage that are
   * given are used in place of the keychain's, and kept there if that is wanted.
   */
  connect(
    connection: string,
    password: string | null,
    keys: StorageKeys | null,
    keep: boolean,
  ): Promise<SavedReport>;
  /** Forgets what is open on it. */
  disconnect(connection: string): Promise<null>;
  /** A saved connection, to be changed. */
  connectionForm(connection: string): Promise<ConnectionForm>;
  /** Saves one; its password and the keys of its storage go to the keychain, if that is wanted. */
  saveConnection(
    form: ConnectionForm,
    password: string | null,
    keys: StorageKeys | null,
    keep: boolean,
  ): Promise<SavedReport>;
  /** Forgets a saved one and its password. */
  removeConnection(connection: string): Promise<null>;
  /** What the connection of a form may do, and what its storage holds. */
  testConnection(
    form: ConnectionForm,
    password: string | null,
    keys: StorageKeys | null,
  ): Promise<Survey>;
  /** Answers what the SSH client asks; null refuses the answer. */
  answerQuestion(number: number, answer: string | null): Promise<null>;
  /** What a connection string says. */
  readUrl(url: string): Promise<FoundConnection>;
  /** The connection string of an address, without the password. */
  writeUrl(address: ConnectionAddress): Promise<string>;
  /** The connections that a file describes; `~/.pgpass` where none is named. */
  findConnections(path: string | null): Promise<FoundConnection[]>;
  /** What is asked of one of them. */
  database(connection: string): Database;
  readonly handed: Handed;
  /** Asks the person for archives to bring in; none where that was cancelled. */
  chooseArchives(): Promise<string[]>;
  /** Asks where copies are to lie: a file for a single archive of that name, else a folder. */
  chooseCopyTarget(name: string | null): Promise<string | null>;
  /** Asks for a file or a folder that a connection names; null where that was cancelled. */
  chooseFile(wanted: ChosenFile): Promise<string | null>;
  /** Asks where a file of that name is to be saved; null where that was cancelled. */
  chooseFileTarget(name: string): Promise<string | null>;
  /** Tells of files that are dragged over the window; the answer ends that. */
  onDrag(tell: (drag: Drag) => void): () => void;
  settings(): Promise<SettingsInEffect>;
  /** Refused where they cannot hold; all stay as they are then. */
  changeSettings(settings: Settings): Promise<SettingsInEffect>;
  /** Asks for a folder for the library; null where the person changed their mind. */
  chooseLibrary(): Promise<string | null>;
  /** The newest lines of this computer's audit trail. */
  auditTrail(): Promise<AuditEntries>;
  /** Whether that is as it was written; compared with what the database knows of it, where one is open. */
  verifyAudit(connection: string | null): Promise<AuditReport>;
  /** Writes all of it as CSV to where the person wants it. */
  saveAuditTrail(target: string): Promise<null>;
  /** Shows the logs in the desktop's file manager. */
  openLogs(): Promise<null>;
  /** The archive that the app was started with. */
  openedWith(): Promise<string | null>;
  /** Hears what the desktop asks of the window, until the function that it returns is called. */
  onRequest(hear: (request: WindowRequest) => void): () => void;
  /** Tells the person on the desktop; what matters is said in the window as well. */
  notify(title: string, body: string): void;
  /** Closes the window, as its frame's button does: while jobs run, the person is asked. */
  close(): void;
  /** Stops all jobs and, once they have ended, closes the app. */
  stopAndQuit(): Promise<null>;
}

/** What is inside archives, by their paths. Every call that is no job rejects with a `WireError`. */
export interface Inside {
  /** What an archive says about itself. */
  archiveDetails(archive: string): Promise<ArchiveDetails>;
  /** Some rows of a table of an archive. */
  archiveRows(archive: string, table: string, query: RowsQuery): Promise<ArchiveRows>;
  /** Looks for a text in every field of an archive. */
  searchArchive(archive: string, text: string): Promise<SearchReport>;
  /** What can be shown of an uploaded file inside an archive. */
  previewFile(archive: string, bucket: string, key: string): Promise<FilePreview>;
  /** Writes such a file to where the person wants it. */
  saveFile(
    archive: string,
    bucket: string,
    key: string,
    target: string,
    on: OnEvent,
  ): Job<CopyReport>;
  /** Opens archives with that passphrase until the app is closed, once it was found to open this one. */
  unlockArchive(path: string, passphrase: string): Promise<null>;
}

/** Archives that were handed to the app: no database need be open. */
export interface Handed extends Inside {
  /** What a list would show of one; what is wrong with it, where it cannot be read. */
  archive(path: string): Promise<ArchiveEntry>;
}

/** What is asked of one database, and of the archives in the library. */
export interface Database extends Inside {
  companies(): Promise<OfferedCompany[]>;
  /** How well the companies are protected, and by what. */
  protection(): Promise<ProtectionReport>;
  /** Adds the usual schedules for every company, those that come later too, and lets the system run them. */
  protectAll(): Promise<ProtectionReport>;
  /** Adds a schedule of backups or of CSV files. */
  addSchedule(wanted: ScheduleRequest): Promise<ProtectionReport>;
  removeSchedule(number: number): Promise<ProtectionReport>;
  /** Copies every backup there from now on, once the place was found to let us in. */
  addPlace(address: string, keys: StorageKeys | null): Promise<ProtectionReport>;
  /** Looks whether a place can be reached; the archives there. */
  lookAtPlace(number: number): Promise<string[]>;
  removePlace(number: number): Promise<ProtectionReport>;
  /** Brings an archive back from a place, once every byte of it was checked. */
  fetchArchive(number: number, file: string, on: OnEvent): Job<AddReport>;
  /** Lets the system run what is due. */
  installTimer(): Promise<ProtectionReport>;
  /** Makes a key with its recovery sheet in that file; from then on new backups are encrypted. */
  encryptBackups(sheet: string): Promise<ProtectionReport>;
  /** Tells the desktop what has come to stand wrong since it was last told. */
  tellDesktop(): Promise<null>;
  /** Tells somebody from now on, once a test has arrived there. */
  addAlerts(address: string, password: string | null): Promise<ProtectionReport>;
  testAlerts(number: number): Promise<null>;
  removeAlerts(number: number): Promise<ProtectionReport>;
  contents(company: string): Promise<Contents>;
  /** The archives of all companies on this computer, newest first. */
  archives(): Promise<ArchiveEntry[]>;
  review(company: string): Promise<ReviewStatus>;
  /** The reviews that are open in the database: their ids by their companies. */
  reviews(): Promise<Record<string, string>>;
  create(
    company: string,
    label: string | null,
    corrupted: CorruptedRows,
    include: Include,
    on: OnEvent,
  ): Job<CreateReport>;
  /** A row through all backups of the company. */
  rowHistory(company: string, row: RowKey): Promise<RecordHistory>;
  /** Writes the rows of a backup, or of the company as it is where that is null, as a ZIP of CSV files. */
  exportRows(
    company: string,
    archive: string | null,
    wanted: ExportRequest,
    target: string,
    on: OnEvent,
  ): Job<ExportReport>;
  /** Saves a backup as a template, without addresses of outside parties; it is in the gallery then. */
  saveTemplate(archive: string, wanted: TemplateRequest, on: OnEvent): Job<SavedTemplateReport>;
  /** How long making an archive took, in milliseconds; null where this computer did not make it. */
  elapsedMaking(archive: string): Promise<number | null>;
  /** Copies an archive from elsewhere into the library, once every byte of it has been checked. */
  addArchive(path: string, on: OnEvent): Job<AddReport>;
  /** Copies archives into a folder, or a single one to a file of any name. */
  saveCopies(archives: readonly string[], target: string, on: OnEvent): Job<CopyReport>;
  /** Calls an archive by another name on this computer; without one, by the label inside again. */
  renameArchive(archive: string, name: string | null): Promise<null>;
  /** Deletes an archive, unless a review needs it. */
  deleteArchive(archive: string): Promise<null>;
  /** Shows an archive in the system's file manager. */
  showInFolder(archive: string): Promise<null>;
  /** A word for the schema as it is now; with another one, archives are to be judged anew. */
  schemaStamp(): Promise<string>;
  /** How it stands with archives against today's schema. */
  verdicts(company: string, archives: readonly string[]): Promise<JudgedArchive[]>;
  /** What is wrong with a company's rows. */
  examine(company: string, on: OnEvent): Job<DoctorReport>;
  /** What cleaning would change; it stays open by the job's id until it is closed. */
  cleanPlan(company: string, on: OnEvent): Job<Plan>;
  /** Cleans as planned; `consent` is the plan's digest. */
  clean(company: string, consent: string, on: OnEvent): Job<CleanReport>;
  /**
   * What restoring would change, or taking back what is selected; it stays open by the job's id until it is
   * closed.
   */
  plan(
    company: string,
    archive: string,
    include: Include,
    selection: Selection | null,
    on: OnEvent,
  ): Job<Plan>;
  /** Rows of one table of a plan or a difference that is open, or those of one kind alone. */
  rows(
    plan: string,
    table: string,
    only: ChangeKind | null,
    offset: number,
    limit: number,
  ): Promise<RowPage>;
  /**
   * What became of the company between a backup and another one, or until now where that is null; stays open as
   * a plan does.
   */
  compare(company: string, from: string, to: string | null, on: OnEvent): Job<Difference>;
  /** Writes all rows of such a comparison to where the person wants it. */
  saveComparison(plan: string, form: DocumentForm, target: string, on: OnEvent): Job<CopyReport>;
  closePlan(plan: string): Promise<null>;
  /** `consent` is the digest of the plan that the person said yes to. */
  restore(
    company: string,
    archive: string,
    include: Include,
    selection: Selection | null,
    /** Whether people who belong to the company alone are signed out. */
    signOut: boolean,
    consent: string,
    on: OnEvent,
  ): Job<RestoreReport>;
  /** Puts uploaded files in their place that a restore or a revert has left to do; what went wrong. */
  finishFiles(company: string, on: OnEvent): Job<ArchiveProblem[]>;
  keep(company: string): Promise<null>;
  /** The same, saying that the safety snapshot is gone for good. */
  keepWithoutSafety(company: string): Promise<null>;
  /** Asks for the file of a safety snapshot; `null` where the person chose none. */
  chooseSafety(): Promise<string | null>;
  /** What the open restore has changed. `safety` is a file that was chosen; stays open as a plan does. */
  reviewChanges(company: string, safety: string | null, on: OnEvent): Job<Difference>;
  /** What a revert would do; stays open as a plan does. */
  revertPlan(company: string, safety: string | null, on: OnEvent): Job<RevertPlan>;
  /** Without a consent it goes on only where nobody has written since the restore. */
  revert(
    company: string,
    consent: string | null,
    safety: string | null,
    on: OnEvent,
  ): Job<RestoreReport>;
  /** What the application derives, and what a person is to look after, once a restore is done. */
  afterSteps(): Promise<AfterStep[]>;
  /** Brings up to date again what the application derives. */
  repeatAfterSteps(company: string): Promise<AfterStep[]>;
  /** Some of the application's users, of whom one may own a new company. */
  appUsers(): Promise<AppUser[]>;
  /** The templates that there are. */
  templates(): Promise<Gallery>;
  /** What a new company would be; it can be made by the job's id until it is forgotten. */
  planNewCompany(
    source: NewCompanySource,
    request: NewCompanyRequest,
    on: OnEvent,
  ): Job<NewCompanyPlan>;
  /** Makes the company that was planned. */
  makeNewCompany(plan: string, on: OnEvent): Job<NewCompanyReport>;
  forgetNewCompany(plan: string): Promise<null>;
  /** Breaks some of the demo company's data. */
  damage(): Promise<null>;
}
