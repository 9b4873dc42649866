//! Some rows of an archive, taken back into the company as it is: the rows that were named, those that
//! belong to them as far as that is wanted, and the rows that all of these refer to and that are gone.
//!
//! `resolve` finds what was named in the archive, `gather` what goes along, at the instant of each pass.

mod gather;
mod origins;
mod resolve;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::Result;
use crate::archive::Reader;
use crate::company::Opened;
use crate::difference::{Effect, Finding, Pairing, Picks, TablePair, Take};
use crate::inspect::RowName;
use crate::model::{Schema, TableName};
use crate::pg::Session;
use crate::rows::SortSettings;

use gather::{Found, Gathering};
pub use origins::{Origin, OriginCounts, Origins};

/// Whose values rows have that are there with others than in the backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Conflicts {
    /// The backup's for rows that were named, and today's for those that belong to them.
    #[default]
    Named,
    /// The backup's.
    Backup,
    /// Today's: only rows that are gone come back.
    Live,
}

/// A row of a table by the columns of its key, in any order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowKey {
    /// The table, as the archive or a person calls it.
    pub table: String,
    /// Each column of the key with its value.
    pub columns: Vec<(String, String)>,
}

/// Columns of a row that stay as they are today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptValues {
    /// The table, as the archive or a person calls it.
    pub table: String,
    /// The row.
    pub row: RowName,
    /// The columns.
    pub columns: Vec<String>,
}

/// Which rows of an archive come back, where not all do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Rows as `table:key`, and whole areas as `area:name`.
    pub only: Vec<String>,
    /// Rows besides, by their keys.
    pub rows: Vec<RowKey>,
    /// How many times rows are followed to those that refer to them.
    pub child_levels: u32,
    /// What becomes of rows that are there with other values.
    pub conflicts: Conflicts,
    /// As `table.column`: of rows of these tables that are there, only these fields are taken.
    pub fields: Vec<String>,
    /// Columns of single rows that stay as they are today, where the row is there.
    pub keep: Vec<KeptValues>,
}

/// A selection that was found in its archive.
pub(super) struct Picked<'a> {
    pub(super) reader: &'a Arc<Reader>,
    pairing: Pairing,
    /// Keys of the rows that were named, in the form by which rows are ordered.
    named: BTreeMap<TableName, HashSet<Vec<u8>>>,
    /// Tables of areas that were named.
    whole: BTreeSet<TableName>,
    /// Positions of the fields that alone are taken.
    fields: BTreeMap<TableName, Arc<BTreeSet<usize>>>,
    /// Positions of the fields that are not taken, by the rows' keys.
    keep: BTreeMap<TableName, HashMap<Vec<u8>, BTreeSet<usize>>>,
    child_levels: u32,
    conflicts: Conflicts,
    sort: SortSettings,
    /// The rows of tables that are not whole, once they are gathered.
    rows: BTreeMap<TableName, Arc<HashMap<Vec<u8>, Take>>>,
    origins: Arc<Origins>,
    findings: Vec<Finding>,
    schema: Arc<Schema>,
}

