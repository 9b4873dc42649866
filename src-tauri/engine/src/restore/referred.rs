//! What written rows refer to, gathered over all tables by where it leads: the rows of a table are read once
//! for all of its references, and the server is asked once about a value, however many rows have it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use super::batch::{Pick, TypedColumns, columns_of, sum, turns};
use crate::Result;
use crate::company::Opened;
use crate::difference::{Change, TableDifference, TablePair};
use crate::model::{Reference, Schema, TableName};
use crate::pg::{Qualified, Session, fetch_text_arrays};
use crate::rows::{fields, is_null, text_of};

/// Distinct values of all targets together that wait to be asked about.
const MOST_WAITING: usize = 100_000;

/// Values of which it is noted that they are there: 7 MB. Others are asked about.
const MOST_ARRIVED: usize = 400_000;

/// Raw values of some columns, tab-separated.
type Values = HashSet<Vec<u8>>;

/// The columns of a table that references lead to.
pub(super) type Target = (TableName, Vec<String>);

/// A reference that is followed, and values of it that nobody asks about.
pub(super) type Followed<'a> = (&'a Reference, Option<&'a Values>);

/// The raw fields of a reference, tab-separated, unless one of them is NULL.
pub(super) fn raw_key(line: &[u8], positions: &[usize]) -> Option<Vec<u8>> {
    let found: Vec<&[u8]> = fields(line).collect();
    let mut key = Vec::new();
    push_key(&found, positions, &mut key).then_some(key)
}

/// Appends the raw fields at those positions; false where one of them is NULL.
fn push_key(found: &[&[u8]], positions: &[usize], key: &mut Vec<u8>) -> bool {
    for (place, position) in positions.iter().enumerate() {
        let Some(field) = found.get(*position).filter(|field| !is_null(field)) else {
            return false;
        };
        if place > 0 {
            key.push(b'\t');
        }
        key.extend_from_slice(field);
    }
    true
}

/// Values that rows refer to, waiting to be asked about.
pub(super) struct Referred<'a> {
    schema: Arc<Schema>,
    /// Tables that are locked: the rows referred to in others are held by FOR KEY SHARE, where this is given.
    locked: Option<&'a HashSet<TableName>>,
    pick: Pick,
    turning: bool,
    /// By target and the types that the values have where they stand.
    numbers: HashMap<(TableName, TypedColumns), usize>,
    waiting: Vec<Waiting>,
    waiting_count: usize,
    /// How many may wait.
    room: usize,
    lacking: BTreeSet<Target>,
    /// Hashes of values that are there for certain, with the number of their target. Nobody knows beforehand which
    /// values share one, and that one goes unnoticed has a chance of one in 4 · 10^13 for each that is not there.
    arrived: HashSet<u64>,
    hashing: RandomState,
    /// Fields of the row before, to make room for as many at once.
    width: usize,
    /// The value looked at; kept for its memory.
    key: Vec<u8>,
}

/// Values of one kind that lead to one target.
struct Waiting {
    target: Target,
    typed: TypedColumns,
    values: Values,
}

/// Where rows have a reference.
pub(super) struct Place<'k> {
    positions: Vec<usize>,
    /// Of its target.
    number: usize,
    /// Values that nobody asks about.
    known: Option<&'k Values>,
}

impl<'a> Referred<'a> {
    /// Nothing seen yet.
    pub(super) fn new(opened: &Opened, locked: Option<&'a HashSet<TableName>>) -> Self {
        Self {
            schema: Arc::clone(&opened.schema),
            locked,
            pick: Pick::Wanted,
            turning: false,
            numbers: HashMap::new(),
            waiting: Vec::new(),
            waiting_count: 0,
            room: MOST_WAITING,
            lacking: BTreeSet::new(),
            arrived: HashSet::new(),
            hashing: RandomState::new(),
            width: 0,
            key: Vec::new(),
        }
    }

    /// Those that rows refer to as they are found, instead of as they are wanted.
    pub(super) fn found(mut self) -> Self {
        self.pick = Pick::Found;
        self
    }

    /// With half the room, for one of two whose values come together.
    pub(super) fn halved(mut self) -> Self {
        self.room = MOST_WAITING / 2;
        self
    }

