//! Rows that hold a value which must be unique and is another row's to get: they are moved out of the way
//! first. Those that change get their own values later, those that go do not need any.

use std::collections::HashSet;

use super::apply::{expect, positions};
use super::batch::{Batches, Pick, TypedColumns, sum};
use super::course::Parking;
use super::judge;
use super::places::Places;
use super::rights::References;
use crate::Result;
use crate::company::Opened;
use crate::difference::{TableDifference, live};
use crate::model::{Table, UniqueIndex};
use crate::pg::{Ident, Session, fetch_text_arrays, run_by_arrays};

/// Moves rows out of the way that hold a unique value which another row is to get.
pub(super) async fn park(
    session: &mut Session,
    opened: &Opened,
    table: &Table,
    unique: &UniqueIndex,
    place: &Parking,
    difference: &mut TableDifference,
) -> Result<()> {
    let Some(held) = judge::holders(session, opened, table, unique, difference).await? else {
        return Ok(());
    };
    if held.own.is_empty() {
        return Ok(());
    }
    let pair = difference.pair.clone();
    let typed = TypedColumns::of(table, &pair.key_columns)?;
    let sql = format!(
        "UPDATE {} AS t SET {} = {} FROM {} WHERE {} AND ({})",
        live::relation(&opened.schema, &pair.table),
        Ident(&place.column),
        place.free,
        typed.relation("n"),
        typed.equal("t", "n"),
        live::predicate(&opened.schema, &opened.scope, &pair.table, "t"),
    );
    let keys: HashSet<Vec<u8>> = held.own.into_keys().collect();
    let positions = positions(&pair.columns, &pair.key_columns);
    let mut done = 0;
    let found = Batches::new(&mut difference.spool, Pick::Found, positions)?;
    let mut batches = found.only(pair.key(), &keys);
    while let Some(batch) = batches.next()? {
        done += run_by_arrays(session, &sql, &batch.columns).await?;
    }
    expect(done, keys.len() as u64, &pair.table)
}

/// A place for the rows of those keys, tried on them: `None` where no column of the index can take a
/// value that nobody else has, or that takes the row out of it, and that every rule of the table lets
/// through.
///
/// # Errors
/// Errors of the connection and of this computer's disk.
pub(super) async fn parking_place(
    session: &mut Session,
    opened: &Opened,
    (table, unique): (&Table, &UniqueIndex),
    difference: &mut TableDifference,
    keys: &HashSet<Vec<u8>>,
    references: References,
) -> Result<Option<Parking>> {
    let pair = difference.pair.clone();
    let places = Places {
        opened,
        name: &pair.table,
        table,
        unique,
        references,
    };
    let typed = TypedColumns::of(table, &pair.key_columns)?;
    let positions = positions(&pair.columns, &pair.key_columns);
    for place in places.in_order(&pair) {
        let sql = places.trial(&place, &typed);
        let mut refused = 0;
        let found = Batches::new(&mut difference.spool, Pick::Found, positions.clone())?;
        let mut batches = found.only(pair.key(), keys);
        while let Some(batch) = batches.next()? {
            refused += sum(fetch_text_arrays(session, &sql, &batch.columns).await?);
        }
        if refused == 0 {
            return Ok(Some(place.parking));
        }
    }
    Ok(None)
}
