// Generated from src-tauri/wire by `make types`. Do not edit.

/**
 * What a job does.
 */
export type JobKind = "create" | "compare" | "restore" | "revert" | "examine" | "clean" | "add" | "copy" | "export" | "finish_files" | "new_company" | "template";

/**
 * What a job tells while it runs. The first is `started`; the last, exactly once, is one of
 * `completed`, `cancelled` and `failed`.
 */
export type JobEvent<Report> = { "event": "started" } | { "event": "progress", "data": Progress } | { "event": "warning", "data": Warning } | { "event": "completed", "data": Report } | { "event": "cancelled" } | { "event": "failed", "data": WireError };

/**
 * How far a phase is.
 */
export type Progress = { 
/**
 * What is being done, in a word or two.
 */
phase: string, 
/**
 * In what it counts.
 */
unit: ProgressUnit, 
/**
 * Rows or bytes done in this phase.
 */
done: number, 
/**
 * Rows or bytes there are in this phase; `null` where that is not known.
 */
total: number | null, 
/**
 * Bytes of COPY text or of files done in this phase.
 */
bytes: number, };

/**
 * Something that a person should know though the job goes on.
 */
export type Warning = { 
/**
 * A stable word for programs.
 */
code: string, 
/**
 * One sentence for a person.
 */
message: string, };

/**
 * A failure. Holds no row values, passwords or connection strings.
 */
export type WireError = { 
/**
 * The code, in snake case: what programs and the UI branch on.
 */
code: string, 
/**
 * One sentence for a person.
 */
message: string, 
/**
 * What the person can do about it.
 */
hint?: string, 
/**
 * What varies, by key.
 */
context: { [key in string]: string }, 
/**
 * What lay under it, outermost first.
 */
causes?: Array<string>, 
/**
 * Whether the same call may succeed when it is made again later.
 */
retryable: boolean, };

/**
 * A database that the app can work on.
 */
export type Connection = { 
/**
 * By which commands name it.
 */
id: string, 
/**
 * Name for people.
 */
title: string, 
/**
 * Key of the company that may be damaged to try things out; `null` where the database is not the
 * demo's.
 */
demo_company: string | null, 
/**
 * Whether the person saved it, and so may change and remove it.
 */
is_saved: boolean, 
/**
 * Its colour.
 */
color: ConnectionColor, 
/**
 * What it is used for; `null` where nobody said.
 */
environment: Environment | null, 
/**
 * Whether everything that writes is refused.
 */
is_read_only: boolean, 
/**
 * Whether its database role may write nothing of the application, as far as that is known: once it is open.
 */
role_only_reads: boolean, 
/**
 * E-mail address of the application's user on whose behalf it is used.
 */
acting_as: string | null, 
/**
 * Where it leads, for people; `null` where that is known only once it is open.
 */
target: string | null, 
/**
 * Where the application's uploaded files are; `null` where nobody has said.
 */
storage: ConnectionStorage | null, };

/**
 * Where an application's uploaded files are.
 */
export type ConnectionStorage = { 
/**
 * Where, for people, without keys.
 */
address: string, 
/**
 * Why files cannot be had from there now; `null` where nothing stands in the way, or where that is
 * known only once the connection is open.
 */
problem: WireError | null, };

/**
 * What trying out a storage has found.
 */
export type StorageFound = { 
/**
 * Where it is, without keys.
 */
address: string, 
/**
 * Why uploaded files cannot be had from there; `null` where they can.
 */
problem: WireError | null, 
/**
 * The company whose files were looked for; `null` where there was none to look for.
 */
company: string | null, 
/**
 * Its files.
 */
file_count: number, 
/**
 * Their bytes.
 */
byte_count: number, 
/**
 * Whether the rows that list files may not be read.
 */
rows_are_hidden: boolean, 
/**
 * Files that do not fit what rows say of them.
 */
problem_count: number, };

/**
 * The keys of a storage on their way from the fields that they are typed in. Show nothing of themselves.
 */
export type StorageKeys = { 
/**
 * Who.
 */
access_key_id: Secret, 
/**
 * The secret.
 */
secret_access_key: Secret, };

/**
 * For what a file is chosen, which is what the system's dialog says and offers.
 */
export type ChosenFile = "profile" | "authorities" | "ssh_key" | "connections" | "storage_folder" | "picture" | "export_folder" | "place_folder";

/**
 * In what a phase counts.
 */
export type ProgressUnit = "rows" | "bytes";

/**
 * What can be shown of an uploaded file: bytes that mean nothing more than what is seen.
 */
export type FilePreview = { "shown": "picture", 
/**
 * The whole of it as a `data:` URL.
 */
url: string, } | { "shown": "text", 
/**
 * The text, or how it begins.
 */
text: string, 
/**
 * Whether that is all of it.
 */
is_whole: boolean, } | { "shown": "nothing", 
/**
 * Why, as a sentence.
 */
because: string, };

/**
 * Files that a restore or a revert, cut off after its commit, has still to put in their place.
 */
export type WaitingFiles = { 
/**
 * In which storage, without keys.
 */
storage: string, 
/**
 * From which computer it was begun.
 */
host: string, };

/**
 * By what a connection is told apart at a glance.
 */
export type ConnectionColor = "gray" | "red" | "orange" | "green" | "teal" | "blue" | "purple";

/**
 * What a database is used for.
 */
export type Environment = "production" | "staging" | "development";

/**
 * How a connection is protected.
 */
export type TlsMode = "off" | "where_offered" | "required" | "verify_authority" | "verify_host";

/**
 * A password on its way to or from the field that it is typed in. Shows nothing of itself.
 */
export type Secret = string;

/**
 * A connection as it is edited.
 */
export type ConnectionForm = { 
/**
 * The one that is changed; `null` for a new one.
 */
id: string | null, 
/**
 * Name for people.
 */
name: string, 
/**
 * Its colour.
 */
color: ConnectionColor, 
/**
 * What it is used for.
 */
environment: Environment, 
/**
 * Whether everything that writes is refused.
 */
is_read_only: boolean, 
/**
 * E-mail address of the application's user on whose behalf it is used.
 */
acting_as: string | null, 
/**
 * How the application's schema is read: a profile that comes with Snapback, or a file.
 */
profile: string, 
/**
 * Where the application's uploaded files are, as a URL without keys.
 */
storage: string | null, 
/**
 * Where it leads.
 */
address: ConnectionAddress, };

/**
 * Where a database is and how it is reached; everything but the password.
 */
export type ConnectionAddress = { 
/**
 * A name, an address, or the folder of a Unix socket; as the SSH server sees it where there is
 * a tunnel.
 */
host: string, 
/**
 * The port.
 */
port: number, 
/**
 * The role.
 */
user: string, 
/**
 * The database.
 */
database: string, 
/**
 * How the connection is protected.
 */
tls: TlsMode, 
/**
 * Whether somebody allowed it to be unprotected.
 */
allows_plaintext: boolean, 
/**
 * File of the authorities whose certificates count besides the public ones.
 */
root_certificate: string | null, 
/**
 * Our certificate's file and its key's.
 */
client_certificate: [string, string] | null, 
/**
 * The SSH server that it is reached through.
 */
tunnel: SshTunnel | null, };

/**
 * The SSH server that a tunnel goes through.
 */
export type SshTunnel = { 
/**
 * A name, an address, or an alias of `~/.ssh/config`.
 */
host: string, 
/**
 * Its port, where the configuration does not say.
 */
port: number | null, 
/**
 * The user there, where the configuration does not say.
 */
user: string | null, 
/**
 * The private key's file, where neither the agent nor the configuration has it.
 */
key_file: string | null, };

/**
 * A connection that was read from a URL or found in a file.
 */
export type FoundConnection = { 
/**
 * What the file calls it, such as the variable; empty for a URL.
 */
called: string, 
/**
 * Where it leads.
 */
address: ConnectionAddress, 
/**
 * Its password, where it was there.
 */
password: Secret | null, };

/**
 * A connection that was saved.
 */
export type SavedReport = { 
/**
 * The connection.
 */
connection: Connection, 
/**
 * Why its password or the keys of its storage could not be kept; `null` where they were, or where there
 * were none to keep.
 */
password_problem: WireError | null, };

/**
 * What a connection leads to and what it may do there.
 */
export type Survey = { 
/**
 * The server's version, such as `15.2`.
 */
server_version: string, 
/**
 * The database role.
 */
role: string, 
/**
 * Version of TLS, such as `TLSv1.3`; `null` where the connection is open.
 */
tls_version: string | null, 
/**
 * Whether the connection is set to read only.
 */
is_read_only: boolean, 
/**
 * The application that was found; `null` where no profile fits.
 */
application: FoundApplication | null, 
/**
 * What its storage holds; `null` where nobody has said where uploaded files are.
 */
storage: StorageFound | null, };

/**
 * An application of which there is a profile, and what may be done with its companies.
 */
export type FoundApplication = { 
/**
 * Name of the profile that fits.
 */
profile: string, 
/**
 * Name of the application, for people.
 */
title: string, 
/**
 * How many companies can be chosen; `null` where the role may not even read that.
 */
company_count: number | null, 
/**
 * Whether a company can be backed up; `null` where there is none to ask about.
 */
may_back_up: boolean | null, 
/**
 * Why it cannot be backed up.
 */
reading_problem: WireError | null, 
/**
 * By which rights a company could be restored; `null` where that is not known.
 */
restoring: RestoreRights | null, 
/**
 * Whether schema `snapback` is there.
 */
has_state_schema: boolean, 
/**
 * The line that an administrator runs before the first restore, where the role may not create it.
 */
state_schema_remedy: string | null, };

/**
 * By which rights a restore would write.
 */
export type RestoreRights = { "by": "superuser" } | { "by": "replica_role" } | { "by": "plain_owner" } | { "by": "not", 
/**
 * What is missing, as a sentence.
 */
missing: string, 
/**
 * What an administrator runs or what to do instead.
 */
remedy: string, };

/**
 * A company of the database.
 */
