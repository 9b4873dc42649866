use serde::Serialize;
use snapback_engine::reporter::{self, Counters, Phase, Unit};
use ts_rs::TS;

use crate::WireError;

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Makes a backup.
    Create,
    /// Finds out what a restore or a revert would change.
    Compare,
    /// Restores a backup.
    Restore,
    /// Takes a restore back.
    Revert,
    /// Looks for what is wrong with a company's rows.
    Examine,
    /// Cleans a company of broken references.
    Clean,
    /// Brings an archive into the library.
    Add,
    /// Copies archives out of the library, or a file out of one.
    Copy,
    /// Writes a company's rows as files for others.
    Export,
    /// Puts uploaded files in their place that an earlier restore or revert has left to do.
    FinishFiles,
    /// Makes a new company.
    NewCompany,
    /// Saves a backup as a template.
    Template,
}

/// What a job tells while it runs. The first is `started`; the last, exactly once, is one of
/// `completed`, `cancelled` and `failed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
pub enum JobEvent<Report> {
    /// It has begun.
    Started,
    /// How far its present phase is; at most ten a second.
    Progress(Progress),
    /// Something is off; the job goes on.
    Warning(Warning),
    /// It did all of its work.
    Completed(Report),
    /// It stopped as asked, and nothing was changed.
    Cancelled,
    /// It stopped with an error.
    Failed(WireError),
}

impl<Report> JobEvent<Report> {
    /// The word of this event on the wire.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Progress(_) => "progress",
            Self::Warning(_) => "warning",
            Self::Completed(_) => "completed",
            Self::Cancelled => "cancelled",
            Self::Failed(_) => "failed",
        }
    }
}

/// In what a phase counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProgressUnit {
    /// Rows.
    Rows,
    /// Bytes of uploaded files.
    Bytes,
}

impl From<Unit> for ProgressUnit {
    fn from(unit: Unit) -> Self {
        match unit {
            Unit::Rows => Self::Rows,
            Unit::Bytes => Self::Bytes,
        }
    }
}

/// How far a phase is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Progress {
    /// What is being done, in a word or two.
    pub phase: String,
    /// In what it counts.
    pub unit: ProgressUnit,
    /// Rows or bytes done in this phase.
    pub done: u64,
    /// Rows or bytes there are in this phase; `null` where that is not known.
    pub total: Option<u64>,
    /// Bytes of COPY text or of files done in this phase.
    pub bytes: u64,
}

impl Progress {
    /// What the counters of a phase say now.
    #[must_use]
    pub fn sampled(phase: Phase, total: Option<u64>, counters: &Counters) -> Self {
        let bytes = counters.byte_count();
        Self {
            phase: phase.word().to_owned(),
            unit: phase.unit().into(),
            done: match phase.unit() {
                Unit::Rows => counters.row_count(),
                Unit::Bytes => bytes,
            },
            total,
            bytes,
        }
    }
}

/// Something that a person should know though the job goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Warning {
    /// A stable word for programs.
    pub code: String,
    /// One sentence for a person.
    pub message: String,
}

impl From<reporter::Warning> for Warning {
    fn from(warning: reporter::Warning) -> Self {
        let reporter::Warning { code, message } = warning;
        Self {
            code: code.to_owned(),
            message,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_tagged_and_carry_their_data_beside() {
        let event: JobEvent<u8> = JobEvent::Progress(Progress {
            phase: "reading".to_owned(),
            unit: ProgressUnit::Rows,
            done: 12,
            total: None,
            bytes: 900,
        });
        assert_eq!(
            serde_json::to_value(event).expect("it is plain data"),
            serde_json::json!({
                "event": "progress",
                "data": {
                    "phase": "reading",
                    "unit": "rows",
                    "done": 12,
                    "total": null,
                    "bytes": 900,
                },
            })
        );
    }
}