    /// Without references that a row has before and after.
    pub(super) fn turning(mut self) -> Self {
        self.turning = true;
        self
    }

    /// Sees what the rows of a difference refer to by those references.
    ///
    /// # Errors
    /// Errors of the connection and of this computer's disk.
    pub(super) async fn follow(
        &mut self,
        session: &mut Session,
        difference: &mut TableDifference,
        references: &[Followed<'_>],
    ) -> Result<()> {
        let places = self.places(&difference.pair, references);
        if places.is_empty() {
            return Ok(());
        }
        let mut rows = difference.spool.reader()?;
        while let Some(change) = rows.next()? {
            self.see_row(&change, &places);
            if !self.has_room() {
                self.ask_largest(session).await?;
            }
        }
        Ok(())
    }

    /// The same without asking about anything; false where there was no room for all.
    ///
    /// # Errors
    /// Errors of this computer's disk.
    pub(super) fn see_all(
        &mut self,
        difference: &mut TableDifference,
        references: &[Followed<'_>],
    ) -> Result<bool> {
        let places = self.places(&difference.pair, references);
        if places.is_empty() {
            return Ok(true);
        }
        let mut rows = difference.spool.reader()?;
        while let Some(change) = rows.next()? {
            if !self.has_room() {
                return Ok(false);
            }
            self.see_row(&change, &places);
        }
        Ok(true)
    }

    /// Adds what another has seen.
    pub(super) fn add(&mut self, other: Self) {
        self.room += other.room;
        for waiting in other.waiting {
            let number = self.number(waiting.target.0, waiting.typed);
            for key in waiting.values {
                self.see(number, &key);
            }
        }
    }

    /// Where the rows of a pair of tables have those references.
    pub(super) fn places<'k>(
        &mut self,
        pair: &TablePair,
        references: &[Followed<'k>],
    ) -> Vec<Place<'k>> {
        let names = match self.pick {
            Pick::Found => pair.live_columns(),
            _ => pair.columns.clone(),
        };
        let schema = Arc::clone(&self.schema);
        let table = schema.tables.get(&pair.table);
        let place = |(reference, known): &Followed<'k>| {
            let positions = reference.columns.iter();
            let positions: Option<Vec<usize>> = positions
                .map(|column| names.iter().position(|name| name == column))
                .collect();
            let typed = TypedColumns::led_to(table?, reference).ok()?;
            Some(Place {
                positions: positions?,
                number: self.number(reference.target.clone(), typed),
                known: *known,
            })
        };
        references.iter().filter_map(place).collect()
    }

