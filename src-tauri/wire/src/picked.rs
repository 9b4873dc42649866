//! Which rows of a backup a person wants back, where not all are.

use serde::Deserialize;
use snapback_engine::inspect::RowName;
use snapback_engine::restore;
use ts_rs::TS;

use crate::{Include, KeyPart};

/// A row by its key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct RowKey {
    /// The table, as `schema.name`.
    pub table: String,
    /// The key's columns with their values.
    pub key: Vec<KeyPart>,
}

/// Columns of a row that stay as they are today.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct KeptFields {
    /// The row.
    pub row: RowKey,
    /// The columns.
    pub columns: Vec<String>,
}

/// Whose values rows have that are there with others than in the backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Conflicts {
    /// The backup's for rows that were picked, and today's for those that belong to them.
    Picked,
    /// The backup's.
    Backup,
    /// Today's: only rows that are gone come back.
    Live,
}

/// Which rows come back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct Selection {
    /// These.
    pub rows: Vec<RowKey>,
    /// All rows of these areas, by short name.
    pub areas: Vec<String>,
    /// How many times rows are followed to those that refer to them.
    pub child_levels: u32,
    /// What becomes of rows that are there with other values.
    pub conflicts: Conflicts,
    /// What is left as it is of rows that are there.
    pub keep: Vec<KeptFields>,
}

/// What is to be put back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct RestoreRequest {
    /// Path of the archive.
    pub archive: String,
    /// The rows alone, or the uploaded files as well.
    pub include: Include,
    /// Only these of its rows; all where that is `null`.
    pub selection: Option<Selection>,
    /// Whether people who belong to the company alone are signed out.
    pub sign_out: bool,
}

impl From<RowKey> for restore::RowKey {
    fn from(row: RowKey) -> Self {
        let RowKey { table, key } = row;
        let columns = key.into_iter();
        Self {
            table,
            // A value that is NULL names no row: the engine says that the key has other columns.
            columns: columns
                .filter_map(|KeyPart { column, value }| Some((column, value?)))
                .collect(),
        }
    }
}

impl From<Conflicts> for restore::Conflicts {
    fn from(conflicts: Conflicts) -> Self {
        match conflicts {
            Conflicts::Picked => Self::Named,
            Conflicts::Backup => Self::Backup,
            Conflicts::Live => Self::Live,
        }
    }
}

impl From<Selection> for restore::Selection {
    fn from(selection: Selection) -> Self {
        let Selection {
            rows,
            areas,
            child_levels,
            conflicts,
            keep,
        } = selection;
        let keep = keep.into_iter();
        Self {
            only: areas.iter().map(|area| format!("area:{area}")).collect(),
            rows: rows.into_iter().map(Into::into).collect(),
            child_levels,
            conflicts: conflicts.into(),
            fields: Vec::new(),
            keep: keep
                .map(|KeptFields { row, columns }| {
                    let restore::RowKey {
                        table,
                        columns: key,
                    } = row.into();
                    restore::KeptValues {
                        table,
                        row: RowName::Columns(key),
                        columns,
                    }
                })
                .collect(),
        }
    }
}
