//! Whether backups still load into the next version of an application.

use serde::Serialize;
use snapback_engine::proof::NotTaken;
use ts_rs::TS;

use crate::{ArchiveEntry, ArchiveVerdict, WireError};

/// A backup, judged against another version of the schema.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct UpgradeVerdict {
    /// The backup.
    pub archive: ArchiveEntry,
    /// How it stands with it, where that could be found out.
    pub verdict: Option<ArchiveVerdict>,
    /// Its tables, as `schema.name`, of which nothing can be told, since they could not be made from the dump here.
    pub untold: Vec<String>,
    /// Why it could not.
    pub error: Option<WireError>,
}

/// A statement of a dump that our server did not take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct DumpStatement {
    /// Its first words.
    pub statement: String,
    /// The code of the error.
    pub code: String,
}

impl From<&NotTaken> for DumpStatement {
    fn from(not_taken: &NotTaken) -> Self {
        let NotTaken {
            statement,
            code,
            table: _,
        } = not_taken;
        Self {
            statement: statement.clone(),
            code: code.word().to_owned(),
        }
    }
}

/// What becomes of backups with another version of the schema.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct UpgradeReport {
    /// The database, or the file of the dump.
    pub against: String,
    /// The backups.
    pub backups: Vec<UpgradeVerdict>,
    /// Statements of a dump that were not taken.
    pub not_taken: Vec<DumpStatement>,
    /// Backups of other applications, which were not judged.
    pub others: u64,
}