    /// Where the rows of a pair of tables have the values by which others refer to them.
    pub(super) fn arrival(
        &mut self,
        pair: &TablePair,
        columns: &[String],
    ) -> Option<Place<'static>> {
        let positions: Option<Vec<usize>> =
            columns.iter().map(|column| pair.position(column)).collect();
        let table = self.schema.tables.get(&pair.table)?;
        let typed = TypedColumns::of(table, columns).ok()?;
        Some(Place {
            positions: positions?,
            number: self.number(pair.table.clone(), typed),
            known: None,
        })
    }

    /// Sees a row that comes back and will be there as it is wanted: nobody asks whether it is.
    pub(super) fn see_arrival(&mut self, change: &Change<'_>, arrivals: &[Place<'_>]) {
        let Change::Missing { wanted } = change else {
            return;
        };
        if arrivals.is_empty() || self.arrived.len() >= MOST_ARRIVED {
            return;
        }
        let mut found: Vec<&[u8]> = Vec::with_capacity(self.width);
        found.extend(fields(wanted));
        for place in arrivals {
            self.key.clear();
            if push_key(&found, &place.positions, &mut self.key) {
                self.arrived
                    .insert(hash(&self.hashing, place.number, &self.key));
            }
        }
    }

    /// Sees what one row refers to, without asking about anything.
    pub(super) fn see_row(&mut self, change: &Change<'_>, places: &[Place<'_>]) {
        let Some(line) = self.pick.of(change) else {
            return;
        };
        if places.is_empty() {
            return;
        }
        let mut found: Vec<&[u8]> = Vec::with_capacity(self.width);
        found.extend(fields(line));
        self.width = found.len();
        for place in places {
            if self.turning && !turns(change, &place.positions) {
                continue;
            }
            let mut key = std::mem::take(&mut self.key);
            key.clear();
            let is_known = |key: &Vec<u8>| place.known.is_some_and(|known| known.contains(key));
            if push_key(&found, &place.positions, &mut key) && !is_known(&key) {
                self.see(place.number, &key);
            }
            self.key = key;
        }
    }

    /// Whether more may be seen before the server is asked.
    pub(super) fn has_room(&self) -> bool {
        self.waiting_count < self.room
    }

    /// Asks about what still waits. The targets at which some value was not there.
    ///
    /// # Errors
    /// Errors of the connection.
    pub(super) async fn lacking(mut self, session: &mut Session) -> Result<BTreeSet<Target>> {
        for number in 0..self.waiting.len() {
            self.ask(session, number).await?;
        }
        Ok(self.lacking)
    }

    fn number(&mut self, table: TableName, typed: TypedColumns) -> usize {
        let waiting = &mut self.waiting;
        *self
            .numbers
            .entry((table, typed))
            .or_insert_with_key(|(table, typed)| {
                waiting.push(Waiting {
                    target: (table.clone(), typed.names()),
                    typed: typed.clone(),
                    values: Values::new(),
                });
                waiting.len() - 1
            })
    }

    fn see(&mut self, number: usize, key: &[u8]) {
        if let Some(Waiting { values, .. }) = self.waiting.get_mut(number)
            && !has_arrived(&self.arrived, &self.hashing, number, key)
            && !values.contains(key)
        {
            values.insert(key.to_vec());
            self.waiting_count += 1;
        }
    }

    async fn ask_largest(&mut self, session: &mut Session) -> Result<()> {
        let sizes = self.waiting.iter().map(|waiting| waiting.values.len());
        let largest = sizes.enumerate().max_by_key(|(_, size)| *size);
        match largest {
            Some((number, _)) => self.ask(session, number).await,
            None => Ok(()),
        }
    }

    async fn ask(&mut self, session: &mut Session, number: usize) -> Result<()> {
        let Some(Waiting {
            target,
            typed,
            values,
        }) = self.waiting.get_mut(number)
        else {
            return Ok(());
        };
        self.waiting_count -= values.len();
        let mut values = std::mem::take(values);
        // Rows may come before those that they refer to.
        values.retain(|key| !has_arrived(&self.arrived, &self.hashing, number, key));
        if values.is_empty() || self.lacking.contains(target) {
            return Ok(());
        }
        let mut columns = vec![Vec::with_capacity(values.len()); typed.width()];
        for key in values {
            for (column, field) in columns.iter_mut().zip(fields(&key)) {
                column.push(text_of(field)?);
            }
        }
        let is_held = self
            .locked
            .is_some_and(|locked| !locked.contains(&target.0));
        let sql = missing_sql(target, typed, is_held);
        if sum(fetch_text_arrays(session, &sql, &columns).await?) > 0 {
            self.lacking.insert(target.clone());
        }
        Ok(())
    }
}

fn has_arrived(arrived: &HashSet<u64>, hashing: &RandomState, number: usize, key: &[u8]) -> bool {
    !arrived.is_empty() && arrived.contains(&hash(hashing, number, key))
}

fn hash(hashing: &RandomState, number: usize, key: &[u8]) -> u64 {
    hashing.hash_one((number, key))
}

/// How many of the bound values are not there. Where rows are held, only those count that could be held:
/// whoever deletes one meanwhile is waited for.
fn missing_sql((name, columns): &Target, typed: &TypedColumns, is_held: bool) -> String {
    let (there, wanted) = (Qualified(name), typed.relation("n"));
    let (held, there) = match is_held {
        true => (
            format!(
                "WITH held AS MATERIALIZED (SELECT {} FROM {there} AS p WHERE ({}) IN (SELECT {} FROM {wanted}) FOR KEY SHARE OF p) ",
                columns_of("p", columns),
                columns_of("p", columns),
                columns_of("n", columns),
            ),
            "held".to_owned(),
        ),
        false => (String::new(), there.to_string()),
    };
    format!(
        "{held}SELECT count(*)::text FROM {wanted} WHERE NOT EXISTS (SELECT 1 FROM {there} AS p WHERE {})",
        typed.equal("p", "n"),
    )
}
