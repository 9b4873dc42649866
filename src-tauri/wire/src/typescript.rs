//! Writes the TypeScript types (`make types`) and holds the committed ones fresh.

use std::path::Path;

use ts_rs::{Config, TS};

use crate::*;

const COMMITTED: &str = "../../ui/src/lib/wire/index.ts";
/// Set to write the file instead of comparing it.
const WRITE: &str = "SNAPBACK_WRITE_TYPES";

macro_rules! declarations {
    ($config:expr, $($type:ty),* $(,)?) => { [$(declaration::<$type>($config)),*] };
}

fn typescript() -> String {
    // Counts and sizes stay below 2^53, which a JSON number carries exactly.
    let config = Config::default().with_large_int("number");
    // Every type that crosses, by hand: a type that is missing here fails the UI's type check.
    let declarations = declarations!(
        &config,
        JobKind,
        JobEvent<()>,
        Progress,
        Warning,
        WireError,
        Connection,
        ConnectionStorage,
        StorageFound,
        StorageKeys,
        ChosenFile,
        ProgressUnit,
        FilePreview,
        WaitingFiles,
        ConnectionColor,
        Environment,
        TlsMode,
        Secret,
        ConnectionForm,
        ConnectionAddress,
        SshTunnel,
        FoundConnection,
        SavedReport,
        Survey,
        FoundApplication,
        RestoreRights,
        Company,
        Contents,
        AreaContents,
        TableContents,
        ExcludedContents,
        SharedTable,
        ScheduleEntry,
        DueReport,
        DueBackup,
        DueFailure,
        PruneReport,
        PrunedArchive,
        Status,
        CompanyStatus,
        DueProof,
        PlaceState,
        PlaceSync,
        CopyFailure,
        ProofReport,
        ProofVerdict,
        ProofNote,
        ProtectionReport,
        LibraryKeys,
        LibraryKey,
        ArchiveKind,
        ExclusionReason,
        MadeBy,
        ArchiveProblem,
        ArchiveEntry,
        ArchiveDetails,
        ArchiveFile,
        FileChanges,
        FileChange,
        FilesReport,
        ArchiveArea,
        ArchiveTable,
        TableDisposition,
        ExcludedTable,
        SecretColumns,
        OutsideKeys,
        SkippedRows,
        VerifyReport,
        Verdict,
        ArchiveVerdict,
        JudgedArchive,
        Effect,
        Finding,
        Counts,
        AreaChanges,
        OriginCounts,
        TableChanges,
        Plan,
        PlanRights,
        MissingRight,
        Difference,
        DocumentForm,
        RestoreRequest,
        Selection,
        RowKey,
        KeptFields,
        Conflicts,
        ChangeKind,
        ValueKind,
        RowPage,
        RowOrigin,
        RowChange,
        KeyPart,
        FieldChange,
        DoctorReport,
        DoctorArea,
        DoctorTable,
        DoctorFinding,
        Ailment,
        Remedy,
        SequenceBehind,
        NotExamined,
        CleanReport,
        CorruptedRows,
        CreateReport,
        AddReport,
        CopyReport,
        Crossing,
        RestoreReport,
        AfterStep,
        AppUser,
        Gallery,
        TemplateRequest,
        SavedTemplateReport,
        TemplateEntry,
        TemplateCount,
        UnusableTemplate,
        NewCompanyRequest,
        NewCompanySource,
        NewCompanyPlan,
        CarriedFiles,
        NewArea,
        NewTable,
        NewIds,
        NewPerson,
        NewPersonFate,
        NewGroup,
        NewGroupTable,
        LeftOutRows,
        NewCompanyReport,
        MadeArea,
        MadeTable,
        MadeColumn,
        Review,
        ReviewStatus,
        SafetyPlace,
        Settled,
        RevertPlan,
        Include,
        Theme,
        Settings,
        SettingsInEffect,
        SshQuestion,
        WindowRequest,
        ArchiveRows,
        ArchiveReference,
        RowsQuery,
        RowFilter,
        Likeness,
        RowOrder,
        Direction,
        ArchiveColumn,
        SearchReport,
        SearchHit,
        RecordHistory,
        RecordVersion,
        RecordEvent,
        RecordBackup,
        BackupNotRead,
        ExportReport,
        CarbonExportReport,
        ImportReport,
        Loss,
        ExportRequest,
        ExportForm,
        ExportedTable,
        Moment,
        NearBackup,
        Alert,
        AlertKind,
        AlertChannel,
        ToldChannel,
        AuditEntries,
        AuditEntry,
        AuditReport,
        AuditFault,
    );
    format!(
        "// Generated from src-tauri/wire by `make types`. Do not edit.\n\n{}",
        declarations.concat()
    )
}

fn declaration<T: TS>(config: &Config) -> String {
    let docs = T::docs().unwrap_or_default();
    format!("{docs}export {}\n\n", T::decl(config))
}

#[test]
fn the_committed_typescript_types_are_those_of_this_crate() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(COMMITTED);
    let fresh = typescript();
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, &fresh).expect("the UI's folder can be written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == fresh,
        "ui/src/lib/wire/index.ts is stale: run `make types`"
    );
}
