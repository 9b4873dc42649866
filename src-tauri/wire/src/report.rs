use serde::{Deserialize, Serialize};
use snapback_engine::{closure, restore, snapshot};
use ts_rs::TS;

use crate::changes::written_by_area;
use crate::{
    ArchiveProblem, AreaChanges, Company, Counts, ExcludedTable, FilesReport, Finding, Labels,
    SignedOut, SkippedRows,
};

/// What a backup became.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct CreateReport {
    /// Identity of the archive.
    pub id: String,
    /// Where it is.
    pub path: String,
    /// Length of the file in bytes.
    pub size_bytes: u64,
    /// BLAKE3 of the file, in hexadecimal.
    pub blake3: String,
    /// The company whose rows it holds.
    pub company: Company,
    /// What the person called it.
    pub label: Option<String>,
    /// The instant that all rows come from (RFC 3339).
    pub made_at: String,
    /// Tables.
    pub table_count: u64,
    /// Rows in all tables.
    pub row_count: u64,
    /// Bytes of COPY text in all tables.
    pub byte_count: u64,
    /// Uploaded files; `null` where they were not asked for.
    pub file_count: Option<u64>,
    /// Tables that were left out.
    pub excluded: Vec<ExcludedTable>,
    /// Rows that were left out because they could not be carried.
    pub skipped_rows: Vec<SkippedRows>,
    /// What went wrong without stopping the backup.
    pub problems: Vec<ArchiveProblem>,
    /// References to rows of other companies that were found.
    pub crossings: Vec<Crossing>,
    /// How long it took.
    pub elapsed_ms: u64,
}

/// What a backup does with rows that must refer to rows of another company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CorruptedRows {
    /// No backup is made.
    Refuse,
    /// They and what depends on them are left out and listed.
    Skip,
}

impl From<CorruptedRows> for snapshot::Corrupted {
    fn from(corrupted: CorruptedRows) -> Self {
        match corrupted {
            CorruptedRows::Refuse => Self::Refuse,
            CorruptedRows::Skip => Self::Skip,
        }
    }
}

/// References to rows of another company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Crossing {
    /// The table whose rows refer, as `schema.name`.
    pub table: String,
    /// Its name for people.
    pub label: String,
    /// The table that they refer to, as `schema.name`.
    pub target: String,
    /// The columns that refer.
    pub columns: Vec<String>,
    /// Distinct rows.
    pub row_count: u64,
    /// Whether a row must have the reference.
    pub is_required: bool,
}

impl CreateReport {
    /// The report with names for people.
    #[must_use]
    pub fn new(report: &snapshot::CreateReport, labels: &Labels, elapsed_ms: u64) -> Self {
        let snapshot::CreateReport {
            archive,
            manifest,
            crossings,
        } = report;
        let snapback_engine::archive::Finished {
            path,
            size_bytes,
            blake3,
        } = archive;
        let details = crate::ArchiveDetails::new(path, *size_bytes, true, manifest, labels);
        Self {
            id: details.id,
            path: details.path,
            size_bytes: *size_bytes,
            blake3: blake3.clone(),
            company: details.company,
            label: details.label,
            made_at: details.made_at,
            table_count: manifest.tables.len() as u64,
            row_count: details.row_count,
            byte_count: details.byte_count,
            file_count: details.file_count,
            excluded: details.excluded,
            skipped_rows: details.skipped_rows,
            problems: details.problems,
            crossings: crossings
                .iter()
                .map(|crossing| Crossing::new(crossing, labels))
                .collect(),
            elapsed_ms,
        }
    }
}

impl Crossing {
    fn new(crossing: &closure::Crossing, labels: &Labels) -> Self {
        let closure::Crossing {
            table,
            target,
            columns,
            row_count,
            is_required,
        } = crossing;
        Self {
            label: labels.table(table),
            table: table.to_string(),
            target: target.to_string(),
            columns: columns.clone(),
            row_count: *row_count,
            is_required: *is_required,
        }
    }
}

/// What a restore or a revert did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct RestoreReport {
    /// The review that now waits for Keep or Revert; `null` where nothing differed, or after a revert.
    pub review: Option<String>,
    /// Rows of all tables.
    pub totals: Counts,
    /// What was written, by area.
    pub areas: Vec<AreaChanges>,
    /// What was left out, defaulted or noted.
    pub findings: Vec<Finding>,
    /// Path of the safety snapshot; `null` where nothing differed.
    pub safety: Option<String>,
    /// What became of uploaded files; `null` where they were not asked for.
    pub files: Option<FilesReport>,
    /// What the application derives, and whether it was brought up to date.
    pub after: Vec<AfterStep>,
    /// Whose sessions were ended; `null` where that was not asked for, or nothing differed.
    pub signed_out: Option<SignedOut>,
    /// How long it took.
    pub elapsed_ms: u64,
}

/// Something that the application derives itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct AfterStep {
    /// What it is.
    pub what: String,
    /// What a person is to do, where nothing could be called or the call failed.
    pub by_hand: Option<String>,
    /// The code of the failure, where there was one.
    pub failure: Option<String>,
    /// Rows that are there now, where a function was called that makes some.
    pub row_count: Option<u64>,
}

impl RestoreReport {
    /// The report with names for people.
    #[must_use]
    pub fn new(report: &restore::RestoreReport, labels: &Labels, elapsed_ms: u64) -> Self {
        let restore::RestoreReport {
            review,
            counts,
            totals,
            findings,
            safety,
            files,
            after,
            signed_out,
        } = report;
        Self {
            review: review.map(|id| id.to_string()),
            totals: (*totals).into(),
            areas: written_by_area(counts, labels),
            findings: findings
                .iter()
                .map(|finding| Finding::new(finding, labels))
                .collect(),
            safety: safety.as_ref().map(|made| made.path.display().to_string()),
            files: files.as_ref().map(Into::into),
            after: after.iter().map(Into::into).collect(),
            signed_out: signed_out.as_deref().map(Into::into),
            elapsed_ms,
        }
    }
}

impl From<&restore::AfterStep> for AfterStep {
    fn from(step: &restore::AfterStep) -> Self {
        let restore::AfterStep {
            what,
            by_hand,
            failure,
            row_count,
        } = step;
        Self {
            what: what.clone(),
            by_hand: by_hand.clone(),
            failure: failure.map(|code| code.word().to_owned()),
            row_count: *row_count,
        }
    }
}