export type Company = { 
/**
 * Its key.
 */
id: string, 
/**
 * Its name.
 */
name: string, 
/**
 * Its group's key, where the application has groups.
 */
group: string | null, 
/**
 * Whether no other company is in that group; true where there are no groups.
 */
alone_in_group: boolean, };

/**
 * A company that whoever acts may choose.
 */
export type OfferedCompany = { 
/**
 * Its key.
 */
id: string, 
/**
 * Its name.
 */
name: string, 
/**
 * Its group's key, where the application has groups.
 */
group: string | null, 
/**
 * Whether no other company is in that group; true where there are no groups.
 */
alone_in_group: boolean, 
/**
 * What may be done with it.
 */
role: Role, 
/**
 * Why not more.
 */
bound: RoleBound, };

/**
 * What whoever acts may do with a company; each may do what the one before may.
 */
export type Role = "viewer" | "operator" | "admin";

/**
 * What lets somebody do no more with a company.
 */
export type RoleBound = "user" | "database_role";

/**
 * What a backup of a company made now would hold.
 */
export type Contents = { 
/**
 * The company.
 */
company: Company, 
/**
 * Rows of all areas together.
 */
row_count: number, 
/**
 * What is in the backup, by area.
 */
areas: Array<AreaContents>, 
/**
 * Tables that are left out, with the reason.
 */
excluded: Array<ExcludedContents>, 
/**
 * Tables whose rows belong to no company.
 */
shared: Array<SharedTable>, };

/**
 * An area.
 */
export type AreaContents = { 
/**
 * Short name.
 */
name: string, 
/**
 * Name for people.
 */
title: string, 
/**
 * Rows of all its tables.
 */
row_count: number, 
/**
 * Its tables, headlines first.
 */
tables: Array<TableContents>, };

/**
 * A table of an area.
 */
export type TableContents = { 
/**
 * The table, as `schema.name`.
 */
table: string, 
/**
 * Name for people.
 */
label: string, 
/**
 * Whether its count stands for the area.
 */
is_headline: boolean, 
/**
 * Whether an in-place restore writes it.
 */
is_written: boolean, 
/**
 * The company's rows.
 */
row_count: number, };

/**
 * A table that is left out.
 */
export type ExcludedContents = { 
/**
 * The table, as `schema.name`.
 */
table: string, 
/**
 * Name for people.
 */
label: string, 
/**
 * Why, as a kind.
 */
reason: ExclusionReason, 
/**
 * Why, as a sentence.
 */
because: string, 
/**
 * The company's rows in it.
 */
row_count: number, };

/**
 * A table whose rows belong to no company.
 */
export type SharedTable = { 
/**
 * The table, as `schema.name`.
 */
table: string, 
/**
 * Name for people.
 */
label: string, };

/**
 * A schedule of a library.
 */
export type ScheduleEntry = { 
/**
 * Its number.
 */
number: number, 
/**
 * The company's id; none where every company is meant.
 */
company: string | null, 
/**
 * The company's name, as it was when the schedule was added.
 */
company_name: string | null, 
/**
 * How often, such as `6h`, `daily@02:00` or `sunday@03:00`.
 */
rhythm: string, 
/**
 * The zone of its times of day.
 */
zone: string, 
/**
 * Days after which its backups go.
 */
keep_days: number, 
/**
 * Whether the uploaded files come along.
 */
files: boolean, 
/**
 * The saved connection by which the database is opened.
 */
connection: string | null, 
/**
 * The database, without user and password.
 */
database: string, 
/**
 * The next moment for which a backup is due, in RFC 3339.
 */
next: string, 
/**
 * The folder that rows are handed over into as CSV, where it makes no backups.
 */
handed_into: string | null, 
/**
 * Short names of the areas that are handed over; all where there is none.
 */
areas: Array<string>, };

/**
 * What running what is due did.
 */
export type DueReport = { 
/**
 * Whether somebody else is running what is due in this library, so that nothing was done.
 */
is_running_elsewhere: boolean, 
/**
 * Backups that were due.
 */
backups: Array<DueBackup>, 
/**
 * Schedules none of whose backups could be begun.
 */
failures: Array<DueFailure>, 
/**
 * Archives that went.
 */
removed: Array<PrunedArchive>, 
/**
 * Proofs that were due.
 */
proofs: Array<DueProof>, 
/**
 * What was copied to second places.
 */
places: Array<PlaceSync>, 
/**
 * Who was told of what stands wrong.
 */
alerts: Array<ToldChannel>, };

/**
 * A backup that was due.
 */
export type DueBackup = { 
/**
 * The schedule's number.
 */
schedule: number, 
/**
 * The company's id.
 */
company: string, 
/**
 * The company's name.
 */
company_name: string, 
/**
 * The moment for which it was due, in RFC 3339.
 */
moment: string, 
/**
 * Where the archive is, where it was made.
 */
path: string | null, 
/**
 * Rows in it.
 */
row_count: number | null, 
/**
 * What did not fit, as sentences.
 */
problems: Array<string>, 
/**
 * Why it was not made.
 */
error: WireError | null, };

/**
 * A schedule that could not be begun.
 */
export type DueFailure = { 
/**
 * The schedule's number.
 */
schedule: number, 
/**
 * Why.
 */
error: WireError, };

/**
 * What becomes of the archives of a library.
 */
export type PruneReport = { 
/**
 * Archives that go, or went.
 */
removed: Array<PrunedArchive>, 
/**
 * Archives that stay.
 */
kept: Array<PrunedArchive>, 
/**
 * Whether they went, or would go.
 */
is_done: boolean, };

/**
 * An archive and why it goes or stays.
 */
export type PrunedArchive = { 
/**
 * The archive.
 */
archive: ArchiveEntry, 
/**
 * Why, as a sentence.
 */
because: string, };

/**
 * How well companies are protected.
 */
export type Status = { 
/**
 * The library's folder.
 */
library: string, 
/**
 * Bytes that are free there.
 */
free_bytes: number, 
/**
 * Whether new backups are encrypted.
 */
is_encrypting: boolean, 
/**
 * Archives that are encrypted for keys that are not at hand: nobody can say whose they are.
 */
locked_count: number, 
/**
 * By company.
 */
companies: Array<CompanyStatus>, 
/**
 * The second places.
 */
places: Array<PlaceState>, 
/**
 * What stands wrong.
 */
alerts: Array<Alert>, 
/**
 * Who is told of it.
 */
channels: Array<AlertChannel>, };

/**
 * How well one company is protected.
 */
export type CompanyStatus = { 
/**
 * Its id.
 */
company: string, 
/**
 * Its name.
 */
company_name: string, 
/**
 * The instant of its newest good backup, in RFC 3339.
 */
newest_at: string | null, 
/**
 * Seconds since then.
 */
newest_age_seconds: number | null, 
/**
 * Bytes of that backup.
 */
newest_bytes: number | null, 
/**
 * Its good backups, without safety snapshots.
 */
backup_count: number, 
/**
 * Bytes of all its archives.
 */
total_bytes: number, 
/**
 * When its next backup is due, in RFC 3339; in the past where it is due now.
 */
next: string | null, 
/**
 * How often scheduled backups failed since the last that was made.
 */
failures: number, 
/**
 * The code of the last such failure.
 */
last_failure: string | null, 
/**
 * Whether there was no good backup for longer than its schedules promise.
 */
is_overdue: boolean, 
/**
 * When one of its backups was last proven (RFC 3339).
 */
proven_at: string | null, 
/**
 * How that ended.
 */
proof: ProofVerdict | null, 
/**
 * The certificate as a page.
 */
proof_page: string | null, };

/**
 * A proof that was due.
 */
export type DueProof = { 
/**
 * The archive.
 */
archive: ArchiveEntry, 
/**
 * What it said, where it could be made.
 */
report: ProofReport | null, 
/**
 * Why it could not be made.
 */
error: WireError | null, };

/**
 * How a second place stands.
 */
export type PlaceState = { 
/**
 * Its number.
 */
number: number, 
/**
 * Where it is.
 */
address: string, 
/**
 * Backups of the library that are there, too.
 */
copied_count: number, 
/**
 * Backups that are not there yet.
 */
waiting_count: number, 
/**
 * The instant of the oldest of those (RFC 3339).
 */
waiting_since: string | null, 
/**
 * How often copying failed since it last worked.
 */
failures: number, 
/**
 * The code of the last such failure.
 */
last_failure: string | null, };

/**
 * What was copied to a second place.
 */
export type PlaceSync = { 
/**
 * Its number.
 */
number: number, 
/**
 * Where it is.
 */
address: string, 
/**
 * Files that were copied and read back.
 */
copied: Array<string>, 
/**
 * Why the rest was not, if it was not.
 */
failure: CopyFailure | null, };

/**
 * Why a backup was not copied.
 */
export type CopyFailure = { 
/**
 * The file; `null` where the place itself could not be reached.
 */
file: string | null, 
/**
 * Why.
 */
error: WireError, };

/**
 * The certificate of a proof.
 */
export type ProofReport = { 
/**
 * How it ended.
 */
verdict: ProofVerdict, 
/**
 * Identity of the archive.
 */
archive: string, 
/**
 * Its file's name.
 */
file: string, 
/**
 * BLAKE3 of its file.
 */
blake3: string, 
/**
 * The company's id.
 */
company: string, 
/**
 * The company's name.
 */
company_name: string, 
/**
 * The instant that it holds (RFC 3339).
 */
made_at: string, 
/**
 * When it was proven (RFC 3339).
 */
proven_at: string, 
/**
 * Milliseconds that it took.
 */
elapsed_ms: number, 
/**
 * The version of Snapback that proved it.
 */
tool_version: string, 
/**
 * The version of the server that the rows came from.
 */
source_version: string, 
/**
 * The version of the server that they were put into.
 */
server_version: string, 
/**
 * Tables whose rows were loaded and read back the same.
 */
table_count: number, 
/**
 * Rows in them.
 */
row_count: number, 
/**
 * Bytes of their COPY text.
 */
byte_count: number, 
/**
 * Keys and unique values that the server has accepted.
 */
unique_count: number, 
/**
 * Checks that the server has accepted.
 */
check_count: number, 
/**
 * References that hold.
 */
reference_count: number, 
/**
 * Uploaded files that were read to their end.
 */
file_count: number, 
/**
 * Bytes of them.
 */
file_byte_count: number, 
/**
 * What was found wrong.
 */
findings: Array<ProofNote>, 
/**
 * What could not be proven.
 */
gaps: Array<ProofNote>, 
/**
 * The certificate as a page, where it is kept.
 */
page: string | null, };

