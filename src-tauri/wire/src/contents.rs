use serde::Serialize;
use snapback_engine::company::Opened;
use snapback_engine::snapshot;
use ts_rs::TS;

use crate::{Company, ExclusionReason, Labels};

/// What a backup of a company made now would hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Contents {
    /// The company.
    pub company: Company,
    /// Rows of all areas together.
    pub row_count: u64,
    /// What is in the backup, by area.
    pub areas: Vec<AreaContents>,
    /// Tables that are left out, with the reason.
    pub excluded: Vec<ExcludedContents>,
    /// Tables whose rows belong to no company.
    pub shared: Vec<SharedTable>,
}

/// An area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct AreaContents {
    /// Short name.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Rows of all its tables.
    pub row_count: u64,
    /// Its tables, headlines first.
    pub tables: Vec<TableContents>,
}

/// A table of an area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct TableContents {
    /// The table, as `schema.name`.
    pub table: String,
    /// Name for people.
    pub label: String,
    /// Whether its count stands for the area.
    pub is_headline: bool,
    /// Whether an in-place restore writes it.
    pub is_written: bool,
    /// The company's rows.
    pub row_count: u64,
}

/// A table that is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ExcludedContents {
    /// The table, as `schema.name`.
    pub table: String,
    /// Name for people.
    pub label: String,
    /// Why, as a kind.
    pub reason: ExclusionReason,
    /// Why, as a sentence.
    pub because: String,
    /// The company's rows in it.
    pub row_count: u64,
}

/// A table whose rows belong to no company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SharedTable {
    /// The table, as `schema.name`.
    pub table: String,
    /// Name for people.
    pub label: String,
}

impl Contents {
    /// The contents of an open company.
    #[must_use]
    pub fn new(contents: snapshot::Contents, opened: &Opened) -> Self {
        let snapshot::Contents {
            areas,
            excluded,
            shared,
            row_count,
        } = contents;
        let labels = Labels::of_company(opened);
        let shared = shared.iter().map(|table| SharedTable {
            label: labels.table(table),
            table: table.to_string(),
        });
        Self {
            company: opened.company().into(),
            row_count,
            areas: areas.into_iter().map(Into::into).collect(),
            excluded: excluded.into_iter().map(Into::into).collect(),
            shared: shared.collect(),
        }
    }
}

impl From<snapshot::AreaContents> for AreaContents {
    fn from(area: snapshot::AreaContents) -> Self {
        let snapshot::AreaContents {
            name,
            title,
            tables,
            row_count,
        } = area;
        Self {
            name,
            title,
            row_count,
            tables: tables.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<snapshot::TableContents> for TableContents {
    fn from(contents: snapshot::TableContents) -> Self {
        let snapshot::TableContents {
            table,
            label,
            is_headline,
            is_written,
            row_count,
        } = contents;
        Self {
            table: table.to_string(),
            label,
            is_headline,
            is_written,
            row_count,
        }
    }
}

impl From<snapshot::ExcludedContents> for ExcludedContents {
    fn from(contents: snapshot::ExcludedContents) -> Self {
        let snapshot::ExcludedContents {
            table,
            label,
            reason,
            because,
            row_count,
        } = contents;
        Self {
            table: table.to_string(),
            label,
            reason: reason.into(),
            because,
            row_count,
        }
    }
}
