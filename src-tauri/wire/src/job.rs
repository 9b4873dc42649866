use serde::Serialize;
use snapback_engine::reporter::{self, Counters, Phase};
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
    /// Copies archives out of the library.
    Copy,
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

/// How far a phase is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Progress {
    /// What is being done, in a word or two.
    pub phase: String,
    /// Rows done in this phase.
    pub done: u64,
    /// Rows there are in this phase; `null` where that is not known.
    pub total: Option<u64>,
    /// Bytes of COPY text done in this phase.
    pub bytes: u64,
}

impl Progress {
    /// What the counters of a phase say now.
    #[must_use]
    pub fn sampled(phase: Phase, row_total: Option<u64>, counters: &Counters) -> Self {
        Self {
            phase: phase.word().to_owned(),
            done: counters.row_count(),
            total: row_total,
            bytes: counters.byte_count(),
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
                    "done": 12,
                    "total": null,
                    "bytes": 900,
                },
            })
        );
    }
}