/**
 * How a proof ended.
 */
export type ProofVerdict = "proven" | "proven_in_part" | "failed";

/**
 * Something that a certificate says beside its figures.
 */
export type ProofNote = { 
/**
 * A stable word for programs.
 */
code: string, 
/**
 * The table.
 */
table: string | null, 
/**
 * The constraint, column, type or file.
 */
name: string | null, 
/**
 * How many.
 */
count: number | null, 
/**
 * Whether it leaves something open about what the backup carries.
 */
is_open: boolean, 
/**
 * One sentence.
 */
message: string, };

/**
 * How the companies of one database are protected, and by what.
 */
export type ProtectionReport = { 
/**
 * How each company of the library stands.
 */
status: Status, 
/**
 * The schedules for this database.
 */
schedules: Array<ScheduleEntry>, 
/**
 * Whether the system runs what is due by itself; `null` where this cannot be told.
 */
timer: boolean | null, 
/**
 * The keys that backups are encrypted for.
 */
keys: LibraryKeys, 
/**
 * The application's areas, each of which can be handed over by itself.
 */
areas: Array<OfferedArea>, 
/**
 * Why no schedule can be added here, as a sentence; `null` where it can.
 */
held: string | null, 
/**
 * Why whoever acts may change nothing of this, as a sentence; `null` where it may be changed.
 */
locked: string | null, };

/**
 * A schedule that is to be added.
 */
export type ScheduleRequest = { 
/**
 * The company's id; `null` for every company, those that come later too.
 */
company: string | null, 
/**
 * How often, such as `6h`, `daily@02:00` or `sunday@03:00`.
 */
rhythm: string, 
/**
 * Days after which what it makes goes.
 */
keep_days: number, 
/**
 * The folder that rows are handed over into as CSV; `null` where backups are made.
 */
handed_into: string | null, 
/**
 * Short names of the areas that are handed over; all where there is none.
 */
areas: Array<string>, };

/**
 * An area that can be handed over by itself.
 */
export type OfferedArea = { 
/**
 * Its short name.
 */
name: string, 
/**
 * Its name for people.
 */
title: string, };

/**
 * The keys that backups of a library are encrypted for.
 */
export type LibraryKeys = { 
/**
 * Whether new backups are encrypted.
 */
is_encrypting: boolean, 
/**
 * The keys, oldest first.
 */
keys: Array<LibraryKey>, };

/**
 * A key that backups may be encrypted for, by its public half.
 */
export type LibraryKey = { 
/**
 * Its public half.
 */
public: string, 
/**
 * Since when the library knows it (RFC 3339).
 */
since: string, 
/**
 * Whether new backups are encrypted for it.
 */
is_current: boolean, 
/**
 * Whether this computer can open with it now.
 */
is_at_hand: boolean, 
/**
 * When its recovery sheet was last proven to open a backup (RFC 3339).
 */
proven_at: string | null, 
/**
 * The id of that backup.
 */
proven_with: string | null, };

/**
 * What an archive was made for.
 */
export type ArchiveKind = "manual" | "scheduled" | "safety" | "template";

/**
 * Why a table is not in the backup.
 */
export type ExclusionReason = "secret" | "billing" | "transient" | "rebuilt" | "access";

/**
 * Who made an archive, as far as it is known.
 */
export type MadeBy = { 
/**
 * User of the operating system.
 */
os_user: string, 
/**
 * The computer's name.
 */
host: string, 
/**
 * Role in the database.
 */
database_role: string, 
/**
 * The application's user, if one was named.
 */
app_user: string | null, };

/**
 * A second place at which an archive lies.
 */
export type ArchivePlace = { 
/**
 * Its number.
 */
number: number, 
/**
 * Where it is.
 */
address: string, };

/**
 * What is wrong with an archive that cannot be used.
 */
export type ArchiveProblem = { 
/**
 * The code of the error, as in `WireError`.
 */
code: string, 
/**
 * One sentence for a person.
 */
message: string, };

/**
 * An archive in a list. Where it cannot be used, `problem` says why and only the file is known.
 */
export type ArchiveEntry = { 
/**
 * Identity of the archive.
 */
id: string | null, 
/**
 * File name.
 */
file: string, 
/**
 * Where it is.
 */
path: string, 
/**
 * Length of the file in bytes.
 */
size_bytes: number, 
/**
 * The company whose rows it holds.
 */
company: Company | null, 
/**
 * What people call it: a name given in this library, or else the label inside.
 */
label: string | null, 
/**
 * What it was made for.
 */
kind: ArchiveKind | null, 
/**
 * The instant that it holds (RFC 3339).
 */
made_at: string | null, 
/**
 * Who made it.
 */
made_by: MadeBy | null, 
/**
 * Short name of the profile by which it was made.
 */
profile: string | null, 
/**
 * The application's schema version.
 */
schema_version: string | null, 
/**
 * Rows in all tables.
 */
row_count: number | null, 
/**
 * Bytes of COPY text in all tables.
 */
byte_count: number | null, 
/**
 * Uploaded files inside; `null` where files were not asked for.
 */
file_count: number | null, 
/**
 * Whether it is encrypted; `null` where that cannot be told.
 */
encrypted: boolean | null, 
/**
 * Why it cannot be used, if it cannot.
 */
problem: ArchiveProblem | null, 
/**
 * The second place at which it lies, where it is not in the library.
 */
place?: ArchivePlace, };

/**
 * What an archive says about itself.
 */
export type ArchiveDetails = { 
/**
 * Where it is.
 */
path: string, 
/**
 * Length of the file in bytes.
 */
size_bytes: number, 
/**
 * Whether this library made it and not a byte of it has changed since.
 */
made_here: boolean, 
/**
 * Version of the format.
 */
format_version: number, 
/**
 * Version of the Snapback that wrote it.
 */
tool_version: string, 
/**
 * Identity of the archive.
 */
id: string, 
/**
 * What it was made for.
 */
kind: ArchiveKind, 
/**
 * Short name of the profile by which it was made.
 */
profile: string, 
/**
 * The company whose rows it holds.
 */
company: Company, 
/**
 * The application's schema version.
 */
schema_version: string | null, 
/**
 * The server's version.
 */
server_version: string, 
/**
 * The instant that all rows come from (RFC 3339).
 */
made_at: string, 
/**
 * What the person called it.
 */
label: string | null, 
/**
 * Who made it.
 */
made_by: MadeBy, 
/**
 * Whether the file is encrypted.
 */
encrypted: boolean, 
/**
 * Rows in all tables.
 */
row_count: number, 
/**
 * Bytes of COPY text in all tables.
 */
byte_count: number, 
/**
 * What is inside, by area.
 */
areas: Array<ArchiveArea>, 
/**
 * Uploaded files inside; `null` where files were not asked for.
 */
file_count: number | null, 
/**
 * The uploaded files inside.
 */
files: Array<ArchiveFile>, 
/**
 * Uploaded files that were there besides, of which it holds what they were and not the content.
 */
known_file_count: number, 
/**
 * The archive that this one only holds the changes to.
 */
base: string | null, 
/**
 * Tables that were left out.
 */
excluded: Array<ExcludedTable>, 
/**
 * Columns whose values were left out.
 */
secret_columns: Array<SecretColumns>, 
/**
 * Rows outside the archive that rows inside refer to.
 */
outside_keys: Array<OutsideKeys>, 
/**
 * People that rows inside refer to.
 */
person_count: number, 
/**
 * Rows that were left out because they could not be carried.
 */
skipped_rows: Array<SkippedRows>, 
/**
 * What went wrong without stopping the backup.
 */
problems: Array<ArchiveProblem>, };

/**
 * An uploaded file in an archive.
 */
export type ArchiveFile = { 
/**
 * Bucket.
 */
bucket: string, 
/**
 * Key in the bucket.
 */
key: string, 
/**
 * Bytes.
 */
byte_count: number, 
/**
 * What kind of file it is, as the storage says.
 */
content_type: string | null, };

/**
 * Uploaded files that a restore or a revert changes, or has changed.
 */
export type FileChanges = { 
/**
 * Files that come back.
 */
added: number, 
/**
 * Files whose content changes.
 */
changed: number, 
/**
 * Files that go.
 */
removed: number, 
/**
 * Files that are as wanted; not known of a restore that is done.
 */
same: number, 
/**
 * Bytes that are moved into the storage.
 */
byte_count: number, 
/**
 * Each file that differs.
 */
files: Array<FileChange>, 
/**
 * Of a revert: files that others have written to since the restore.
 */
written_since: Array<string>, };

/**
 * An uploaded file that differs.
 */
export type FileChange = { 
/**
 * What becomes of it.
 */
kind: ChangeKind, 
/**
 * Bucket and key.
 */
name: string, 
/**
 * Bytes of what it becomes, or of what goes.
 */
byte_count: number, };

/**
 * What became of uploaded files.
 */
export type FilesReport = { 
/**
 * Files that came back.
 */
added: number, 
/**
 * Files whose content was replaced.
 */
changed: number, 
/**
 * Files that went.
 */
removed: number, 
/**
 * Files that were as wanted.
 */
same: number, 
/**
 * Bytes that were moved into the storage.
 */
byte_count: number, 
/**
 * Files that are not as wanted, and rows that do not fit them.
 */
problems: Array<ArchiveProblem>, };

/**
 * An area of an archive.
 */
export type ArchiveArea = { 
/**
 * Short name.
 */
name: string, 
/**
 * Name for people.
 */
title: string, 
/**
 * Rows of all its tables.
 */
row_count: number, 
/**
 * Its tables.
 */
tables: Array<ArchiveTable>, };

