use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::archive::Kind;
use crate::model::{Company, TableName};

/// What came of a proof. It is kept as it is, and read again by later versions: fields that are added have
/// defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The archive.
    pub archive: Uuid,
    /// Its file's name.
    pub file: String,
    /// BLAKE3 of its file, in hexadecimal.
    pub blake3: String,
    /// What it was made for.
    pub kind: Kind,
    /// Whose rows it holds.
    pub company: Company,
    /// The instant that it holds.
    pub snapshot_time: Timestamp,
    /// When it was proven, by this computer's clock.
    pub proven_at: Timestamp,
    /// Milliseconds that it took, as whoever had it made has noted.
    pub elapsed_ms: u64,
    /// The version of Snapback that proved it.
    pub tool_version: String,
    /// The version of the server that the rows came from.
    pub source_version: String,
    /// The version of the server that they were put into.
    pub server_version: String,
    /// What was proven.
    pub proven: Proven,
    /// What was found wrong.
    pub findings: Vec<Finding>,
    /// What could not be proven, and why.
    pub gaps: Vec<Gap>,
}

/// How much was proven.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proven {
    /// Tables that were made and whose rows were loaded and read back the same.
    pub table_count: u64,
    /// Rows in them.
    pub row_count: u64,
    /// Bytes of their COPY text.
    pub byte_count: u64,
    /// Primary keys and unique values that the server has accepted.
    pub unique_count: u64,
    /// Checks that the server has accepted.
    pub check_count: u64,
    /// References that the server has accepted, or whose other ends the archive names.
    pub reference_count: u64,
    /// Uploaded files that were read to their end.
    pub file_count: u64,
    /// Bytes of them.
    pub file_byte_count: u64,
}

/// How a proof ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All that the archive carries was proven.
    Proven,
    /// What could be tried is right; something could not be tried.
    ProvenInPart,
    /// Something is wrong with it.
    Failed,
}

impl Certificate {
    /// How it ended.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        if !self.findings.is_empty() {
            Verdict::Failed
        } else if self.gaps.iter().any(|gap| gap.what.is_open()) {
            Verdict::ProvenInPart
        } else {
            Verdict::Proven
        }
    }
}

/// Something wrong with an archive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// In which table; `None` for a file.
    pub table: Option<TableName>,
    /// What.
    pub what: FindingKind,
    /// The constraint or the file, by its name.
    #[serde(default)]
    pub name: Option<String>,
    /// How many rows or values it is, where that is known.
    #[serde(default)]
    pub count: Option<u64>,
    /// What the server or the archive said, as a code.
    #[serde(default)]
    pub code: Option<String>,
}

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// The part of the archive cannot be read.
    Unreadable,
    /// The server does not take the rows.
    Refused,
    /// The server has another number of rows than the manifest.
    OtherCount,
    /// The rows read back are not those of the manifest.
    OtherRows,
    /// Two rows have the same key or the same unique values.
    NotUnique,
    /// Rows do not satisfy a check.
    CheckFailed,
    /// Rows refer to rows that are neither inside nor named by the archive.
    LeadsNowhere,
    /// Rows name uploaded files that the archive has not, and does not say that it could not have them.
    FileMissing,
}

/// Something that could not be proven.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// What.
    pub what: GapKind,
    /// Of which table.
    #[serde(default)]
    pub table: Option<TableName>,
    /// The column, constraint, type or version.
    #[serde(default)]
    pub name: Option<String>,
    /// How many it is about, where that is counted.
    #[serde(default)]
    pub count: Option<u64>,
}

/// What cannot be proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapKind {
    /// The server is of another major version than the one that the rows came from.
    OtherVersion,
    /// The server does not know the type of a column; its values were held as text.
    TypeReplaced,
    /// Columns are computed, and the archive does not say how.
    Computed,
    /// Columns hold secrets, which no archive carries.
    Secret,
    /// A key, unique values or an exclusion could not be rebuilt.
    UniqueNotRebuilt,
    /// A check could not be rebuilt: it uses what the archive does not carry.
    CheckNotRebuilt,
    /// A reference could not be rebuilt.
    ReferenceNotRebuilt,
    /// The server itself never proved that reference for all rows.
    NotValidated,
    /// References led nowhere already when the archive was made, which it says.
    KnownBroken,
    /// References lead to rows that all companies share; the archive names their keys.
    LeadsToShared,
    /// References lead to a table that is not in the archive.
    LeadsOutside,
    /// Rows name uploaded files that were not there already when the archive was made, which it says.
    FileNotThere,
}

impl GapKind {
    /// Whether it leaves something open about what the archive carries.
    #[must_use]
    pub fn is_open(self) -> bool {
        match self {
            Self::OtherVersion
            | Self::TypeReplaced
            | Self::UniqueNotRebuilt
            | Self::CheckNotRebuilt
            | Self::ReferenceNotRebuilt
            | Self::NotValidated => true,
            // Nothing that an archive has to carry.
            Self::Computed
            | Self::Secret
            | Self::KnownBroken
            | Self::LeadsToShared
            | Self::LeadsOutside
            | Self::FileNotThere => false,
        }
    }
}
