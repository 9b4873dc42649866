//! In which order the rows of a restore are written, and what is moved out of the way before: found by
//! the judge, followed when it is applied.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::rights::References;
use crate::model::TableName;
use crate::scope::{Cut, Order};

/// The order of a restore's statements.
///
/// Where references are silent, all rows that go leave before others come. Where they are enforced,
/// rows that go leave last, since rows that change may refer to them until then; but those in whose way
/// stands a value that cannot be parked leave first.
#[derive(Debug)]
pub(super) struct Course {
    /// What the server does about references meanwhile.
    pub(super) references: References,
    /// The tables, parents first, and where their circles are cut.
    pub(super) order: Order,
    /// Tables whose extra rows leave before other rows come; under silent references all do.
    pub(super) first: BTreeSet<TableName>,
    /// Where rows that hold a unique value wait until it is theirs no longer, by table and index.
    pub(super) parked: BTreeMap<(TableName, String), Parking>,
    /// Keys of rows that change before others of their table come or change, turn by turn: they give up a
    /// unique value that the others get, and there is no place for them to wait.
    pub(super) turns: BTreeMap<TableName, Vec<HashSet<Vec<u8>>>>,
    /// Columns emptied in rows that go or change, before anything else: what they refer to leaves or
    /// changes earlier than they do.
    pub(super) loosened: BTreeSet<(TableName, String)>,
}

/// A place for a row that holds a value which must be unique and is another row's to get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parking {
    /// A column of the index, or of its predicate.
    pub(super) column: String,
    /// A value that nobody else has, or at which the row is not in the index, as SQL over the row `t`.
    pub(super) free: String,
}

impl Course {
    /// A course on which nothing stands in the way yet.
    pub(super) fn new(references: References, order: Order) -> Self {
        Self {
            references,
            order,
            first: BTreeSet::new(),
            parked: BTreeMap::new(),
            turns: BTreeMap::new(),
            loosened: BTreeSet::new(),
        }
    }

    /// Whether the rows of that table that go leave before others come.
    pub(super) fn leaves_first(&self, table: &TableName) -> bool {
        self.references == References::Silent || self.first.contains(table)
    }

    /// Where the table's rows are written with NULL until all rows are in.
    pub(super) fn cuts(&self, table: &TableName) -> Vec<&Cut> {
        let cuts = self.order.cuts.iter();
        match self.references {
            References::Silent => Vec::new(),
            References::Enforced => cuts.filter(|cut| cut.table == *table).collect(),
        }
    }
}
