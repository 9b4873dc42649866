use serde::Serialize;
use snapback_engine::company::Opened;
use snapback_engine::doctor;
use snapback_engine::model::TableName;
use ts_rs::TS;

use crate::{Company, Labels, RestoreReport};

/// What is wrong with a company, as far as it was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct DoctorReport {
    /// The company.
    pub company: Company,
    /// Rows with something wrong, each counted once.
    pub row_count: u64,
    /// Those of them with a reference that a constraint should hold, each counted once: what a backup
    /// refuses, and cleaning is about.
    pub broken_count: u64,
    /// Whether nothing is wrong.
    pub is_sound: bool,
    /// Whether cleaning would do something about it.
    pub has_remedy: bool,
    /// Areas with something wrong, in the profile's order.
    pub areas: Vec<DoctorArea>,
    /// Sequences whose next value some row has already.
    pub sequences: Vec<SequenceBehind>,
    /// What was not looked at.
    pub not_examined: Vec<NotExamined>,
    /// How long it took.
    pub elapsed_ms: u64,
}

/// An area with something wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct DoctorArea {
    /// Short name.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Rows with something wrong, each counted once.
    pub row_count: u64,
    /// Those of them with a reference that a constraint should hold, each counted once.
    pub broken_count: u64,
    /// Its tables with something wrong.
    pub tables: Vec<DoctorTable>,
}

/// A table with something wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct DoctorTable {
    /// The table, as `schema.name`.
    pub table: String,
    /// Name for people.
    pub label: String,
    /// Rows with something wrong, each counted once.
    pub row_count: u64,
    /// Those of them with a reference that a constraint should hold, each counted once.
    pub broken_count: u64,
    /// What is wrong; a row may be in several.
    pub findings: Vec<DoctorFinding>,
}

/// One thing that is wrong with rows of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct DoctorFinding {
    /// What it is.
    pub kind: Ailment,
    /// The columns that it is about.
    pub columns: Vec<String>,
    /// The table that they refer to, as `schema.name`, where a constraint says so.
    pub target: Option<String>,
    /// That table's name for people.
    pub target_label: Option<String>,
    /// Distinct rows.
    pub row_count: u64,
    /// What cleaning does about it.
    pub remedy: Remedy,
}

/// What is wrong with rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Ailment {
    /// They refer to rows of another company.
    AnotherCompany,
    /// They refer to rows that are not there.
    Nowhere,
    /// They name ids without a constraint, and only rows of another company have them.
    NamesAnotherCompany,
    /// They name ids without a constraint, and no row has them.
    NamesNothing,
    /// They are shared by all companies and refer to rows of this one.
    SharedRows,
}

/// What cleaning does about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// The rows go, with what must refer to them.
    Goes,
    /// The reference becomes NULL.
    Emptied,
    /// The reference becomes NULL where the table's checks allow that; otherwise the row goes.
    EmptiedIfAllowed,
    /// Nothing: rows of that table are never written.
    NeverWritten,
    /// Nothing: without a constraint nobody knows where it was to lead.
    Unknown,
    /// The rows are not the company's alone: as long as they are so, nothing is cleaned.
    Shared,
}

/// A sequence whose next value some row has already, so that an insert by the application fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SequenceBehind {
    /// The sequence, as `schema.name`.
    pub sequence: String,
    /// The table, as `schema.name`.
    pub table: String,
    /// Name for people.
    pub label: String,
    /// The column that takes its values from it.
    pub column: String,
    /// Rows of all companies whose value it has yet to give.
    pub row_count: u64,
    /// Whether this role may raise it.
    pub may_raise: bool,
}

/// Something that was not looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct NotExamined {
    /// What, in a few words.
    pub what: String,
    /// Why, as a sentence.
    pub because: String,
    /// The tables or columns that it is about.
    pub about: Vec<String>,
}

/// What a cleaning did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct CleanReport {
    /// The rows that went or changed; its review waits for Keep or Revert.
    pub restored: RestoreReport,
    /// Sequences that were raised; a revert leaves them as they are.
    pub raised: Vec<SequenceBehind>,
    /// What is wrong now.
    pub left: DoctorReport,
}