impl Picked<'_> {
    /// Gathers what goes along with the named rows. `session` sees the instant of the pass.
    ///
    /// # Errors
    /// `no_such_row`; `usage` where too many rows would go along; archive errors; errors of the
    /// connection.
    pub(super) async fn settle(&mut self, session: &mut Session, opened: &Opened) -> Result<()> {
        let gathered = Gathering::new(self, opened).gather(session).await?;
        self.findings = self
            .pairing
            .findings
            .iter()
            .filter(|finding| {
                let of = finding.table.as_ref();
                of.is_some_and(|table| self.whole.contains(table) || gathered.contains_key(table))
            })
            .cloned()
            .collect();
        self.origins = Arc::new(Origins::new(&self.pairing.pairs, &self.whole, &gathered));
        for (table, kept) in &self.keep {
            let found = gathered.get(table);
            let is_there = |key: &&Vec<u8>| found.is_some_and(|found| found.contains_key(*key));
            let lost = kept.keys().filter(|key| !is_there(key)).count() as u64;
            if lost > 0 && !self.whole.contains(table) {
                let reason = "These rows are not among those that are taken back, so there is nothing of them to keep.";
                let finding = Finding::new(Effect::Noted, "nothing_to_keep", table, reason);
                self.findings.push(finding.rows(lost));
            }
        }
        let mut rows = BTreeMap::new();
        for (table, found) in gathered {
            let needed = found.values().filter(|row| row.origin == Origin::Needed);
            let needed = needed.count() as u64;
            if needed > 0 {
                let reason =
                    "Rows that are taken back refer to these, which are gone: they come back too.";
                let finding = Finding::new(Effect::Noted, "rows_needed", &table, reason);
                self.findings.push(finding.rows(needed));
            }
            let taken = found.into_iter();
            let taken: HashMap<Vec<u8>, Take> = taken
                .map(|(key, Found { origin, .. })| {
                    let take = self.take(&table, &key, origin);
                    (key, take)
                })
                .collect();
            rows.insert(table, Arc::new(taken));
        }
        self.rows = rows;
        Ok(())
    }

    /// What is taken of a row of that table that is there.
    fn take(&self, table: &TableName, key: &[u8], origin: Origin) -> Take {
        let take = match (origin, self.fields.get(table), self.conflicts) {
            (Origin::Needed, _, _) | (_, _, Conflicts::Live) => Take::IfGone,
            (_, Some(positions), _) => Take::Fields(Arc::clone(positions)),
            (_, None, Conflicts::Backup) | (Origin::Named, None, Conflicts::Named) => Take::Row,
            (Origin::Child, None, Conflicts::Named) => Take::IfGone,
        };
        let Some(kept) = self.keep.get(table).and_then(|rows| rows.get(key)) else {
            return take;
        };
        let all: BTreeSet<usize> = match &take {
            Take::IfGone => return take,
            Take::Fields(positions) => BTreeSet::clone(positions),
            Take::Row => {
                let mut pairs = self.pairing.pairs.iter();
                let pair = pairs.find(|pair| pair.table == *table);
                (0..pair.map_or(0, |pair| pair.columns.len())).collect()
            }
        };
        Take::Fields(Arc::new(&all - kept))
    }

    /// Whether rows of that table may be put together from today's values and the backup's.
    fn mixes(&self, table: &TableName) -> bool {
        self.fields.contains_key(table) || self.keep.contains_key(table)
    }

    /// The rows of that table that may be written; `None` for all of it, as it is in the backup.
    pub(super) fn picks(&self, table: &TableName) -> Option<Picks> {
        if !self.whole.contains(table) {
            let rows = self.rows.get(table).cloned().unwrap_or_default();
            return Some(Picks { rows, others: None });
        }
        if !self.mixes(table) && self.conflicts != Conflicts::Live {
            return None;
        }
        let kept = self.keep.get(table).into_iter().flat_map(HashMap::keys);
        let kept = kept.map(|key| (key.clone(), self.take(table, key, Origin::Named)));
        Some(Picks {
            rows: Arc::new(kept.collect()),
            others: Some(self.take(table, &[], Origin::Named)),
        })
    }

    /// The tables of which rows come back. Rows that come back and those that stay were never under one
    /// reference together, and a row of which fields are mixed was under no check.
    pub(super) fn pairs(&self) -> Vec<TablePair> {
        let pairs = self.pairing.pairs.iter();
        let pairs = pairs
            .filter(|pair| self.whole.contains(&pair.table) || self.rows.contains_key(&pair.table));
        pairs
            .cloned()
            .map(|mut pair| {
                if let Some(table) = self.schema.tables.get(&pair.table) {
                    let references = table.references.iter();
                    pair.since.references =
                        references.map(|reference| reference.name.clone()).collect();
                    if self.mixes(&pair.table) {
                        pair.new_checks = table
                            .checks
                            .iter()
                            .map(|check| check.name.clone())
                            .collect();
                        let uniques = table.uniques.iter();
                        pair.since.uniques = uniques.map(|unique| unique.name.clone()).collect();
                    }
                }
                pair
            })
            .collect()
    }

    pub(super) fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Why each of the rows is among those that come back.
    pub(super) fn origins(&self) -> &Arc<Origins> {
        &self.origins
    }
}
