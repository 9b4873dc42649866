use std::collections::BTreeMap;

use serde::Serialize;
use snapback_engine::model::TableName;
use snapback_engine::{difference, restore};
use ts_rs::TS;

use crate::{FileChanges, Finding, Labels, PlanRights, PlannedSignOut, WireError};

/// How many rows are what, seen from the state that is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, TS)]
pub struct Counts {
    /// Rows that come back.
    pub added: u64,
    /// Rows whose values change.
    pub changed: u64,
    /// Rows that go.
    pub removed: u64,
    /// Rows that are as wanted.
    pub same: u64,
}

impl From<difference::Counts> for Counts {
    fn from(counts: difference::Counts) -> Self {
        let difference::Counts {
            same,
            missing,
            extra,
            changed,
        } = counts;
        Self {
            added: missing,
            changed,
            removed: extra,
            same,
        }
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        let Self {
            added,
            changed,
            removed,
            same,
        } = other;
        self.added += added;
        self.changed += changed;
        self.removed += removed;
        self.same += same;
    }
}

impl Counts {
    /// The same seen from the other side.
    #[must_use]
    pub fn turned(self) -> Self {
        Self {
            added: self.removed,
            removed: self.added,
            ..self
        }
    }

    /// Rows that differ in some way.
    #[must_use]
    pub fn differing(self) -> u64 {
        self.added + self.changed + self.removed
    }
}

/// Whether an archive can be put back today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything in it fits.
    Ready,
    /// It can be restored, and something is left out or defaulted.
    RestorableWithChanges,
    /// It cannot.
    NotRestorable,
    /// The archive was never finished.
    Incomplete,
}

impl From<difference::Verdict> for Verdict {
    fn from(verdict: difference::Verdict) -> Self {
        match verdict {
            difference::Verdict::Ready => Self::Ready,
            difference::Verdict::RestorableWithChanges => Self::RestorableWithChanges,
            difference::Verdict::NotRestorable => Self::NotRestorable,
            difference::Verdict::Incomplete => Self::Incomplete,
        }
    }
}

/// How it stands with an archive against today's schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ArchiveVerdict {
    /// The verdict.
    pub verdict: Verdict,
    /// What a person should know, gravest first.
    pub findings: Vec<Finding>,
    /// Tables whose rows had to be looked at; 0 where the schemas told everything.
    pub tables_read: u64,
}

impl ArchiveVerdict {
    /// The verdict with names for people.
    #[must_use]
    pub fn new(found: &restore::ArchiveVerdict, labels: &Labels) -> Self {
        let restore::ArchiveVerdict {
            verdict,
            findings,
            tables_read,
        } = found;
        Self {
            verdict: (*verdict).into(),
            findings: findings
                .iter()
                .map(|finding| Finding::new(finding, labels))
                .collect(),
            tables_read: *tables_read,
        }
    }
}

/// An archive with its verdict, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct JudgedArchive {
    /// The archive's path.
    pub archive: String,
    /// How it stands with it; `null` where that could not be found out.
    pub today: Option<ArchiveVerdict>,
    /// Why not.
    pub error: Option<WireError>,
}

impl JudgedArchive {
    /// What was found out about the archive of that path.
    #[must_use]
    pub fn new(archive: String, found: snapback_engine::Result<ArchiveVerdict>) -> Self {
        let (today, error) = match found {
            Ok(today) => (Some(today), None),
            Err(error) => (None, Some(error.into())),
        };
        Self {
            archive,
            today,
            error,
        }
    }
}

/// What differs in an area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct AreaChanges {
    /// Short name.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Its tables that a restore writes, together.
    pub counts: Counts,
    /// Its tables in which something differs.
    pub tables: Vec<TableChanges>,
}

/// What differs in a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct TableChanges {
    /// The table, as `schema.name`.
    pub table: String,
    /// Name for people.
    pub label: String,
    /// Whether a restore writes it; otherwise the difference is only reported.
    pub is_written: bool,
    /// How many rows are what.
    pub counts: Counts,
    /// Why they are among those that are taken back; left out where all of a backup is restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub origins: Option<OriginCounts>,
}

/// How many rows are taken back for which reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct OriginCounts {
    /// They were picked.
    pub picked: u64,
    /// They belong to those.
    pub belonging: u64,
    /// Rows that come back refer to them, and they are gone.
    pub needed: u64,
}

impl From<restore::OriginCounts> for OriginCounts {
    fn from(counts: restore::OriginCounts) -> Self {
        let restore::OriginCounts {
            named,
            child,
            needed,
        } = counts;
        Self {
            picked: named,
            belonging: child,
            needed,
        }
    }
}

