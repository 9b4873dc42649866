use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::gather::Found;
use crate::Result;
use crate::difference::{TableDifference, TablePair};
use crate::model::TableName;
use crate::rows::KeyColumns;

/// Why a row is among those that come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It was named, or is of an area that was.
    Named,
    /// It belongs to one that is.
    Child,
    /// One that comes back refers to it, and it is gone.
    Needed,
}

/// How many of a table's rows that are written are among them for which reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OriginCounts {
    /// They were named.
    pub named: u64,
    /// They belong to those.
    pub child: u64,
    /// Others refer to them.
    pub needed: u64,
}

/// Why rows are among those that come back.
#[derive(Debug, Clone, Default)]
pub struct Origins {
    /// By the rows' keys, in the form by which rows are ordered.
    rows: BTreeMap<TableName, HashMap<Vec<u8>, Origin>>,
    /// The columns of which those keys are made.
    columns: BTreeMap<TableName, Vec<String>>,
    /// Tables of areas that were named.
    whole: BTreeSet<TableName>,
}

impl Origins {
    pub(super) fn new(
        pairs: &[TablePair],
        whole: &BTreeSet<TableName>,
        gathered: &BTreeMap<TableName, HashMap<Vec<u8>, Found>>,
    ) -> Self {
        let columns = pairs.iter().map(|pair| {
            let is_keyed = !pair.key_columns.is_empty();
            let columns = if is_keyed {
                &pair.key_columns
            } else {
                &pair.columns
            };
            (pair.table.clone(), columns.clone())
        });
        let rows = gathered.iter().map(|(table, found)| {
            let origins = found.iter().map(|(key, row)| (key.clone(), row.origin));
            (table.clone(), origins.collect())
        });
        Self {
            rows: rows.collect(),
            columns: columns.collect(),
            whole: whole.clone(),
        }
    }

    /// Why the row is there whose columns have those values; a row without a key is known by all of them.
    #[must_use]
    pub fn of(&self, table: &TableName, value: impl Fn(&str) -> Option<String>) -> Option<Origin> {
        let columns = self.columns.get(table)?;
        let values: Vec<Option<String>> = columns.iter().map(|column| value(column)).collect();
        self.of_key(table, &KeyColumns::key_of_values(&values))
    }

    fn of_key(&self, table: &TableName, key: &[u8]) -> Option<Origin> {
        match self.whole.contains(table) {
            true => Some(Origin::Named),
            false => self.rows.get(table)?.get(key).copied(),
        }
    }

    /// The differing rows of one table by their reasons.
    pub(in crate::restore) fn count(
        &self,
        difference: &mut TableDifference,
    ) -> Result<OriginCounts> {
        let (table, key_columns) = (difference.pair.table.clone(), difference.pair.key());
        let mut counts = OriginCounts::default();
        let mut rows = difference.spool.reader()?;
        let mut key = Vec::new();
        while let Some(change) = rows.next()? {
            key.clear();
            key_columns.push_key(change.line(), &mut key);
            let count = match self.of_key(&table, &key) {
                Some(Origin::Named) => &mut counts.named,
                Some(Origin::Child) => &mut counts.child,
                Some(Origin::Needed) => &mut counts.needed,
                None => continue,
            };
            *count += 1;
        }
        Ok(counts)
    }
}