/**
 * A table of an archive.
 */
export type ArchiveTable = { 
/**
 * The table, as `schema.name`.
 */
table: string, 
/**
 * Name for people.
 */
label: string, 
/**
 * What an in-place restore does with it.
 */
disposition: TableDisposition, 
/**
 * Rows.
 */
row_count: number, 
/**
 * Bytes of COPY text.
 */
byte_count: number, 
/**
 * The archive's member that holds the rows.
 */
member: string, };

/**
 * What an in-place restore does with a table that is in the archive.
 */
export type TableDisposition = "restored" | "kept" | "group";

/**
 * A table that was left out of an archive.
 */
export type ExcludedTable = { 
/**
 * The table, as `schema.name`.
 */
table: string, 
/**
 * Name for people.
 */
label: string, 
/**
 * Why, as a kind.
 */
reason: ExclusionReason, 
/**
 * Why, as a sentence.
 */
because: string, 
/**
 * The company's rows in it, where they could be counted.
 */
row_count: number | null, };

/**
 * Columns of one table whose values were left out.
 */
export type SecretColumns = { 
/**
 * The table, as `schema.name`.
 */
table: string, 
/**
 * The columns.
 */
columns: Array<string>, };

/**
 * Rows of one table outside the archive that rows inside refer to.
 */
export type OutsideKeys = { 
/**
 * The table, as `schema.name`.
 */
table: string, 
/**
 * The columns referred to.
 */
columns: Array<string>, 
/**
 * Distinct keys.
 */
key_count: number, 
/**
 * Whether all of them are recorded.
 */
complete: boolean, };

/**
 * Rows of one table that were left out because they could not be carried.
 */
export type SkippedRows = { 
/**
 * The table, as `schema.name`.
 */
table: string, 
/**
 * Name for people.
 */
label: string, 
/**
 * Rows.
 */
row_count: number, 
/**
 * Why, as a sentence.
 */
because: string, };

/**
 * What was read of an archive and found to be as its manifest says.
 */
export type VerifyReport = { 
/**
 * Where the archive is.
 */
path: string, 
/**
 * Whether this library made it and not a byte of it has changed since.
 */
made_here: boolean, 
/**
 * Tables.
 */
table_count: number, 
/**
 * Uploaded files.
 */
file_count: number, 
/**
 * Rows.
 */
row_count: number, 
/**
 * Bytes of rows and files, uncompressed.
 */
byte_count: number, 
/**
 * Frames in the file.
 */
frame_count: number, 
/**
 * Length of the file in bytes.
 */
size_bytes: number, 
/**
 * How long it took.
 */
elapsed_ms: number, };

/**
 * Whether an archive can be put back today.
 */
export type Verdict = "ready" | "restorable_with_changes" | "not_restorable" | "incomplete";

/**
 * How it stands with an archive against today's schema.
 */
export type ArchiveVerdict = { 
/**
 * The verdict.
 */
verdict: Verdict, 
/**
 * What a person should know, gravest first.
 */
findings: Array<Finding>, 
/**
 * Tables whose rows had to be looked at; 0 where the schemas told everything.
 */
tables_read: number, };

/**
 * An archive with its verdict, or why there is none.
 */
export type JudgedArchive = { 
/**
 * The archive's path.
 */
archive: string, 
/**
 * How it stands with it; `null` where that could not be found out.
 */
today: ArchiveVerdict | null, 
/**
 * Why not.
 */
error: WireError | null, };

/**
 * What a fact means for the rows of a restore, mildest first.
 */
export type Effect = "noted" | "defaulted" | "discarded" | "lost" | "blocked";

/**
 * One fact about a restore that a person should know before it.
 */
export type Finding = { 
/**
 * What it means.
 */
effect: Effect, 
/**
 * A stable word for programs.
 */
code: string, 
/**
 * Short name of the area that it is about.
 */
area: string | null, 
/**
 * The table that it is about, as `schema.name`.
 */
table: string | null, 
/**
 * The table's name for people.
 */
label: string | null, 
/**
 * The column that it is about.
 */
column: string | null, 
/**
 * How many distinct rows, where they were counted.
 */
row_count: number | null, 
/**
 * One sentence for a person.
 */
reason: string, };

/**
 * How many rows are what, seen from the state that is wanted.
 */
export type Counts = { 
/**
 * Rows that come back.
 */
added: number, 
/**
 * Rows whose values change.
 */
changed: number, 
/**
 * Rows that go.
 */
removed: number, 
/**
 * Rows that are as wanted.
 */
same: number, };

/**
 * What differs in an area.
 */
export type AreaChanges = { 
/**
 * Short name.
 */
name: string, 
/**
 * Name for people.
 */
title: string, 
/**
 * Its tables that a restore writes, together.
 */
counts: Counts, 
/**
 * Its tables in which something differs.
 */
tables: Array<TableChanges>, };

/**
 * How many rows are taken back for which reason.
 */
export type OriginCounts = { 
/**
 * They were picked.
 */
picked: number, 
/**
 * They belong to those.
 */
belonging: number, 
/**
 * Rows that come back refer to them, and they are gone.
 */
needed: number, };

/**
 * What differs in a table.
 */
export type TableChanges = { 
/**
 * The table, as `schema.name`.
 */
table: string, 
/**
 * Name for people.
 */
label: string, 
/**
 * Whether a restore writes it; otherwise the difference is only reported.
 */
is_written: boolean, 
/**
 * How many rows are what.
 */
counts: Counts, 
/**
 * Why they are among those that are taken back; left out where all of a backup is restored.
 */
origins?: OriginCounts, };

/**
 * What a restore would do; nothing has changed yet.
 */
export type Plan = { 
/**
 * Whether it can be done.
 */
verdict: Verdict, 
/**
 * Names this plan when a person says yes to it.
 */
digest: string, 
/**
 * Whether something would be lost, so that a person must type the company's name.
 */
loses_something: boolean, 
/**
 * Rows of all tables that a restore writes.
 */
totals: Counts, 
/**
 * What a person should know, gravest first.
 */
findings: Array<Finding>, 
/**
 * What differs, by area.
 */
areas: Array<AreaChanges>, 
/**
 * Uploaded files that differ; `null` where they were not asked for.
 */
files: FileChanges | null, 
/**
 * By which rights it would be written, and what is missing for it.
 */
rights: PlanRights, 
/**
 * Whose sessions can be ended with it; `null` where the application is not known to keep any.
 */
sign_out: PlannedSignOut | null, };

/**
 * What a role may do about restoring a company.
 */
export type PlanRights = { 
/**
 * The role.
 */
role: string, 
/**
 * By which rights it would write.
 */
path: RestoreRights, 
/**
 * What is missing, the path's rights included; empty where a restore can go ahead.
 */
missing: Array<MissingRight>, };

/**
 * A right that a restore needs and the role does not have.
 */
export type MissingRight = { 
/**
 * What is missing, as a sentence.
 */
what: string, 
/**
 * What an administrator runs or what to do instead, in one line.
 */
remedy: string, };

/**
 * What it takes to get from one state of a company to another.
 */
export type Difference = { 
/**
 * The state that it starts from: an archive's file name, or `live`.
 */
from: string, 
/**
 * The state that it leads to.
 */
to: string, 
/**
 * Rows of all tables.
 */
totals: Counts, 
/**
 * What a person should know.
 */
findings: Array<Finding>, 
/**
 * What differs, by area.
 */
areas: Array<AreaChanges>, 
/**
 * Uploaded files that differ; `null` where they were not asked for.
 */
files: FileChanges | null, };

/**
 * What a difference is written down as.
 */
export type DocumentForm = "html" | "csv";

/**
 * What is to be put back.
 */
export type RestoreRequest = { 
/**
 * Path of the archive.
 */
archive: string, 
/**
 * The rows alone, or the uploaded files as well.
 */
include: Include, 
/**
 * Only these of its rows; all where that is `null`.
 */
selection: Selection | null, 
/**
 * Whether people who belong to the company alone are signed out.
 */
sign_out: boolean, };

/**
 * Which rows come back.
 */
export type Selection = { 
/**
 * These.
 */
rows: Array<RowKey>, 
/**
 * All rows of these areas, by short name.
 */
areas: Array<string>, 
/**
 * How many times rows are followed to those that refer to them.
 */
child_levels: number, 
/**
 * What becomes of rows that are there with other values.
 */
conflicts: Conflicts, 
/**
 * What is left as it is of rows that are there.
 */
keep: Array<KeptFields>, };

/**
 * A row by its key.
 */
export type RowKey = { 
/**
 * The table, as `schema.name`.
 */
table: string, 
/**
 * The key's columns with their values.
 */
key: Array<KeyPart>, };

/**
 * Columns of a row that stay as they are today.
 */
export type KeptFields = { 
/**
 * The row.
 */
row: RowKey, 
/**
 * The columns.
 */
columns: Array<string>, };

/**
 * Whose values rows have that are there with others than in the backup.
 */
export type Conflicts = "picked" | "backup" | "live";

/**
 * What happens to a row.
 */
export type ChangeKind = "added" | "changed" | "removed";

/**
 * How people write a value.
 */
export type ValueKind = "text" | "number" | "money" | "date" | "time" | "truth" | "document";

/**
 * Some of the rows of one table that differ.
 */
export type RowPage = { 
/**
 * The table, as `schema.name`.
 */
table: string, 
/**
 * Its name for people.
 */
label: string, 
/**
 * Rows of this table that differ.
 */
total: number, 
/**
 * How many of them come before the first of these.
 */
offset: number, 
/**
 * These, in the order of their keys.
 */
rows: Array<RowChange>, };

/**
 * Why a row is among those that are taken back.
 */
export type RowOrigin = "picked" | "belonging" | "needed";

/**
 * A row that differs.
 */
