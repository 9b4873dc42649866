//! Whose rows are whose: for each table of the schema, what a backup and a restore do with it and
//! how the company's rows in it are found. Pure: decides from a schema and a profile, reads nothing.

mod components;
mod order;
mod ownership;
mod place;
mod resolve;

use std::collections::BTreeMap;

use crate::model::{Company, ExclusionReason, Notice, Profile, Table, TableName};

pub use order::{Cut, Order, may_be_null_for_a_while, order, order_of};
pub use ownership::DEEPEST_ROUTE;
pub use resolve::{resolve, uncovered};

/// What a backup and an in-place restore do with a table's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disposition {
    /// The company's own: in the archive, written by a restore.
    Restored,
    /// In the archive; an in-place restore leaves the live rows as they are, and reports differences.
    Kept,
    /// The group's: in the archive; written by a restore only where the company is alone in its group.
    Group {
        /// Whether a restore may write them.
        writable: bool,
    },
    /// Owned by no company: not in the archive; the keys that the company refers to are recorded.
    Shared,
    /// About people: not in the archive; who the company's rows refer to is recorded.
    People,
    /// Not in the archive, with a reason that is shown.
    Excluded {
        /// The kind of reason.
        reason: ExclusionReason,
        /// The reason as a sentence.
        because: String,
    },
}

impl Disposition {
    /// Whether the rows are in the archive.
    #[must_use]
    pub fn is_archived(&self) -> bool {
        matches!(self, Self::Restored | Self::Kept | Self::Group { .. })
    }

    /// Whether an in-place restore writes the rows.
    #[must_use]
    pub fn is_written(&self) -> bool {
        matches!(self, Self::Restored | Self::Group { writable: true })
    }
}

/// How the company's rows in a table are found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    /// This column holds the company's key (a NULL means shared by all).
    Column(String),
    /// This column holds the key of the company's group.
    Group(String),
    /// Rows that any of these references leads to the company: the union, never the first one found.
    References(Vec<Route>),
    /// All rows: a table made for this company at run time.
    Whole,
    /// No row is the company's.
    None,
}

/// One reference over which rows belong to the company, because its target rows do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Columns on this side.
    pub columns: Vec<String>,
    /// The table it leads to, whose own membership decides.
    pub target: TableName,
    /// Columns on the other side.
    pub target_columns: Vec<String>,
}

/// One table as a backup of one company sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableScope {
    /// What is done with the rows.
    pub disposition: Disposition,
    /// How the company's rows are found.
    pub membership: Membership,
    /// Short name of the area.
    pub area: String,
    /// Columns whose values never travel.
    pub secret_columns: Vec<String>,
}

impl TableScope {
    /// Whether the table may hold rows that are shared by all next to those of companies: those with
    /// NULL in the column that says whose row it is.
    #[must_use]
    pub fn may_hold_shared_rows(&self, table: &Table) -> bool {
        match &self.membership {
            Membership::Column(column) | Membership::Group(column) => {
                table.column(column).is_some_and(|column| !column.not_null)
            }
            Membership::References(_) | Membership::Whole | Membership::None => false,
        }
    }
}

/// Every table of the schema as a backup of one company sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The company.
    pub company: Company,
    /// Every table, by name: those that are archived, shared or excluded alike.
    pub tables: BTreeMap<TableName, TableScope>,
    /// Tables that the application made at run time for other companies: all of their rows are
    /// others', so they are not in `tables`.
    pub made_for_others: Vec<TableName>,
    /// What a person should know about the decisions.
    pub notices: Vec<Notice>,
}

/// Whether a column leads to other companies on purpose.
#[must_use]
pub fn intended(profile: &Profile, table: &TableName, column: &str) -> bool {
    let crossings = &profile.scope.intended_crossings;
    crossings
        .iter()
        .any(|written| profile.column_name(written) == Some((table.clone(), column)))
}
