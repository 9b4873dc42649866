//! What is seen of rows that come back while they are sent, so that the check before the commit asks the server
//! only about what nobody has seen.

use std::collections::{BTreeSet, HashSet};

use super::judge;
use super::known::KnownBroken;
use super::referred::{Followed, Place, Referred};
use super::rights::References;
use crate::company::Opened;
use crate::difference::{Change, TablePair};
use crate::model::{Reference, Table, TableKind, TableName};
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
    /// Whether nothing but our statements writes: no reference and no trigger of any table.
    is_quiet: bool,
}

impl<'l> Seen<'l> {
    /// Nothing seen yet, in a transaction that has locked those tables.
    pub(super) fn new(
        opened: &Opened,
        locked: &'l HashSet<TableName>,
        references: References,
    ) -> Self {
        let is_silent = references == References::Silent;
        let is_loud = |name| {
            let table = opened.schema.tables.get(name);
            table.is_none_or(Table::has_loud_trigger)
        };
        let is_quiet = is_silent && !locked.iter().any(is_loud);
        let locked = is_silent.then_some(locked);
        Self {
            // A reference that a row had before and keeps is as right or wrong as it was.
            referred: Referred::new(opened, locked).turning(),
            tables: HashSet::new(),
            own: HashSet::new(),
            is_quiet,
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

    /// Whether the rows of a table are what was sent: where references and triggers are not silent, rows change
    /// and go along with others.
    pub(super) fn stand_as_sent(&self, opened: &Opened, table: &TableName) -> bool {
        let table = opened.schema.tables.get(table);
        self.references == References::Silent
            && table.is_some_and(|table| !table.has_loud_trigger())
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