export type RowChange = { 
/**
 * What happens to it.
 */
kind: ChangeKind, 
/**
 * Why it is among those that are taken back; left out where all of a backup is restored.
 */
origin?: RowOrigin, 
/**
 * The key's columns with their values; empty where a row is known by all of its columns.
 */
key: Array<KeyPart>, 
/**
 * What names the row for people; `null` where nothing does.
 */
name: string | null, 
/**
 * What names it besides.
 */
more_names?: Array<string>, 
/**
 * The currency that the row itself names.
 */
currency?: string, 
/**
 * The columns whose values differ; for a row that comes back or goes, those that are not NULL.
 */
fields: Array<FieldChange>, };

/**
 * One column of a row's key.
 */
export type KeyPart = { 
/**
 * The column.
 */
column: string, 
/**
 * Its value as text; `null` for NULL.
 */
value: string | null, };

/**
 * A value that changes, as the database writes it.
 */
export type FieldChange = { 
/**
 * The column.
 */
column: string, 
/**
 * Its name for people.
 */
label: string, 
/**
 * The value before; `null` for NULL and where there was no row.
 */
old: string | null, 
/**
 * The value after; `null` for NULL and where there will be no row.
 */
new: string | null, 
/**
 * What people call the row that the value before points at, where it was looked up.
 */
old_name?: string, 
/**
 * What people call the row that the value after points at, where it was looked up.
 */
new_name?: string, 
/**
 * How people write the values; left out where that was not asked for.
 */
kind?: ValueKind, 
/**
 * Whether a value was too long and ends early.
 */
is_cut?: boolean, };

/**
 * What is wrong with a company, as far as it was looked at.
 */
export type DoctorReport = { 
/**
 * The company.
 */
company: Company, 
/**
 * Rows with something wrong, each counted once.
 */
row_count: number, 
/**
 * Those of them with a reference that a constraint should hold, each counted once: what a backup
 * refuses, and cleaning is about.
 */
broken_count: number, 
/**
 * Whether nothing is wrong.
 */
is_sound: boolean, 
/**
 * Whether cleaning would do something about it.
 */
has_remedy: boolean, 
/**
 * Areas with something wrong, in the profile's order.
 */
areas: Array<DoctorArea>, 
/**
 * Sequences whose next value some row has already.
 */
sequences: Array<SequenceBehind>, 
/**
 * What was not looked at.
 */
not_examined: Array<NotExamined>, 
/**
 * How long it took.
 */
elapsed_ms: number, };

/**
 * An area with something wrong.
 */
export type DoctorArea = { 
/**
 * Short name.
 */
name: string, 
/**
 * Name for people.
 */
title: string, 
/**
 * Rows with something wrong, each counted once.
 */
row_count: number, 
/**
 * Those of them with a reference that a constraint should hold, each counted once.
 */
broken_count: number, 
/**
 * Its tables with something wrong.
 */
tables: Array<DoctorTable>, };

/**
 * A table with something wrong.
 */
export type DoctorTable = { 
/**
 * The table, as `schema.name`.
 */
table: string, 
/**
 * Name for people.
 */
label: string, 
/**
 * Rows with something wrong, each counted once.
 */
row_count: number, 
/**
 * Those of them with a reference that a constraint should hold, each counted once.
 */
broken_count: number, 
/**
 * What is wrong; a row may be in several.
 */
findings: Array<DoctorFinding>, };

/**
 * One thing that is wrong with rows of a table.
 */
export type DoctorFinding = { 
/**
 * What it is.
 */
kind: Ailment, 
/**
 * The columns that it is about.
 */
columns: Array<string>, 
/**
 * The table that they refer to, as `schema.name`, where a constraint says so.
 */
target: string | null, 
/**
 * That table's name for people.
 */
target_label: string | null, 
/**
 * Distinct rows.
 */
row_count: number, 
/**
 * What cleaning does about it.
 */
remedy: Remedy, };

/**
 * What is wrong with rows.
 */
export type Ailment = "another_company" | "nowhere" | "names_another_company" | "names_nothing" | "shared_rows";

/**
 * What cleaning does about it.
 */
export type Remedy = "goes" | "emptied" | "emptied_if_allowed" | "never_written" | "unknown" | "shared";

/**
 * A sequence whose next value some row has already, so that an insert by the application fails.
 */
export type SequenceBehind = { 
/**
 * The sequence, as `schema.name`.
 */
sequence: string, 
/**
 * The table, as `schema.name`.
 */
table: string, 
/**
 * Name for people.
 */
label: string, 
/**
 * The column that takes its values from it.
 */
column: string, 
/**
 * Rows of all companies whose value it has yet to give.
 */
row_count: number, 
/**
 * Whether this role may raise it.
 */
may_raise: boolean, };

/**
 * Something that was not looked at.
 */
export type NotExamined = { 
/**
 * What, in a few words.
 */
what: string, 
/**
 * Why, as a sentence.
 */
because: string, 
/**
 * The tables or columns that it is about.
 */
about: Array<string>, };

/**
 * What a cleaning did.
 */
export type CleanReport = { 
/**
 * The rows that went or changed; its review waits for Keep or Revert.
 */
restored: RestoreReport, 
/**
 * Sequences that were raised; a revert leaves them as they are.
 */
raised: Array<SequenceBehind>, 
/**
 * What is wrong now.
 */
left: DoctorReport, };

/**
 * What a backup does with rows that must refer to rows of another company.
 */
export type CorruptedRows = "refuse" | "skip";

/**
 * What a backup became.
 */
export type CreateReport = { 
/**
 * Identity of the archive.
 */
id: string, 
/**
 * Where it is.
 */
path: string, 
/**
 * Length of the file in bytes.
 */
size_bytes: number, 
/**
 * BLAKE3 of the file, in hexadecimal.
 */
blake3: string, 
/**
 * The company whose rows it holds.
 */
company: Company, 
/**
 * What the person called it.
 */
label: string | null, 
/**
 * The instant that all rows come from (RFC 3339).
 */
made_at: string, 
/**
 * Tables.
 */
table_count: number, 
/**
 * Rows in all tables.
 */
row_count: number, 
/**
 * Bytes of COPY text in all tables.
 */
byte_count: number, 
/**
 * Uploaded files; `null` where they were not asked for.
 */
file_count: number | null, 
/**
 * Tables that were left out.
 */
excluded: Array<ExcludedTable>, 
/**
 * Rows that were left out because they could not be carried.
 */
skipped_rows: Array<SkippedRows>, 
/**
 * What went wrong without stopping the backup.
 */
problems: Array<ArchiveProblem>, 
/**
 * References to rows of other companies that were found.
 */
crossings: Array<Crossing>, 
/**
 * How long it took.
 */
elapsed_ms: number, };

/**
 * What became of an archive that was to be added to the library.
 */
export type AddReport = { 
/**
 * The archive as it lies in the library.
 */
archive: ArchiveEntry, 
/**
 * Whether the same bytes lay there already, so that nothing was copied.
 */
was_known: boolean, };

/**
 * Copies of archives that were made outside the library.
 */
export type CopyReport = { 
/**
 * Where they are.
 */
paths: Array<string>, };

/**
 * References to rows of another company.
 */
export type Crossing = { 
/**
 * The table whose rows refer, as `schema.name`.
 */
table: string, 
/**
 * Its name for people.
 */
label: string, 
/**
 * The table that they refer to, as `schema.name`.
 */
target: string, 
/**
 * The columns that refer.
 */
columns: Array<string>, 
/**
 * Distinct rows.
 */
row_count: number, 
/**
 * Whether a row must have the reference.
 */
is_required: boolean, };

/**
 * What a restore or a revert did.
 */
export type RestoreReport = { 
/**
 * The review that now waits for Keep or Revert; `null` where nothing differed, or after a revert.
 */
review: string | null, 
/**
 * Rows of all tables.
 */
totals: Counts, 
/**
 * What was written, by area.
 */
areas: Array<AreaChanges>, 
/**
 * What was left out, defaulted or noted.
 */
findings: Array<Finding>, 
/**
 * Path of the safety snapshot; `null` where nothing differed.
 */
safety: string | null, 
/**
 * What became of uploaded files; `null` where they were not asked for.
 */
files: FilesReport | null, 
/**
 * What the application derives, and whether it was brought up to date.
 */
after: Array<AfterStep>, 
/**
 * Whose sessions were ended; `null` where that was not asked for, or nothing differed.
 */
signed_out: SignedOut | null, 
/**
 * How long it took.
 */
elapsed_ms: number, };

/**
 * Whose sessions end, and whose do not.
 */
export type SignOut = { 
/**
 * Sessions of people who belong to the company alone.
 */
session_count: number, 
/**
 * Those people.
 */
person_count: number, 
/**
 * The first twenty who stay signed in, since they belong to other companies too, by name.
 */
staying: Array<string>, 
/**
 * How many stay signed in.
 */
staying_count: number, 
/**
 * Minutes for which a token that was handed out goes on opening doors without a session.
 */
token_minutes: number, };

/**
 * Whose sessions a restore can end.
 */
export type PlannedSignOut = { 
/**
 * Whose.
 */
sessions: SignOut, 
/**
 * What the role lacks for it.
 */
missing: MissingRight | null, };

/**
 * Whose sessions a restore has ended.
 */
export type SignedOut = { 
/**
 * Whose; nobody's where it failed.
 */
sessions: SignOut, 
/**
 * The code of the failure, where there was one.
 */
failure: string | null, };

/**
 * Something that the application derives itself.
 */
export type AfterStep = { 
/**
 * What it is.
 */
what: string, 
/**
 * What a person is to do, where nothing could be called or the call failed.
 */
by_hand: string | null, 
/**
 * The code of the failure, where there was one.
 */
failure: string | null, 
/**
 * Rows that are there now, where a function was called that makes some.
 */
row_count: number | null, };

/**
 * One of the application's users, who may own a new company.
 */
export type AppUser = { 
/**
 * Name, where it is known.
 */
name: string | null, 
/**
 * E-mail address.
 */
email: string, };

/**
 * The templates that there are.
 */
export type Gallery = { 
/**
 * The folder in which further ones lie; `null` where this computer names no place for it.
 */
folder: string | null, 
/**
 * By name.
 */
templates: Array<TemplateEntry>, 
/**
 * Archives of the folder that cannot be read.
 */
unusable: Array<UnusableTemplate>, };

