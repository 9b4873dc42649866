//! Where the live rows of a table go on their way into an archive: a backup and the safety snapshot of
//! a restore both feed it.

use std::collections::{BTreeMap, HashSet};

use crate::Result;
use crate::archive::{MemberSpool, SpooledMember};
use crate::model::{Schema, TableName};
use crate::rows::{fields, is_null};
use crate::scope::{Disposition, Scope};

/// Distinct keys recorded for one target; past it the record says that it is incomplete.
const MOST_RECORDED: usize = 100_000;

/// Which fields of a table's rows lead to rows that are not in the archive, and where they led so far.
#[derive(Debug, Clone)]
struct Recorded {
    target: Target,
    positions: Vec<usize>,
    keys: HashSet<Vec<u8>>,
    /// Neighbours often lead to the same row.
    last: Vec<u8>,
}

/// Columns of another table that rows of the archive refer to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Target {
    table: TableName,
    columns: Vec<String>,
}

/// Keys of rows outside the archive that rows inside refer to.
#[derive(Debug, Clone, Default)]
pub struct References {
    keys: BTreeMap<Target, HashSet<Vec<u8>>>,
}

impl References {
    /// Adds the keys found by another worker.
    pub fn merge(&mut self, other: Self) {
        for (target, keys) in other.keys {
            self.add(target, keys);
        }
    }

    fn add(&mut self, target: Target, keys: HashSet<Vec<u8>>) {
        let mine = self.keys.entry(target).or_default();
        for key in keys {
            if mine.len() >= MOST_RECORDED {
                break;
            }
            mine.insert(key);
        }
    }

    /// By target table and columns: the raw COPY fields of each distinct key, and whether they are all.
    pub fn into_keys(self) -> impl Iterator<Item = (TableName, Vec<String>, Vec<Vec<u8>>, bool)> {
        self.keys.into_iter().map(|(target, keys)| {
            let complete = keys.len() < MOST_RECORDED;
            (
                target.table,
                target.columns,
                keys.into_iter().collect(),
                complete,
            )
        })
    }
}

/// Sees every row of one table on its way into an archive, or out of one into a company.
pub trait RowWitness: Send {
    /// A row, as its raw COPY fields.
    ///
    /// # Errors
    /// Whatever keeps the witness from going on.
    fn see(&mut self, fields: &[&[u8]]) -> Result<()>;

    /// There are no more rows.
    ///
    /// # Errors
    /// As [`RowWitness::see`].
    fn finish(self: Box<Self>) -> Result<()>;
}

/// Takes the rows of one table in order.
pub struct RowSink {
    member: MemberSpool,
    recorded: Vec<Recorded>,
    witness: Option<Box<dyn RowWitness>>,
    key: Vec<u8>,
}

/// What a table's rows became.
pub struct SunkRows {
    /// The member, not yet in an archive.
    pub member: SpooledMember,
    /// What its rows refer to outside the archive.
    pub references: References,
}

impl RowSink {
    /// A sink for the rows of `table` with those columns.
    #[must_use]
    pub fn new(
        member: MemberSpool,
        schema: &Schema,
        scope: &Scope,
        table: &TableName,
        columns: &[String],
    ) -> Self {
        let recorded = schema
            .tables
            .get(table)
            .into_iter()
            .flat_map(|found| &found.references)
            .filter_map(|reference| {
                leads_outside(schema, scope, &reference.target).then_some(())?;
                let positions: Option<Vec<usize>> = reference
                    .columns
                    .iter()
                    .map(|name| columns.iter().position(|column| column == name))
                    .collect();
                let target = Target {
                    table: reference.target.clone(),
                    columns: reference.target_columns.clone(),
                };
                Some(Recorded {
                    target,
                    positions: positions?,
                    keys: HashSet::new(),
                    last: Vec::new(),
                })
            });
        Self {
            member,
            recorded: recorded.collect(),
            witness: None,
            key: Vec::new(),
        }
    }

    /// A sink that records nothing of what rows refer to: for a safety snapshot, whose rows go back to where
    /// all of that is.
    #[must_use]
    pub fn unrecorded(member: MemberSpool) -> Self {
        Self {
            member,
            recorded: Vec::new(),
            witness: None,
            key: Vec::new(),
        }
    }

    /// Lets a witness see every row.
    #[must_use]
    pub fn watched_by(mut self, witness: Option<Box<dyn RowWitness>>) -> Self {
        self.witness = witness;
        self
    }

    /// Takes one row.
    ///
    /// # Errors
    /// `disk_full` or `local_file`; what the witness returns.
    pub fn push(&mut self, line: &[u8]) -> Result<()> {
        self.member.push_row(line)?;
        if self.recorded.is_empty() && self.witness.is_none() {
            return Ok(());
        }
        let found: Vec<&[u8]> = fields(line).collect();
        if let Some(witness) = &mut self.witness {
            witness.see(&found)?;
        }
        for recorded in &mut self.recorded {
            self.key.clear();
            for position in &recorded.positions {
                let field = found.get(*position).copied().unwrap_or(b"\\N");
                if is_null(field) {
                    self.key.clear();
                    break;
                }
                if !self.key.is_empty() {
                    self.key.push(b'\t');
                }
                self.key.extend_from_slice(field);
            }
            recorded.note(&self.key);
        }
        Ok(())
    }

    /// The finished member and what was recorded.
    ///
    /// # Errors
    /// `disk_full` or `local_file`; what the witness returns.
    pub fn finish(self) -> Result<SunkRows> {
        if let Some(witness) = self.witness {
            witness.finish()?;
        }
        let mut references = References::default();
        for recorded in self.recorded {
            references.add(recorded.target, recorded.keys);
        }
        Ok(SunkRows {
            member: self.member.finish()?,
            references,
        })
    }
}

impl Recorded {
    /// Notes a key; an empty one leads nowhere.
    fn note(&mut self, key: &[u8]) {
        if key.is_empty() || self.last == key {
            return;
        }
        self.last.clear();
        self.last.extend_from_slice(key);
        if self.keys.len() < MOST_RECORDED && !self.keys.contains(key) {
            self.keys.insert(key.to_vec());
        }
    }
}

/// Whether a reference to that table may lead to a row that the archive does not hold: a table that is
/// not archived, or one with rows shared by all companies.
fn leads_outside(schema: &Schema, scope: &Scope, target: &TableName) -> bool {
    let Some(found) = scope.tables.get(target) else {
        return true;
    };
    match (&found.disposition, &found.membership) {
        (Disposition::Restored | Disposition::Kept, crate::scope::Membership::Column(column)) => {
            schema
                .tables
                .get(target)
                .and_then(|table| table.column(column))
                .is_some_and(|column| !column.not_null)
        }
        (disposition, _) => !disposition.is_archived(),
    }
}
