//! Applies a difference inside the restoring transaction: one statement a table and kind, each of which
//! must touch exactly as many rows as the difference has.
//!
//! There is one algorithm for all rights; the judge's course says which rows that go leave before others
//! come. Under replica role no reference is enforced meanwhile, so all of them do and their unique values
//! are free. An owner's statements must obey the references: rows that go leave last, values in the way
//! are parked, and circles are cut where NULL is allowed and patched once all rows are in.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;

use super::batch::{Batches, Pick, TypedColumns};
use super::check::dangling;
use super::course::Course;
use super::delete::{delete_extra, delete_leaving};
use super::insert::{self, Missing};
use super::judge::Leaving;
use super::known::KnownBroken;
use super::park::park;
use super::seen::Seen;
use super::sequences;
use super::silence::Silenced;
use super::state::{self, Held};
use crate::cancel::{CancelToken, checkpoint};
use crate::company::Opened;
use crate::difference::{TableDifference, live};
use crate::model::{Generation, Table, TableName};
use crate::pg::{Ident, Session, run_by_arrays};
use crate::reporter::{Counters, Reporter, Step};
use crate::{Code, Error, Result};

/// The SQLSTATE of a reference that would lead nowhere.
const FOREIGN_KEY_VIOLATION: &str = "23503";

/// What is applied, and what it needs beside the rows.
pub(super) struct Work<'a> {
    pub(super) opened: &'a Opened,
    pub(super) course: &'a Course,
    pub(super) differences: &'a mut BTreeMap<TableName, TableDifference>,
    pub(super) leaving: &'a [Leaving],
    /// The tables that the transaction has locked: those whose rows are written.
    pub(super) locked: &'a HashSet<TableName>,
    /// The review under which secrets of rows that go are held; `None` where none is opened.
    pub(super) hold_for: Option<Uuid>,
    /// Secret values for rows that come back.
    pub(super) held: &'a BTreeMap<TableName, Held>,
    /// References that may lead nowhere.
    pub(super) known: &'a KnownBroken,
    pub(super) reporter: &'a dyn Reporter,
}

/// Applies every table's difference; what rows that come back refer to is seen on the way.
///
/// # Errors
/// `changed_meanwhile` where a statement touches another number of rows than the difference has;
/// `references_broken`; errors of the connection; `cancelled`. The caller rolls back then.
pub(super) async fn apply(
    session: &mut Session,
    work: Work<'_>,
    seen: &mut Seen<'_>,
    counters: &Counters,
    cancel: &CancelToken,
) -> Result<()> {
    let done = follow(session, work, seen, counters, cancel).await;
    done.map_err(|error| match sqlstate(&error) {
        Some(FOREIGN_KEY_VIOLATION) => refused_by_server(&error),
        _ => error,
    })
}

/// What the server calls the error, where it is the server's.
pub(super) fn sqlstate(error: &Error) -> Option<&str> {
    error.context().get("sqlstate").map(String::as_str)
}

/// The error of a reference that the server found leading nowhere.
fn refused_by_server(error: &Error) -> Error {
    let fact = |key: &str| error.context().get(key).cloned().unwrap_or_default();
    dangling()
        .with("table", fact("table"))
        .with("constraint", fact("constraint"))
}

async fn follow(
    session: &mut Session,
    mut work: Work<'_>,
    seen: &mut Seen<'_>,
    counters: &Counters,
    cancel: &CancelToken,
) -> Result<()> {
    let (opened, course) = (work.opened, work.course);
    let silenced = Silenced::begin(session, opened, work.locked, course.references).await?;
    let order = &course.order.parents_first;
    for name in order {
        checkpoint(cancel)?;
        work.empty_references(session, name).await?;
    }
    for name in order.iter().rev().filter(|name| course.leaves_first(name)) {
        checkpoint(cancel)?;
        work.leave(session, name, counters).await?;
    }
    for name in order {
        checkpoint(cancel)?;
        work.come(session, name, seen, counters).await?;
    }
    for name in order {
        work.patch(session, name).await?;
    }
    for name in order.iter().rev().filter(|name| !course.leaves_first(name)) {
        checkpoint(cancel)?;
        work.leave(session, name, counters).await?;
    }
    silenced.end(session).await
}