/**
 * What a template is to say of itself.
 */
export type TemplateRequest = { 
/**
 * What it is called.
 */
name: string, 
/**
 * For which industry it is.
 */
industry: string | null, 
/**
 * What a company that is started from it has.
 */
description: string | null, 
/**
 * The file of its picture.
 */
picture: string | null, };

/**
 * A template that was saved.
 */
export type SavedTemplateReport = { 
/**
 * What it is called.
 */
name: string, 
/**
 * Its file.
 */
path: string, 
/**
 * Its length in bytes.
 */
size_bytes: number, 
/**
 * Rows of all tables.
 */
row_count: number, 
/**
 * Addresses of outside parties that were replaced.
 */
masked: number, };

/**
 * A template.
 */
export type TemplateEntry = { 
/**
 * What it is called, which is unlike any other's.
 */
name: string, 
/**
 * For which industry it is.
 */
industry: string | null, 
/**
 * What a company that is started from it has.
 */
description: string | null, 
/**
 * Short name of the profile by which it was made.
 */
profile: string, 
/**
 * A picture, as a `data:` URL; `null` where it has none that can be shown.
 */
picture: string | null, 
/**
 * The instant that counts as today in its rows.
 */
today: string, 
/**
 * Whether it comes with Snapback.
 */
is_shipped: boolean, 
/**
 * Its file; the name that it has in Snapback where it comes with it.
 */
path: string, 
/**
 * Whether its company is in a group.
 */
has_group: boolean, 
/**
 * Rows of all tables.
 */
row_count: number, 
/**
 * Rows that people count first.
 */
counts: Array<TemplateCount>, };

/**
 * How many rows there are of a kind that people count.
 */
export type TemplateCount = { 
/**
 * Its name for people.
 */
label: string, 
/**
 * Rows.
 */
row_count: number, };

/**
 * An archive of the template folder that cannot be read.
 */
export type UnusableTemplate = { 
/**
 * Its file.
 */
path: string, 
/**
 * Why.
 */
error: WireError, };

/**
 * What a new company is to be.
 */
export type NewCompanyRequest = { 
/**
 * What it is called.
 */
name: string, 
/**
 * E-mail address of the application's user whose it is; `null` where the application has no people.
 */
owner: string | null, 
/**
 * The group that it joins, by key; `null` for one of its own.
 */
group: string | null, 
/**
 * What it is for.
 */
purpose: NewPurpose, 
/**
 * Whether addresses of outside parties are replaced, and what would reach them is switched off.
 */
is_safe: boolean, 
/**
 * Whether their names are replaced too, where it is a safe copy.
 */
masks_names: boolean, 
/**
 * Whether ids stay, as they are free in another database.
 */
keeps_ids: boolean, 
/**
 * The rows alone, or the uploaded files of the backup as well.
 */
include: Include, 
/**
 * Whether somebody is made for each person that is not here.
 */
makes_placeholders: boolean, };

/**
 * What a new company is made from.
 */
export type NewCompanySource = { "from": "backup", "which": string } | { "from": "template", "which": string } | { "from": "blank", "which": string | null };

/**
 * What a new company is for.
 */
export type NewPurpose = "production" | "demo" | "test";

/**
 * What a new company would be.
 */
export type NewCompanyPlan = { 
/**
 * Whether it can be made.
 */
verdict: Verdict, 
/**
 * The new company, with the key that it would have.
 */
company: Company, 
/**
 * The company that it is made from.
 */
source: Company, 
/**
 * E-mail address of whoever owns it; `null` where the application has no people.
 */
owner: string | null, 
/**
 * What is carried, by area.
 */
areas: Array<NewArea>, 
/**
 * Rows of all areas.
 */
row_count: number, 
/**
 * Everybody that rows of the backup refer to.
 */
people: Array<NewPerson>, 
/**
 * The group that it is in; `null` where the application has no groups.
 */
group: NewGroup | null, 
/**
 * What it begins without.
 */
left_out: Array<LeftOutRows>, 
/**
 * Values that no two rows may have alike, whosever they are.
 */
uniques: Array<NewUnique>, 
/**
 * What a person should know.
 */
findings: Array<Finding>, 
/**
 * What a person is to do once it is there.
 */
reconnect: Array<string>, 
/**
 * What it is for.
 */
purpose: NewPurpose, 
/**
 * Whether addresses of outside parties are replaced.
 */
is_safe: boolean, 
/**
 * Whether their names are replaced too.
 */
masks_names: boolean, 
/**
 * Whether it begins with nothing but what its owner needs.
 */
is_blank: boolean, 
/**
 * By how many days dates move, so that a template's today is the day on which it is used.
 */
moved_days: number, 
/**
 * Uploaded files in the backup.
 */
file_count: number, 
/**
 * Those of them that are carried; `null` where that was not asked for.
 */
carried_files: CarriedFiles | null, 
/**
 * By which rights it would be made, and what is missing.
 */
rights: PlanRights, };

/**
 * Uploaded files that a new company gets.
 */
export type CarriedFiles = { 
/**
 * How many.
 */
file_count: number, 
/**
 * Their length together.
 */
byte_count: number, };

/**
 * One area of a new company.
 */
export type NewArea = { 
/**
 * Short name.
 */
area: string, 
/**
 * Name for people.
 */
title: string, 
/**
 * Rows of its tables.
 */
row_count: number, 
/**
 * Its tables.
 */
tables: Array<NewTable>, };

/**
 * One table of a new company.
 */
export type NewTable = { 
/**
 * The table, as `schema.name`.
 */
table: string, 
/**
 * Its name for people.
 */
label: string, 
/**
 * Rows that are carried.
 */
row_count: number, 
/**
 * What becomes of their ids.
 */
ids: NewIds, 
/**
 * Whether two people in whose place one stands cannot both keep their rows there.
 */
names_people_once: boolean, };

/**
 * A column of values that no two rows may have alike, whosever they are.
 */
export type NewUnique = { 
/**
 * The table, as `schema.name`.
 */
table: string, 
/**
 * Its name for people.
 */
label: string, 
/**
 * The column.
 */
column: string, 
/**
 * Values in the backup.
 */
value_count: number, 
/**
 * How many of them are taken.
 */
taken_count: number, 
/**
 * What the copy has in their place.
 */
proposal: UniqueProposal, };

/**
 * What is proposed for values that may be taken.
 */
export type UniqueProposal = "make_distinct" | "keep";

/**
 * What becomes of ids.
 */
export type NewIds = "renewed" | "followed" | "kept";

/**
 * A person that rows of the backup refer to.
 */
export type NewPerson = { 
/**
 * Name, where it is known.
 */
name: string | null, 
/**
 * E-mail address, where it is known.
 */
email: string | null, 
/**
 * Who takes their place.
 */
fate: NewPersonFate, };

/**
 * Who takes the place of a person.
 */
export type NewPersonFate = "found" | "owner" | "placeholder" | "nobody";

/**
 * The group of a new company.
 */
export type NewGroup = { 
/**
 * Its key.
 */
id: string, 
/**
 * Whether it was there before.
 */
is_joined: boolean, 
/**
 * What it has and the backup has otherwise, where it is joined.
 */
differences: Array<NewGroupTable>, };

/**
 * One table of a group that is joined, beside the backup's.
 */
export type NewGroupTable = { 
/**
 * The table, as `schema.name`.
 */
table: string, 
/**
 * Its name for people.
 */
label: string, 
/**
 * Rows of the backup that the group has.
 */
same: number, 
/**
 * Rows of the backup that the group has with other values; its own stay.
 */
differing: number, 
/**
 * Rows of the backup that the group does not have; they are not added.
 */
lacking: number, };

/**
 * Rows that a new company begins without.
 */
export type LeftOutRows = { 
/**
 * The table, as `schema.name`.
 */
table: string, 
/**
 * Its name for people.
 */
label: string, 
/**
 * How many, where that is known.
 */
row_count: number | null, 
/**
 * Why, as a sentence.
 */
because: string, };

/**
 * What making a new company did.
 */
export type NewCompanyReport = { 
/**
 * The new company.
 */
company: Company, 
/**
 * Rows that it has.
 */
row_count: number, 
/**
 * What was done, by area.
 */
areas: Array<MadeArea>, 
/**
 * What it begins without.
 */
left_out: Array<LeftOutRows>, 
/**
 * What was left out, defaulted or noted.
 */
findings: Array<Finding>, 
/**
 * Tables that were made for it, as `schema.name`.
 */
made_tables: Array<string>, 
/**
 * What became of uploaded files, where they were asked for.
 */
files: FilesReport | null, 
/**
 * What the application derives, and whether it was brought up to date.
 */
after: Array<AfterStep>, 
/**
 * What a person is to do now.
 */
reconnect: Array<string>, 
/**
 * How long it took.
 */
elapsed_ms: number, };

/**
 * One area of a company that was made.
 */
export type MadeArea = { 
/**
 * Short name.
 */
area: string, 
/**
 * Name for people.
 */
title: string, 
/**
 * Rows of its tables.
 */
row_count: number, 
/**
 * Its tables.
 */
tables: Array<MadeTable>, };

/**
 * One table of a company that was made.
 */
export type MadeTable = { 
/**
 * The table, as `schema.name`.
 */
table: string, 
/**
 * Its name for people.
 */
label: string, 
/**
 * Rows that are there now.
 */
row_count: number, 
/**
 * Rows that could not be carried, since what they need is not there.
 */
left_out: number, 
/**
 * Rows that were one with others once people were.
 */
collided: number, 
/**
 * What was done, by column.
 */
columns: Array<MadeColumn>, };

/**
 * One column of a company that was made.
 */
