//! What is seen of rows that come back while they are sent, so that the check before the commit asks the server
//! only about what nobody has seen.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::judge;
use super::known::KnownBroken;
use super::referred::{Followed, Place, Referred};
use super::rights::References;
use crate::Result;
use crate::company::Opened;
use crate::difference::{Change, TableDifference, TablePair};
use crate::model::{Reference, Table, TableKind, TableName};
use crate::pg::{Session, fetch_text_arrays, name_columns};
use crate::rows::{field_at, push_escaped};
use crate::scope::Membership;

/// What rows refer to that come back, and the rows themselves as others refer to them. The check reads again only
/// the rows of tables of which memory had no room for everything.
pub(super) struct Seen<'l> {
    pub(super) referred: Referred<'l>,
    /// The tables of which every row that comes back was seen.
    pub(super) tables: HashSet<TableName>,
    /// Those whose rows that come back all bear the company's key.
    own: HashSet<TableName>,
    /// Tables that are locked, where references are silent.
    locked: Option<&'l HashSet<TableName>>,
    /// Whether somebody else wrote to rows that were sent.
    is_disturbed: bool,
}

impl<'l> Seen<'l> {
    /// Nothing seen yet, in a transaction that has locked those tables.
    pub(super) fn new(
        opened: &Opened,
        locked: &'l HashSet<TableName>,
        references: References,
    ) -> Self {
        let locked = (references == References::Silent).then_some(locked);
        Self {
            // A reference that a row had before and keeps is as right or wrong as it was.
            referred: Referred::new(opened, locked).turning(),
            tables: HashSet::new(),
            own: HashSet::new(),
            locked,
            is_disturbed: false,
        }
    }

    /// Begins to see rows of that table.
    pub(super) fn rows_of<'s>(
        &'s mut self,
        opened: &Opened,
        table: &'s Table,
        pair: &'s TablePair,
        known: &'s KnownBroken,
    ) -> Seeing<'s, 'l> {
        let followed = followed(table, known, &pair.table);
        let stands = self.stand_as_sent(opened, &pair.table);
        let arrivals = match stands {
            true => self.arrivals(opened, pair),
            false => Vec::new(),
        };
        Seeing {
            places: self.referred.places(pair, &followed),
            arrivals,
            own: Own::of(opened, pair).filter(|_| stands),
            table: &pair.table,
            seen: self,
            is_whole: true,
        }
    }

    /// Whether the rows of a table are what was sent: where references and its triggers are not silent, rows change
    /// and go along with others. What triggers a partition has of its own is not known.
    pub(super) fn stand_as_sent(&self, opened: &Opened, table: &TableName) -> bool {
        let table = opened.schema.tables.get(table);
        let stands =
            |table: &Table| table.kind != TableKind::Partitioned && !table.has_loud_trigger();
        self.locked.is_some() && !self.is_disturbed && table.is_some_and(stands)
    }

    /// Forgets everything where somebody else has written to rows that were sent: a trigger, a rule, a default. The
    /// server counts what a transaction writes.
    ///
    /// # Errors
    /// Errors of the connection.
    pub(super) async fn forget_if_disturbed(
        &mut self,
        session: &mut Session,
        opened: &Opened,
        differences: &BTreeMap<TableName, TableDifference>,
    ) -> Result<()> {
        let sent = differences.iter().filter(|(table, difference)| {
            difference.pair.written
                && !difference.counts().is_unchanged()
                && self.stand_as_sent(opened, table)
        });
        let names: Vec<&TableName> = sent.clone().map(|(table, _)| table).collect();
        if names.is_empty() {
            return Ok(());
        }
        let sql = include_str!("written.sql");
        let rows = fetch_text_arrays(session, sql, &name_columns(names)).await?;
        let written: BTreeMap<TableName, [u64; 3]> = rows
            .into_iter()
            .filter_map(|row| {
                let [schema, name, inserted, updated, deleted] =
                    <[Option<String>; 5]>::try_from(row).ok()?;
                let counts = [
                    inserted?.parse().ok()?,
                    updated?.parse().ok()?,
                    deleted?.parse().ok()?,
                ];
                Some((TableName::new(schema?, name?), counts))
            })
            .collect();
        // A row that waits for a unique value is changed more often than once; everything is asked about then.
        let is_ours = |(table, difference): (&TableName, &TableDifference)| {
            let counts = difference.counts();
            written.get(table) == Some(&[counts.missing, counts.changed, counts.extra])
        };
        if !sent.into_iter().all(is_ours) {
            self.referred = Referred::new(opened, self.locked).turning();
            self.tables.clear();
            self.own.clear();
            self.is_disturbed = true;
        }
        Ok(())
    }

    /// Whether every row of a table that was sent bears the company's key.
    pub(super) fn is_own(&self, table: &TableName) -> bool {
        self.own.contains(table)
    }

    /// By which of a table's columns others may refer to its rows.
    fn arrivals(&mut self, opened: &Opened, pair: &TablePair) -> Vec<Place<'static>> {
        let referring = judge::referring(opened, &pair.table).into_iter();
        let targets: BTreeSet<Vec<String>> = referring
            .map(|(_, reference)| reference.target_columns)
            .collect();
        let targets = targets.iter();
        targets
            .filter_map(|columns| self.referred.arrival(pair, columns))
            .collect()
    }
}