impl Work<'_> {
    /// The difference of a table, where it has any that is written.
    fn written(&mut self, name: &TableName) -> Option<&mut TableDifference> {
        self.differences
            .get_mut(name)
            .filter(|difference| difference.pair.written && !difference.counts().is_unchanged())
    }

    /// Empties references that would stand in the way: where circles are cut, in rows that go; where
    /// others leave or change earlier, in rows that change too.
    async fn empty_references(&mut self, session: &mut Session, name: &TableName) -> Result<()> {
        let (opened, course) = (self.opened, self.course);
        let Some(difference) = self.written(name) else {
            return Ok(());
        };
        for cut in course.cuts(name) {
            empty(session, opened, difference, &cut.column, Pick::Extra).await?;
        }
        for (_, column) in course.loosened.iter().filter(|(table, _)| table == name) {
            empty(session, opened, difference, column, Pick::Found).await?;
        }
        Ok(())
    }

    /// Deletes the rows of a table that go, with those that go along; their secrets are held.
    async fn leave(
        &mut self,
        session: &mut Session,
        name: &TableName,
        counters: &Counters,
    ) -> Result<()> {
        let (opened, leaving, hold_for) = (self.opened, self.leaving, self.hold_for);
        let (references, locked) = (self.course.references, self.locked);
        let Some(difference) = self.written(name) else {
            return Ok(());
        };
        for leaving in leaving
            .iter()
            .filter(|leaving| leaving.reference.target == *name)
        {
            delete_leaving(session, opened, difference, leaving).await?;
        }
        if let Some(review) = hold_for {
            state::hold_secrets(session, opened, difference, review).await?;
        }
        delete_extra(session, opened, difference, references, locked).await?;
        counters.add(difference.counts().extra, 0);
        self.reporter.step(Step::TableApplied);
        Ok(())
    }

    /// Brings rows of a table back and changes others, after what stands in their way was parked.
    async fn come(
        &mut self,
        session: &mut Session,
        name: &TableName,
        seen: &mut Seen<'_>,
        counters: &Counters,
    ) -> Result<()> {
        let (opened, course, held) = (self.opened, self.course, self.held);
        let known = self.known;
        let Some(difference) = self.written(name) else {
            return Ok(());
        };
        let table = table_of(opened, name)?;
        for unique in &table.uniques {
            let index = (name.clone(), unique.name.clone());
            if let Some(place) = course.parked.get(&index) {
                park(session, opened, table, unique, place, difference).await?;
            }
        }
        let cut: Vec<&str> = course
            .cuts(name)
            .iter()
            .map(|cut| cut.column.as_str())
            .collect();
        for turn in course.turns.get(name).into_iter().flatten() {
            let turn = Some(turn);
            update_changed(session, opened, table, difference, (&cut, turn)).await?;
        }
        let missing = Missing {
            held: held.get(name),
            cut: &cut,
            known,
        };
        insert::insert_missing(session, opened, difference, &missing, seen).await?;
        update_changed(session, opened, table, difference, (&cut, None)).await?;
        raise_sequences(session, opened, table, difference).await?;
        counters.add(difference.counts().changed + difference.counts().missing, 0);
        self.reporter.step(Step::TableApplied);
        Ok(())
    }

    /// Fills the columns at which circles were cut, now that all rows are in.
    async fn patch(&mut self, session: &mut Session, name: &TableName) -> Result<()> {
        let (opened, course) = (self.opened, self.course);
        let Some(difference) = self.written(name) else {
            return Ok(());
        };
        let cuts = course.cuts(name).into_iter();
        let columns: Vec<String> = cuts.map(|cut| cut.column.clone()).collect();
        set(session, opened, difference, &columns, (Pick::Wanted, None)).await
    }
}

pub(super) fn table_of<'a>(opened: &'a Opened, name: &TableName) -> Result<&'a Table> {
    opened
        .schema
        .tables
        .get(name)
        .ok_or_else(|| Error::new(Code::SchemaChanged, "A table is gone.").with("table", name))
}

pub(super) fn expect(done: u64, expected: u64, table: &TableName) -> Result<()> {
    if done == expected {
        return Ok(());
    }
    Err(Error::new(
        Code::ChangedMeanwhile,
        "The rows are no longer those that were compared; everything was rolled back.",
    )
    .hint("Look at what will change again.")
    .with("table", table)
    .with("rows_expected", expected)
    .with("rows_written", done))
}