export type MadeColumn = { 
/**
 * The column.
 */
column: string, 
/**
 * Rows that got a new id in it.
 */
renewed: number, 
/**
 * References that followed.
 */
followed: number, 
/**
 * People in whose place the owner is.
 */
owners: number, 
/**
 * Values that were emptied, since what they led to is not there.
 */
emptied: number, 
/**
 * Texts that were made distinct.
 */
made_distinct: number, 
/**
 * Dates that were moved.
 */
moved: number, 
/**
 * Ids without a reference: whole values.
 */
found_values: number, 
/**
 * Ids without a reference: elements of arrays.
 */
found_elements: number, 
/**
 * Ids without a reference: strings of JSON.
 */
found_strings: number, 
/**
 * Ids without a reference: names in JSON.
 */
found_names: number, 
/**
 * Ids in paths, links and other text.
 */
found_inside: number, 
/**
 * Ids of rows that are not there: they still lead to the company that was copied.
 */
left: number, 
/**
 * Words that look like ids of the company and name no row of its backup: they may lead to what is in no backup, to
 * rows that all companies share, or to another system.
 */
unknown: number, 
/**
 * E-mail addresses of outside parties that were replaced.
 */
masked_emails: number, 
/**
 * Telephone numbers of outside parties that were replaced.
 */
masked_phones: number, 
/**
 * Web sites of outside parties that were replaced.
 */
masked_sites: number, 
/**
 * Bank accounts that were replaced.
 */
masked_accounts: number, 
/**
 * Names of outside parties that were replaced.
 */
masked_names: number, };

/**
 * A restore that waits for Keep or Revert.
 */
export type Review = { 
/**
 * Identity.
 */
id: string, 
/**
 * Key of the company.
 */
company_id: string, 
/**
 * Name of the company at the time.
 */
company_name: string, 
/**
 * When it was committed (RFC 3339).
 */
restored_at: string, 
/**
 * User of the operating system.
 */
os_user: string, 
/**
 * The computer on which the restore ran, and on which its safety snapshot lies.
 */
host: string, 
/**
 * Role in the database.
 */
database_role: string, 
/**
 * The application's user, if one was named.
 */
app_user: string | null, 
/**
 * Whether it was a cleaning by the doctor: then no archive was restored, and the source is the
 * safety snapshot itself.
 */
is_cleaning: boolean, 
/**
 * Whether only some rows of the archive were taken back: the archive does not tell which.
 */
is_selection: boolean, 
/**
 * Identity of the archive that was restored.
 */
source_id: string, 
/**
 * Its label.
 */
source_label: string | null, 
/**
 * The instant that it holds (RFC 3339).
 */
source_made_at: string, 
/**
 * Identity of the safety snapshot.
 */
safety_id: string, 
/**
 * Path of the safety snapshot on that computer.
 */
safety_path: string, 
/**
 * Rows of all tables.
 */
totals: Counts, 
/**
 * What was written, by area. `same` is not known here.
 */
areas: Array<AreaChanges>, 
/**
 * Uploaded files that were changed; `null` where files were left alone.
 */
files: FileChanges | null, };

/**
 * How it stands with a company's last restore.
 */
export type ReviewStatus = { 
/**
 * The restore that waits for Keep or Revert.
 */
open: Review | null, 
/**
 * How restores ended whose commit was not answered, now that the server has told.
 */
settled: Array<Settled>, 
/**
 * Where the safety snapshot of the open one lies, where that was looked for.
 */
safety?: SafetyPlace, 
/**
 * Uploaded files that wait to be put in their place; then nothing else can be begun.
 */
waiting_files: WaitingFiles | null, 
/**
 * Whose sessions were ended just now, where the open one was cut off before it could end them.
 */
signed_out?: SignedOut, };

/**
 * Where a safety snapshot lies.
 */
export type SafetyPlace = "here" | "elsewhere" | "gone";

/**
 * How a restore ended whose commit was not answered.
 */
export type Settled = "committed" | "rolled_back";

/**
 * What a revert would do.
 */
export type RevertPlan = { 
/**
 * What it would do.
 */
plan: Plan, 
/**
 * Names for people of the tables in which somebody has written since the restore. Where there are
 * none, a revert is one click.
 */
written_since: Array<string>, };

/**
 * What a new backup holds unless the person says otherwise.
 */
export type Include = "data_only" | "data_and_files";

/**
 * How the window looks.
 */
export type Theme = "system" | "light" | "dark";

/**
 * What the person has set at this computer.
 */
export type Settings = { 
/**
 * The library's folder; `null` for the usual one.
 */
library: string | null, 
/**
 * What a new backup holds.
 */
include: Include, 
/**
 * How the window looks.
 */
theme: Theme, 
/**
 * Whether closing the window leaves Snapback running in the tray.
 */
close_to_tray: boolean, };

/**
 * The settings with what they come to here.
 */
export type SettingsInEffect = { 
/**
 * What is set.
 */
settings: Settings, 
/**
 * The library's folder; `null` where this computer names no place for it.
 */
library_folder: string | null, 
/**
 * Whether the environment names the library, so that the setting has no say.
 */
library_is_named: boolean, 
/**
 * Where the logs lie.
 */
log_folder: string | null, 
/**
 * Where a settings file was kept that could not be read; the usual settings hold then.
 */
unreadable_kept_at: string | null, 
/**
 * Whether the tray is asked for and cannot be had on this desktop.
 */
tray_is_missing: boolean, };

/**
 * A question of the SSH client, which opens a tunnel.
 */
export type SshQuestion = { 
/**
 * By which it is answered.
 */
number: number, 
/**
 * The SSH server.
 */
host: string, 
/**
 * The client's own words.
 */
text: string, 
/**
 * Whether `yes` is the answer that lets it go on, as with a host key; else something that nobody may
 * read, as a passphrase.
 */
is_yes_or_no: boolean, };

/**
 * What the window is asked from outside.
 */
export type WindowRequest = { "request": "close", "data": number } | { "request": "open", "data": string } | { "request": "answer", "data": SshQuestion } | { "request": "look_again" } | { "request": "withdraw", "data": number };

/**
 * Some rows of one table of an archive.
 */
export type ArchiveRows = { 
/**
 * The table, as `schema.name`.
 */
table: string, 
/**
 * Its name for people.
 */
label: string, 
/**
 * Short name of its area, where it is in one.
 */
area: string | null, 
/**
 * Rows in the table.
 */
row_count: number, 
/**
 * The columns, in the order of the values.
 */
columns: Array<ArchiveColumn>, 
/**
 * Columns that are in no archive, for they hold secrets.
 */
secret_columns: Array<string>, 
/**
 * Where its rows lead: tables of the archive that they refer to.
 */
refers_to: Array<ArchiveReference>, 
/**
 * Whence rows lead to its rows: tables of the archive that refer to them.
 */
used_by: Array<ArchiveReference>, 
/**
 * How many of the rows asked for come before these.
 */
offset: number, 
/**
 * The values as the database writes them; `null` for NULL.
 */
rows: Array<Array<string | null>>, 
/**
 * Whether more follow.
 */
has_more: boolean, };

/**
 * A reference between two tables of an archive, seen from one of them.
 */
export type ArchiveReference = { 
/**
 * The columns of the table that is looked at.
 */
columns: Array<string>, 
/**
 * The other table, as `schema.name`.
 */
table: string, 
/**
 * Its name for people.
 */
label: string, 
/**
 * Its columns, in the same order.
 */
other_columns: Array<string>, };

/**
 * Which rows of a table are looked at.
 */
export type RowsQuery = { 
/**
 * All of these hold.
 */
filters: Array<RowFilter>, 
/**
 * In which order; as the archive has them where that is `null`.
 */
order: RowOrder | null, 
/**
 * How many of those rows come before the first.
 */
offset: number, 
/**
 * The most rows.
 */
limit: number, };

/**
 * Only rows whose column has a value like that one.
 */
export type RowFilter = { 
/**
 * The column.
 */
column: string, 
/**
 * How.
 */
likeness: Likeness, 
/**
 * The value.
 */
value: string, };

/**
 * How a value is like the one of a filter.
 */
export type Likeness = "equal" | "different" | "contains" | "at_least" | "at_most" | "empty" | "filled";

/**
 * By what rows are ordered.
 */
export type RowOrder = { 
/**
 * The column.
 */
column: string, 
/**
 * Which way.
 */
direction: Direction, };

/**
 * Which way an order goes.
 */
export type Direction = "ascending" | "descending";

/**
 * A column of a table of an archive.
 */
export type ArchiveColumn = { 
/**
 * The column.
 */
name: string, 
/**
 * Its name for people.
 */
label: string, 
/**
 * Its type, as the database spells it.
 */
type_name: string, 
/**
 * How people write the values.
 */
kind: ValueKind, 
/**
 * Whether it is part of the key.
 */
is_key: boolean, 
/**
 * Whether it names rows for people.
 */
is_name: boolean, 
/**
 * The table whose rows it refers to, as `schema.name`.
 */
refers_to: string | null, };

/**
 * What a search of an archive found.
 */
export type SearchReport = { 
/**
 * What was looked for.
 */
text: string, 
/**
 * The first places, area by area.
 */
hits: Array<SearchHit>, 
/**
 * Fields that have the text.
 */
hit_count: number, 
/**
 * Rows that were searched.
 */
row_count: number, 
/**
 * Rows that were too long and were searched in their beginning only.
 */
cut_row_count: number, 
/**
 * How long it took.
 */
elapsed_ms: number, };

/**
 * A field in which a text was found.
 */
export type SearchHit = { 
/**
 * Short name of the table's area, where it is in one.
 */
area: string | null, 
/**
 * The table, as `schema.name`.
 */
table: string, 
/**
 * Its name for people.
 */
label: string, 
/**
 * The key's columns with their values; empty where a row is known by all of its columns.
 */
key: Array<KeyPart>, 
/**
 * What names the row for people; `null` where nothing does.
 */
name: string | null, 
/**
 * The column.
 */
column: string, 
/**
 * What stands before the text in the field, from not far on.
 */
before: string, 
/**
 * The text as it stands there.
 */
found: string, 
/**
 * What stands behind it, not far.
 */
after: string, };

/**
 * One row through all backups of its company.
 */