impl DoctorReport {
    /// The report with names for people.
    #[must_use]
    pub fn new(found: &doctor::Examination, opened: &Opened, elapsed_ms: u64) -> Self {
        let labels = &Labels::of_company(opened);
        let (is_sound, has_remedy) = (found.is_sound(), found.has_remedy());
        let doctor::Examination {
            tables,
            sequences,
            not_examined,
        } = found;
        let by_table = tables.iter().map(|(table, found)| (table.clone(), found));
        let areas = labels.by_area(by_table).into_iter();
        let areas = areas.map(|(name, tables)| DoctorArea {
            title: labels.area(&name),
            name,
            row_count: tables.iter().map(|(_, found)| found.row_count).sum(),
            broken_count: tables.iter().map(|(_, found)| found.broken_count).sum(),
            tables: tables
                .iter()
                .map(|(table, found)| DoctorTable::new(table, found, labels))
                .collect(),
        });
        Self {
            company: opened.company().into(),
            row_count: tables.values().map(|found| found.row_count).sum(),
            broken_count: tables.values().map(|found| found.broken_count).sum(),
            is_sound,
            has_remedy,
            areas: areas.collect(),
            sequences: sequences
                .iter()
                .map(|behind| SequenceBehind::new(behind, labels))
                .collect(),
            not_examined: not_examined.iter().map(Into::into).collect(),
            elapsed_ms,
        }
    }
}

impl CleanReport {
    /// The report with names for people.
    #[must_use]
    pub fn new(cleaned: &doctor::Cleaned, opened: &Opened, elapsed_ms: u64) -> Self {
        let doctor::Cleaned {
            restored,
            raised,
            left,
        } = cleaned;
        let labels = &Labels::of_company(opened);
        Self {
            restored: RestoreReport::new(restored, labels, elapsed_ms),
            raised: raised
                .iter()
                .map(|behind| SequenceBehind::new(behind, labels))
                .collect(),
            left: DoctorReport::new(left, opened, elapsed_ms),
        }
    }
}

impl DoctorTable {
    fn new(table: &TableName, found: &doctor::ExaminedTable, labels: &Labels) -> Self {
        let doctor::ExaminedTable {
            row_count,
            broken_count,
            ailments,
        } = found;
        Self {
            label: labels.table(table),
            table: table.to_string(),
            row_count: *row_count,
            broken_count: *broken_count,
            findings: ailments
                .iter()
                .map(|ailment| DoctorFinding::new(ailment, labels))
                .collect(),
        }
    }
}

impl DoctorFinding {
    fn new(ailment: &doctor::Ailment, labels: &Labels) -> Self {
        let doctor::Ailment {
            kind,
            columns,
            target,
            row_count,
            remedy,
        } = ailment;
        Self {
            kind: (*kind).into(),
            columns: columns.clone(),
            target_label: target.as_ref().map(|target| labels.table(target)),
            target: target.as_ref().map(ToString::to_string),
            row_count: *row_count,
            remedy: (*remedy).into(),
        }
    }
}

impl SequenceBehind {
    fn new(behind: &doctor::Behind, labels: &Labels) -> Self {
        let doctor::Behind {
            table,
            column,
            sequence,
            row_count,
            may_raise,
        } = behind;
        Self {
            sequence: sequence.to_string(),
            label: labels.table(table),
            table: table.to_string(),
            column: column.clone(),
            row_count: *row_count,
            may_raise: *may_raise,
        }
    }
}

impl From<&doctor::NotExamined> for NotExamined {
    fn from(found: &doctor::NotExamined) -> Self {
        let doctor::NotExamined {
            what,
            because,
            about,
        } = found;
        Self {
            what: what.clone(),
            because: because.clone(),
            about: about.clone(),
        }
    }
}

impl From<doctor::Kind> for Ailment {
    fn from(kind: doctor::Kind) -> Self {
        match kind {
            doctor::Kind::AnotherCompany => Self::AnotherCompany,
            doctor::Kind::Nowhere => Self::Nowhere,
            doctor::Kind::NamesAnotherCompany => Self::NamesAnotherCompany,
            doctor::Kind::NamesNothing => Self::NamesNothing,
            doctor::Kind::SharedRows => Self::SharedRows,
        }
    }
}

impl From<doctor::Remedy> for Remedy {
    fn from(remedy: doctor::Remedy) -> Self {
        match remedy {
            doctor::Remedy::Goes => Self::Goes,
            doctor::Remedy::Emptied => Self::Emptied,
            doctor::Remedy::EmptiedIfAllowed => Self::EmptiedIfAllowed,
            doctor::Remedy::NeverWritten => Self::NeverWritten,
            doctor::Remedy::Unknown => Self::Unknown,
            doctor::Remedy::Shared => Self::Shared,
        }
    }
}