pub(super) fn positions(columns: &[String], names: &[String]) -> Vec<usize> {
    names
        .iter()
        .filter_map(|name| columns.iter().position(|column| column == name))
        .collect()
}

/// Empties a column of the picked rows, where it is filled.
async fn empty(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    column: &str,
    pick: Pick,
) -> Result<()> {
    let pair = difference.pair.clone();
    if pair.key_columns.is_empty() {
        return Ok(());
    }
    let typed = TypedColumns::of(table_of(opened, &pair.table)?, &pair.key_columns)?;
    let sql = format!(
        "UPDATE {} AS t SET {1} = NULL FROM {2} WHERE {3} AND t.{1} IS NOT NULL AND ({4})",
        live::relation(&opened.schema, &pair.table),
        Ident(column),
        typed.relation("n"),
        typed.equal("t", "n"),
        live::predicate(&opened.schema, &opened.scope, &pair.table, "t"),
    );
    let positions = positions(&pair.columns, &pair.key_columns);
    let mut batches = Batches::new(&mut difference.spool, pick, positions)?;
    while let Some(batch) = batches.next()? {
        run_by_arrays(session, &sql, &batch.columns).await?;
    }
    Ok(())
}

/// Changed rows are updated where they are, so that columns that do not travel stay as they are: all of
/// them, or those whose turn it is.
async fn update_changed(
    session: &mut Session,
    opened: &Opened,
    table: &Table,
    difference: &mut TableDifference,
    (cut, turn): (&[&str], Option<&HashSet<Vec<u8>>>),
) -> Result<()> {
    let pair = &difference.pair;
    let settable = |name: &&String| {
        !pair.key_columns.contains(name)
            && !cut.contains(&name.as_str())
            && table
                .column(name)
                .is_some_and(|column| column.generation != Generation::IdentityAlways)
    };
    let columns: Vec<String> = pair.columns.iter().filter(settable).cloned().collect();
    set(session, opened, difference, &columns, (Pick::Changed, turn)).await
}

/// Sets those columns of the picked rows as they are wanted, or of those among them with such a key.
async fn set(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    columns: &[String],
    (pick, only): (Pick, Option<&HashSet<Vec<u8>>>),
) -> Result<()> {
    let counts = difference.counts();
    let expected = match (only, pick) {
        (Some(keys), _) => keys.len() as u64,
        (None, Pick::Changed) => counts.changed,
        (None, _) => counts.changed + counts.missing,
    };
    if expected == 0 || columns.is_empty() {
        return Ok(());
    }
    let pair = difference.pair.clone();
    let bound: Vec<String> = pair.key_columns.iter().chain(columns).cloned().collect();
    let typed = TypedColumns::of(table_of(opened, &pair.table)?, &bound)?;
    let values: Vec<String> = columns
        .iter()
        .map(|name| format!("{0} = n.{0}", Ident(name)))
        .collect();
    let keys: Vec<String> = pair
        .key_columns
        .iter()
        .map(|name| format!("t.{0} = n.{0}", Ident(name)))
        .collect();
    let sql = format!(
        "UPDATE {} AS t SET {} FROM {} WHERE {} AND ({})",
        live::relation(&opened.schema, &pair.table),
        values.join(", "),
        typed.relation("n"),
        keys.join(" AND "),
        live::predicate(&opened.schema, &opened.scope, &pair.table, "t"),
    );
    let mut done = 0;
    let mut batches = Batches::new(
        &mut difference.spool,
        pick,
        positions(&pair.columns, &bound),
    )?;
    if let Some(keys) = only {
        batches = batches.only(pair.key(), keys);
    }
    while let Some(batch) = batches.next()? {
        done += run_by_arrays(session, &sql, &batch.columns).await?;
    }
    expect(done, expected, &pair.table)
}

/// Raises sequences that are behind the rows that came back. Never lowers one: others use them too.
async fn raise_sequences(
    session: &mut Session,
    opened: &Opened,
    table: &Table,
    difference: &TableDifference,
) -> Result<()> {
    if difference.counts().missing + difference.counts().changed == 0 {
        return Ok(());
    }
    let name = &difference.pair.table;
    for column in &table.columns {
        let Some(sequence) = &column.sequence else {
            continue;
        };
        let own = live::predicate(&opened.schema, &opened.scope, name, "t");
        sequences::raise(session, name, &column.name, sequence, &own).await?;
    }
    Ok(())
}