/// Tables by area with their counts.
pub(crate) fn by_area(
    tables: impl IntoIterator<Item = (TableName, TableChanges)>,
    labels: &Labels,
) -> Vec<AreaChanges> {
    let areas = labels.by_area(tables).into_iter();
    areas
        .map(|(name, tables)| {
            let mut counts = Counts::default();
            let tables = tables.into_iter().map(|(_, table)| table);
            let tables: Vec<TableChanges> = tables
                .inspect(|table| {
                    if table.is_written {
                        counts += table.counts;
                    }
                })
                .collect();
            AreaChanges {
                title: labels.area(&name),
                name,
                counts,
                tables,
            }
        })
        .collect()
}

/// Counts by table, all of them written, by area.
pub(crate) fn written_by_area(
    counts: &BTreeMap<TableName, difference::Counts>,
    labels: &Labels,
) -> Vec<AreaChanges> {
    let tables = counts.iter().map(|(table, counts)| {
        let changes = TableChanges {
            label: labels.table(table),
            table: table.to_string(),
            is_written: true,
            counts: (*counts).into(),
            origins: None,
        };
        (table.clone(), changes)
    });
    by_area(tables, labels)
}

/// What a restore would do; nothing has changed yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Plan {
    /// Whether it can be done.
    pub verdict: Verdict,
    /// Names this plan when a person says yes to it.
    pub digest: String,
    /// Whether something would be lost, so that a person must type the company's name.
    pub loses_something: bool,
    /// Rows of all tables that a restore writes.
    pub totals: Counts,
    /// What a person should know, gravest first.
    pub findings: Vec<Finding>,
    /// What differs, by area.
    pub areas: Vec<AreaChanges>,
    /// Uploaded files that differ; `null` where they were not asked for.
    pub files: Option<FileChanges>,
    /// By which rights it would be written, and what is missing for it.
    pub rights: PlanRights,
    /// Whose sessions can be ended with it; `null` where the application is not known to keep any.
    pub sign_out: Option<PlannedSignOut>,
}

impl Plan {
    /// The plan with names for people.
    #[must_use]
    pub fn new(plan: &restore::Plan, labels: &Labels) -> Self {
        let restore::Plan {
            verdict,
            findings,
            tables,
            totals,
            digest,
            files,
            rights,
            origins: _,
            sign_out,
        } = plan;
        let planned = tables
            .iter()
            .map(|planned| (planned.table.clone(), planned.into()));
        Self {
            verdict: (*verdict).into(),
            digest: digest.clone(),
            loses_something: plan.loses_something(),
            totals: (*totals).into(),
            findings: findings
                .iter()
                .map(|finding| Finding::new(finding, labels))
                .collect(),
            areas: by_area(planned, labels),
            files: files.as_ref().map(Into::into),
            rights: rights.into(),
            sign_out: sign_out.as_deref().map(Into::into),
        }
    }
}

impl TableChanges {
    /// What differs in one table of two states that are compared.
    #[must_use]
    pub fn compared(found: &difference::TableDifference, labels: &Labels) -> Self {
        let table = &found.pair.table;
        Self {
            table: table.to_string(),
            label: labels.table(table),
            is_written: true,
            counts: found.counts().into(),
            origins: None,
        }
    }
}

impl TableChanges {
    /// The same seen from the other side.
    #[must_use]
    pub fn turned(self) -> Self {
        Self {
            counts: self.counts.turned(),
            ..self
        }
    }
}

impl From<&restore::PlannedTable> for TableChanges {
    fn from(planned: &restore::PlannedTable) -> Self {
        let restore::PlannedTable {
            table,
            label,
            area: _,
            is_written,
            difference,
            origins,
        } = planned;
        Self {
            table: table.to_string(),
            label: label.clone(),
            is_written: *is_written,
            counts: difference.counts().into(),
            origins: origins.map(Into::into),
        }
    }
}

/// What it takes to get from one state of a company to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Difference {
    /// The state that it starts from: an archive's file name, or `live`.
    pub from: String,
    /// The state that it leads to.
    pub to: String,
    /// Rows of all tables.
    pub totals: Counts,
    /// What a person should know.
    pub findings: Vec<Finding>,
    /// What differs, by area.
    pub areas: Vec<AreaChanges>,
    /// Uploaded files that differ; `null` where they were not asked for.
    pub files: Option<FileChanges>,
}

impl Difference {
    /// Names both ends and gathers tables by area.
    #[must_use]
    pub fn new(
        ends: (String, String),
        tables: Vec<(TableName, TableChanges)>,
        findings: Vec<Finding>,
        labels: &Labels,
    ) -> Self {
        let mut totals = Counts::default();
        tables
            .iter()
            .for_each(|(_, changes)| totals += changes.counts);
        Self {
            from: ends.0,
            to: ends.1,
            totals,
            findings,
            areas: by_area(tables, labels),
            files: None,
        }
    }
}
