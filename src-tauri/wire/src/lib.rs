//! What crosses to the UI and to `--json`.
//!
//! Shapes of their own, made from the engine's by taking every field by name, so that a change in
//! the engine is a decision here. Counts and sizes are JSON numbers, exact up to 2^53; keys and
//! numerics of the application are strings. Times are RFC 3339 in UTC. The TypeScript types in
//! `ui/src/lib/wire/index.ts` are generated from this crate and committed; a test holds them fresh.

mod alerts;
mod archive;
mod audit;
mod carbon_archive;
mod changes;
mod company;
mod connection;
mod contents;
mod details;
mod doctor;
mod document;
mod error;
mod export;
mod files;
mod finding;
mod inspect;
mod job;
mod keys;
mod labels;
mod library;
mod moment;
mod new_company;
mod picked;
mod places;
mod proof;
mod report;
mod request;
mod review;
mod rights;
mod schedule;
mod settings;
mod sign_out;
mod template;
#[cfg(test)]
mod typescript;
mod upgrade;

pub use alerts::{Alert, AlertChannel, AlertKind, ToldChannel};
pub use archive::{
    ArchiveArea, ArchiveDetails, ArchiveEntry, ArchiveFile, ArchiveKind, ArchivePlace,
    ArchiveProblem, ArchiveTable, ExcludedTable, ExclusionReason, MadeBy, OutsideKeys,
    SecretColumns, SkippedRows, TableDisposition, VerifyReport, archive_areas,
};
pub use audit::{AuditEntries, AuditEntry, AuditFault, AuditReport, save_audit};
pub use carbon_archive::{CarbonExportReport, ImportReport, Loss};
pub use changes::{
    ArchiveVerdict, AreaChanges, Counts, Difference, JudgedArchive, OriginCounts, Plan,
    TableChanges, Verdict,
};
pub use company::{Company, OfferedCompany, Role, RoleBound};
pub use connection::{
    Connection, ConnectionAddress, ConnectionColor, ConnectionForm, ConnectionStorage, Environment,
    FoundApplication, FoundConnection, RestoreRights, SavedReport, Secret, SshTunnel, StorageFound,
    StorageKeys, Survey, TlsMode,
};
pub use contents::{AreaContents, Contents, ExcludedContents, SharedTable, TableContents};
pub use details::{
    ChangeKind, FieldChange, KeyPart, RowChange, RowOrigin, RowPage, ValueKind, row_page,
};
pub use doctor::{
    Ailment, CleanReport, DoctorArea, DoctorFinding, DoctorReport, DoctorTable, NotExamined,
    Remedy, SequenceBehind,
};
pub use document::{DocumentForm, EachPage, PageSink, write_document};
pub use error::WireError;
pub use export::{ExportForm, ExportReport, ExportRequest, ExportedTable};
pub use files::{FileChange, FileChanges, FilePreview, FilesReport, WaitingFiles};
pub use finding::{Effect, Finding};
pub use inspect::{
    ArchiveColumn, ArchiveReference, ArchiveRows, BackupNotRead, Direction, Likeness, RecordBackup,
    RecordEvent, RecordHistory, RecordVersion, RowFilter, RowOrder, RowsQuery, SearchHit,
    SearchReport,
};
pub use job::{JobEvent, JobKind, Progress, ProgressUnit, Warning};
pub use keys::{LibraryKey, LibraryKeys};
pub use labels::Labels;
pub use library::{AddReport, CopyReport};
pub use moment::{Moment, NearBackup};
pub use new_company::{
    AppUser, CarriedFiles, LeftOutRows, MadeArea, MadeColumn, MadeTable, NewArea, NewCompanyPlan,
    NewCompanyReport, NewCompanyRequest, NewCompanySource, NewGroup, NewGroupTable, NewIds,
    NewPerson, NewPersonFate, NewPurpose, NewTable, NewUnique, UniqueProposal,
};
pub use picked::{Conflicts, KeptFields, RestoreRequest, RowKey, Selection};
pub use places::{CopyFailure, PlaceState, PlaceSync};
pub use proof::{ProofNote, ProofReport, ProofVerdict, proof_page};
pub use report::{AfterStep, CorruptedRows, CreateReport, Crossing, RestoreReport};
pub use request::{ChosenFile, SshQuestion, WindowRequest};
pub use review::{RevertPlan, Review, ReviewStatus, SafetyPlace, Settled};
pub use rights::{MissingRight, PlanRights};
pub use schedule::{
    CompanyStatus, DueBackup, DueFailure, DueProof, DueReport, OfferedArea, ProtectionReport,
    PruneReport, PrunedArchive, ScheduleEntry, ScheduleRequest, Status,
};
pub use settings::{Include, Settings, SettingsInEffect, Theme};
pub use sign_out::{PlannedSignOut, SignOut, SignedOut};
pub use template::{
    Gallery, SavedTemplateReport, TemplateCount, TemplateEntry, TemplateRequest, UnusableTemplate,
};
pub use upgrade::{DumpStatement, UpgradeReport, UpgradeVerdict};
