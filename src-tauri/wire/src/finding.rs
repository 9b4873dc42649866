use serde::Serialize;
use snapback_engine::difference;
use ts_rs::TS;

use crate::Labels;

/// What a fact means for the rows of a restore, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Worth knowing; nothing is lost.
    Noted,
    /// Values or rows of the archive get a value that the archive does not hold.
    Defaulted,
    /// Values or rows of the archive cannot be carried and are left out.
    Discarded,
    /// Rows that are there now go and are in no snapshot.
    Lost,
    /// The restore cannot be done.
    Blocked,
}

impl From<difference::Effect> for Effect {
    fn from(effect: difference::Effect) -> Self {
        match effect {
            difference::Effect::Noted => Self::Noted,
            difference::Effect::Defaulted => Self::Defaulted,
            difference::Effect::Discarded => Self::Discarded,
            difference::Effect::Lost => Self::Lost,
            difference::Effect::Blocked => Self::Blocked,
        }
    }
}

/// Codes of findings about what one of two states does not have, and which is not compared for that reason.
const NOT_COMPARED: &[&str] = &[
    "column_added",
    "column_added_not_null",
    "column_dropped",
    "key_changed",
    "table_dropped",
    "table_left_out_today",
    "table_not_in_backup",
];

/// One fact about a restore that a person should know before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Finding {
    /// What it means.
    pub effect: Effect,
    /// A stable word for programs.
    pub code: String,
    /// Short name of the area that it is about.
    pub area: Option<String>,
    /// The table that it is about, as `schema.name`.
    pub table: Option<String>,
    /// The table's name for people.
    pub label: Option<String>,
    /// The column that it is about.
    pub column: Option<String>,
    /// How many distinct rows, where they were counted.
    pub row_count: Option<u64>,
    /// One sentence for a person.
    pub reason: String,
}

impl Finding {
    /// Of what was found out for a restore, what is about the comparison alone: what the restore would do
    /// about it is no part of the way to the live company.
    #[must_use]
    pub fn of_comparison(findings: &[difference::Finding], labels: &Labels) -> Vec<Self> {
        let findings = findings.iter();
        findings
            .filter(|found| NOT_COMPARED.contains(&found.code))
            .map(|found| Self::new(found, labels))
            .collect()
    }

    /// The finding with its table's name for people.
    #[must_use]
    pub fn new(finding: &difference::Finding, labels: &Labels) -> Self {
        let difference::Finding {
            effect,
            code,
            table,
            column,
            row_count,
            reason,
        } = finding;
        let of_table = table.as_ref();
        Self {
            effect: (*effect).into(),
            code: (*code).to_owned(),
            area: of_table
                .and_then(|table| labels.area_of(table))
                .map(str::to_owned),
            label: of_table.map(|table| labels.table(table)),
            table: of_table.map(ToString::to_string),
            column: column.clone(),
            row_count: *row_count,
            reason: reason.clone(),
        }
    }
}