export type RecordHistory = { 
/**
 * The table, as `schema.name`.
 */
table: string, 
/**
 * Its name for people.
 */
label: string, 
/**
 * The row's key.
 */
key: Array<KeyPart>, 
/**
 * What became of it, oldest first; empty where no backup has it.
 */
versions: Array<RecordVersion>, 
/**
 * Backups that were looked into.
 */
backup_count: number, 
/**
 * Backups that could not be asked.
 */
not_read: Array<BackupNotRead>, };

/**
 * A version of a row, or its absence after one.
 */
export type RecordVersion = { 
/**
 * What became of it.
 */
event: RecordEvent, 
/**
 * The first backup that says so.
 */
first: RecordBackup, 
/**
 * The last backup before the next version.
 */
last: RecordBackup, 
/**
 * Backups from the first to the last.
 */
backup_count: number, 
/**
 * The values that differ from the version before; those that are not NULL where there was no row.
 */
fields: Array<FieldChange>, };

/**
 * What became of a row between two backups.
 */
export type RecordEvent = "found" | "appeared" | "changed" | "vanished";

/**
 * A backup that a row was looked for in.
 */
export type RecordBackup = { 
/**
 * File name.
 */
file: string, 
/**
 * Identity of the archive.
 */
id: string, 
/**
 * What people call it.
 */
label: string | null, 
/**
 * What it was made for.
 */
kind: ArchiveKind, 
/**
 * The instant that it holds (RFC 3339).
 */
made_at: string, };

/**
 * A backup that could not be asked.
 */
export type BackupNotRead = { 
/**
 * File name.
 */
file: string, 
/**
 * Why.
 */
problem: ArchiveProblem, };

/**
 * What an export became.
 */
export type ExportReport = { 
/**
 * Where the ZIP is.
 */
path: string, 
/**
 * Its length in bytes.
 */
size_bytes: number, 
/**
 * The folder in it that holds all files.
 */
folder: string, 
/**
 * Its tables.
 */
tables: Array<ExportedTable>, 
/**
 * Rows of all tables.
 */
row_count: number, 
/**
 * Texts that were made safe for spreadsheets.
 */
safe_cell_count: number, 
/**
 * Texts that were longer than a cell of a workbook and end early.
 */
cut_cell_count: number, 
/**
 * Uploaded files; `null` where they were not asked for.
 */
file_count: number | null, 
/**
 * How long it took.
 */
elapsed_ms: number, };

/**
 * What an archive became that was written for Carbon.
 */
export type CarbonExportReport = { 
/**
 * Where it is.
 */
path: string, 
/**
 * Its length in bytes.
 */
size_bytes: number, 
/**
 * Tables with rows.
 */
table_count: number, 
/**
 * Rows of all tables.
 */
row_count: number, 
/**
 * Uploaded files; `null` where the backup has none.
 */
file_count: number | null, 
/**
 * What the form cannot hold.
 */
losses: Array<Loss>, 
/**
 * How long it took.
 */
elapsed_ms: number, };

/**
 * What the import of an archive of Carbon's became.
 */
export type ImportReport = { 
/**
 * Where our archive is.
 */
path: string, 
/**
 * Its length in bytes.
 */
size_bytes: number, 
/**
 * Name of the company.
 */
company: string, 
/**
 * Tables.
 */
table_count: number, 
/**
 * Rows of all tables.
 */
row_count: number, 
/**
 * Uploaded files; `null` where there are none in it.
 */
file_count: number | null, 
/**
 * What Carbon's archive did not hold, or what is not taken over.
 */
losses: Array<Loss>, 
/**
 * How long it took.
 */
elapsed_ms: number, };

/**
 * What one form of archive holds and the other does not.
 */
export type Loss = { 
/**
 * A stable word for programs.
 */
kind: string, 
/**
 * What it means, as a sentence.
 */
because: string, 
/**
 * The table, where it is about one.
 */
table: string | null, 
/**
 * The columns, where it is about such.
 */
columns: Array<string>, 
/**
 * How many values, rows or files.
 */
count: number, };

/**
 * What a person wants exported.
 */
export type ExportRequest = { 
/**
 * As what.
 */
form: ExportForm, 
/**
 * Only these areas, by short name; all where there is none.
 */
areas: Array<string>, 
/**
 * Whether each file begins with a byte order mark, which some spreadsheets need.
 */
byte_order_mark: boolean, 
/**
 * Whether texts that a spreadsheet would run are made safe.
 */
safe_cells: boolean, 
/**
 * The rows alone, or the uploaded files as well.
 */
include: Include, };

/**
 * What rows are exported as.
 */
export type ExportForm = "csv" | "workbook";

/**
 * A table of an export.
 */
export type ExportedTable = { 
/**
 * Its file's name in the ZIP's folder.
 */
file: string, 
/**
 * Rows.
 */
row_count: number, };

/**
 * The backups around a moment.
 */
export type Moment = { 
/**
 * The moment, in RFC 3339.
 */
moment: string, 
/**
 * The newest backup that is not younger.
 */
before: NearBackup | null, 
/**
 * The oldest that is younger.
 */
after: NearBackup | null, 
/**
 * How many seconds lie between the two: what changed in between no backup shows on its own.
 */
gap_seconds: number | null, };

/**
 * A backup near a moment.
 */
export type NearBackup = { 
/**
 * The archive's path.
 */
path: string, 
/**
 * Its file's name.
 */
file: string, 
/**
 * What the person called it.
 */
label: string | null, 
/**
 * The instant that it holds, in RFC 3339.
 */
at: string, 
/**
 * How many seconds lie between that and the moment.
 */
seconds_away: number, };

/**
 * Something that stands wrong.
 */
export type Alert = { 
/**
 * The same as long as it lasts.
 */
key: string, 
/**
 * Its kind.
 */
kind: AlertKind, 
/**
 * The company's id, where it is about one.
 */
company: string | null, 
/**
 * What it is, as a sentence.
 */
message: string, };

/**
 * What kind of thing stands wrong.
 */
export type AlertKind = "overdue" | "backup_failed" | "proof_failed" | "place_behind" | "little_room";

/**
 * Where alerts go.
 */
export type AlertChannel = { 
/**
 * Its number.
 */
number: number, 
/**
 * Where it leads, without what would let others use it.
 */
address: string, 
/**
 * How many things it was told of that still stand.
 */
standing_count: number, 
/**
 * How often telling it failed since it last worked.
 */
failures: number, 
/**
 * The code of the last such failure.
 */
last_failure: string | null, };

/**
 * What became of a channel.
 */
export type ToldChannel = { 
/**
 * Its number.
 */
number: number, 
/**
 * Where it leads.
 */
address: string, 
/**
 * How many things it was told that have come to stand wrong.
 */
begun_count: number, 
/**
 * How many it was told that are over.
 */
ended_count: number, 
/**
 * Why it could not be told.
 */
error: WireError | null, };

/**
 * What becomes of backups with another version of the schema.
 */
export type UpgradeReport = { 
/**
 * The database, or the file of the dump.
 */
against: string, 
/**
 * The backups.
 */
backups: Array<UpgradeVerdict>, 
/**
 * Statements of a dump that were not taken.
 */
not_taken: Array<DumpStatement>, 
/**
 * Backups of other applications, which were not judged.
 */
others: number, };

/**
 * A backup, judged against another version of the schema.
 */
export type UpgradeVerdict = { 
/**
 * The backup.
 */
archive: ArchiveEntry, 
/**
 * How it stands with it, where that could be found out.
 */
verdict: ArchiveVerdict | null, 
/**
 * Its tables, as `schema.name`, of which nothing can be told, since they could not be made from the dump here.
 */
untold: Array<string>, 
/**
 * Why it could not.
 */
error: WireError | null, };

/**
 * A statement of a dump that our server did not take.
 */
export type DumpStatement = { 
/**
 * Its first words.
 */
statement: string, 
/**
 * The code of the error.
 */
code: string, };

/**
 * Deeds, newest first.
 */
export type AuditEntries = { 
/**
 * The file of this computer's trail, or the database.
 */
read_from: string, 
/**
 * The newest of those that were asked for.
 */
entries: Array<AuditEntry>, 
/**
 * How many were asked for; `null` where nobody has counted.
 */
total: number | null, };

/**
 * Something that was done or tried.
 */
export type AuditEntry = { 
/**
 * Its number, in the trail that it was read from.
 */
number: number, 
/**
 * When, in RFC 3339.
 */
at: string, 
/**
 * What, such as `restore` or `save copy`.
 */
action: string, 
/**
 * What of it, such as `add` for a schedule.
 */
detail: string | null, 
/**
 * `done`, `done with problems`, or the code of the error.
 */
result: string, 
/**
 * Whether it came to what was asked for.
 */
is_done: boolean, 
/**
 * User of the operating system.
 */
os_user: string, 
/**
 * The computer.
 */
host: string, 
/**
 * The application's user on whose behalf, if one was named.
 */
app_user: string | null, 
/**
 * The program and its version, where it is known.
 */
program: string | null, 
/**
 * The database, without user and password.
 */
database: string | null, 
/**
 * The role in it.
 */
role: string | null, 
/**
 * The company's id.
 */
company: string | null, 
/**
 * The company's name.
 */
company_name: string | null, 
/**
 * The archive's file name.
 */
archive: string | null, };

/**
 * What a trail was found to be.
 */
export type AuditReport = { 
/**
 * The file.
 */
file: string, 
/**
 * How many lines it has.
 */
entry_count: number, 
/**
 * When its first line was written (RFC 3339).
 */
first_at: string | null, 
/**
 * When its last line was written (RFC 3339).
 */
last_at: string | null, 
/**
 * The database with whose knowledge it was compared, where that has any.
 */
compared_with: string | null, 
/**
 * What is wrong, the first hundred.
 */
faults: Array<AuditFault>, 
/**
 * How many there are.
 */
fault_count: number, };

/**
 * Something that is wrong with a trail.
 */
export type AuditFault = { 
/**
 * `edited`, `not_following`, `cut_off`, `rewritten` or `gone`.
 */
kind: string, 
/**
 * The line or number that it is about.
 */
line: number, 
/**
 * What it means, as a sentence.
 */
message: string, };