/// The rows of one table, while they are seen.
pub(super) struct Seeing<'s, 'l> {
    seen: &'s mut Seen<'l>,
    table: &'s TableName,
    places: Vec<Place<'s>>,
    arrivals: Vec<Place<'static>>,
    own: Option<Own>,
    is_whole: bool,
}

impl Seeing<'_, '_> {
    /// Sees a row, where memory has room for what it refers to.
    pub(super) fn see(&mut self, change: &Change<'_>) {
        let referred = &mut self.seen.referred;
        self.is_whole &= referred.has_room();
        if self.is_whole {
            referred.see_row(change, &self.places);
        }
        referred.see_arrival(change, &self.arrivals);
        self.own.take_if(|own| !own.holds(change));
    }

    /// Says that there are no more rows.
    pub(super) fn end(self) {
        if self.is_whole {
            self.seen.tables.insert(self.table.clone());
        }
        if self.own.is_some() {
            self.seen.own.insert(self.table.clone());
        }
    }
}

/// What makes a row the company's, where that is a value of its own.
pub(super) struct Own {
    position: usize,
    /// The company's key as COPY text.
    key: Vec<u8>,
}

impl Own {
    /// `None` where it takes more than one value to tell.
    pub(super) fn of(opened: &Opened, pair: &TablePair) -> Option<Self> {
        let scope = opened.scope.tables.get(&pair.table)?;
        let Membership::Column(column) = &scope.membership else {
            return None;
        };
        let mut key = Vec::new();
        push_escaped(&mut key, Some(opened.company().id.as_str().as_bytes()));
        let position = pair.position(column)?;
        Some(Self { position, key })
    }

    /// Whether a row is written as the company's. The server may think so of other spellings of the key too.
    pub(super) fn holds(&self, change: &Change<'_>) -> bool {
        match change {
            Change::Missing { wanted } | Change::Changed { wanted, .. } => {
                field_at(wanted, self.position) == Some(&self.key)
            }
            Change::Same { .. } | Change::Extra { .. } => true,
        }
    }
}

/// The references of a table, each with the values of it that are known to lead nowhere.
pub(super) fn followed<'k>(
    table: &'k Table,
    known: &'k KnownBroken,
    name: &TableName,
) -> Vec<Followed<'k>> {
    let references = table.references.iter();
    let known = |reference: &'k Reference| (reference, known.values(name, &reference.columns));
    references.map(known).collect()
}
