//! What the manifest of Carbon's archive says.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Code, Error, Result};

/// The word by which their manifests are known.
pub(super) const KIND: &str = "carbon-company-backup";
/// The version of the form that is read and written.
pub(super) const VERSION: u64 = 1;
/// How they say that uploaded files are inside.
pub(super) const ALL_FILES: &str = "all";
/// And that none are.
pub(super) const NO_FILES: &str = "none";

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Facts {
    pub(super) kind: String,
    #[serde(default)]
    pub(super) version: Option<u64>,
    /// A text, in some archives a number.
    #[serde(default)]
    pub(super) schema_version: Value,
    pub(super) source_company_id: String,
    #[serde(default)]
    pub(super) source_company_group_id: Option<String>,
    #[serde(default)]
    pub(super) source_company_name: Option<String>,
    pub(super) exported_at: String,
    #[serde(default)]
    pub(super) exported_by: Option<String>,
    #[serde(default)]
    pub(super) label: Option<String>,
    #[serde(default)]
    pub(super) include_storage: Option<String>,
    #[serde(default)]
    pub(super) tables: Vec<TableFacts>,
    #[serde(default)]
    pub(super) storage: Vec<FileFacts>,
    #[serde(default)]
    pub(super) excluded_tables: Vec<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) excluded_rows_by_table: Vec<ExcludedFacts>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TableFacts {
    pub(super) name: String,
    pub(super) rows: u64,
    #[serde(default)]
    pub(super) columns: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileFacts {
    pub(super) path: String,
    #[serde(default)]
    pub(super) size: Option<u64>,
    #[serde(default)]
    pub(super) included: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ExcludedFacts {
    pub(super) table: String,
    #[serde(default)]
    pub(super) rows: u64,
}

impl Facts {
    /// Whether it is a manifest of theirs that can be read.
    pub(super) fn check(&self, path: &Path) -> Result<()> {
        let error = |code, message: &str| Error::new(code, message).with("archive", path.display());
        if self.kind != KIND {
            return Err(error(
                Code::NotAnArchive,
                "The file is not a backup that Carbon made of a company.",
            ));
        }
        match self.version {
            Some(version) if version > VERSION => Err(error(
                Code::ArchiveTooNew,
                "The archive was written by a newer Carbon than this Snapback knows.",
            )
            .with("version", version)),
            _ if self.source_company_id.trim().is_empty() => Err(error(
                Code::ArchiveMismatch,
                "The archive does not say whose rows it holds.",
            )),
            _ => Ok(()),
        }
    }

    /// When it was made.
    pub(super) fn exported_at(&self, path: &Path) -> Result<Timestamp> {
        self.exported_at.parse().map_err(|_| {
            Error::new(
                Code::ArchiveMismatch,
                "The archive does not say when it was made.",
            )
            .with("archive", path.display())
        })
    }

    /// The version of Carbon's schema that its rows are of.
    pub(super) fn schema_version(&self) -> Option<String> {
        match &self.schema_version {
            Value::String(version) => Some(version.clone()),
            Value::Number(version) => Some(version.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// How many rows it says a table has.
    pub(super) fn table(&self, name: &str) -> Option<&TableFacts> {
        self.tables.iter().find(|table| table.name == name)
    }
}
