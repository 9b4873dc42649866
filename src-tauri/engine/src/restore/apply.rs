//! Applies a difference inside the restoring transaction: one statement a table and kind, each of which
//! must touch exactly as many rows as the difference has.
//!
//! Under replica role no reference is enforced while it runs, so rows that go leave first and their
//! unique values are free for those that come. Rows that swap unique values among each other are parked.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use super::batch::{Batches, Pick, TypedColumns};
use super::insert;
use super::judge::Leaving;
use super::park::park;
use super::sequences;
use super::state::{self, Held};
use crate::cancel::{CancelToken, checkpoint};
use crate::company::Opened;
use crate::difference::{TableDifference, live};
use crate::model::{Generation, Table, TableName};
use crate::pg::{Ident, Qualified, Session, run_by_arrays};
use crate::reporter::{Counters, Reporter, Step};
use crate::{Code, Error, Result};

/// What is applied, and what it needs beside the rows.
pub(super) struct Work<'a> {
    pub(super) opened: &'a Opened,
    /// Every written table, parents first.
    pub(super) order: &'a [TableName],
    pub(super) differences: &'a mut BTreeMap<TableName, TableDifference>,
    pub(super) leaving: &'a [Leaving],
    /// The review under which secrets of rows that go are held; `None` where none is opened.
    pub(super) hold_for: Option<Uuid>,
    /// Secret values for rows that come back.
    pub(super) held: &'a BTreeMap<TableName, Held>,
    /// Rows of one table above which they come back by COPY.
    pub(super) copy_above: u64,
    pub(super) reporter: &'a dyn Reporter,
}

/// Applies every table's difference.
///
/// # Errors
/// `changed_meanwhile` where a statement touches another number of rows than the difference has;
/// errors of the connection; `cancelled`. The caller rolls back then.
pub(super) async fn apply(
    session: &mut Session,
    work: Work<'_>,
    counters: &Arc<Counters>,
    cancel: &CancelToken,
) -> Result<()> {
    let Work {
        opened,
        order,
        differences,
        leaving,
        hold_for,
        held,
        copy_above,
        reporter,
    } = work;
    session
        .run("SET LOCAL session_replication_role = replica")
        .await?;
    for name in order.iter().rev() {
        checkpoint(cancel)?;
        let Some(difference) = written(differences, name) else {
            continue;
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
        delete_extra(session, opened, difference).await?;
        counters.add(difference.counts().extra, 0);
        reporter.step(Step::TableApplied);
    }
    for name in order {
        checkpoint(cancel)?;
        let Some(difference) = written(differences, name) else {
            continue;
        };
        let table = table_of(opened, name)?;
        if difference.counts().changed > 0 {
            for unique in &table.uniques {
                park(session, opened, table, unique, difference).await?;
            }
            update_changed(session, opened, table, difference).await?;
        }
        insert::insert_missing(session, opened, difference, held.get(name), copy_above).await?;
        raise_sequences(session, opened, table, difference).await?;
        counters.add(difference.counts().changed + difference.counts().missing, 0);
        reporter.step(Step::TableApplied);
    }
    Ok(())
}

fn written<'a>(
    differences: &'a mut BTreeMap<TableName, TableDifference>,
    name: &TableName,
) -> Option<&'a mut TableDifference> {
    differences
        .get_mut(name)
        .filter(|difference| difference.pair.written && !difference.counts().is_unchanged())
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

async fn delete_leaving(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    leaving: &Leaving,
) -> Result<()> {
    let table = table_of(opened, &difference.pair.table)?;
    let typed = TypedColumns::of(table, &leaving.reference.target_columns)?;
    let columns: Vec<String> = leaving
        .reference
        .columns
        .iter()
        .map(|column| format!("c.{}", Ident(column)))
        .collect();
    let there: Vec<String> = leaving
        .reference
        .target_columns
        .iter()
        .map(|column| format!("n.{}", Ident(column)))
        .collect();
    let sql = format!(
        "DELETE FROM {} AS c WHERE ({}) IN (SELECT {} FROM {})",
        Qualified(&leaving.table),
        columns.join(", "),
        there.join(", "),
        typed.relation("n")
    );
    let positions = positions(
        &difference.pair.live_columns(),
        &leaving.reference.target_columns,
    );
    let mut batches = Batches::new(&mut difference.spool, Pick::Extra, positions)?;
    while let Some(batch) = batches.next()? {
        run_by_arrays(session, &sql, &batch.columns).await?;
    }
    Ok(())
}

async fn delete_extra(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
) -> Result<()> {
    let expected = difference.counts().extra;
    if expected == 0 {
        return Ok(());
    }
    let pair = difference.pair.clone();
    let table = table_of(opened, &pair.table)?;
    let own = live::predicate(&opened.schema, &opened.scope, &pair.table, "t");
    let (sql, names) = if pair.key_columns.is_empty() {
        (
            delete_counted(
                &live::relation(&opened.schema, &pair.table),
                &pair.columns,
                &own,
            ),
            pair.columns.clone(),
        )
    } else {
        let typed = TypedColumns::of(table, &pair.key_columns)?;
        let sql = format!(
            "DELETE FROM {} AS t USING {} WHERE {} AND ({own})",
            live::relation(&opened.schema, &pair.table),
            typed.relation("n"),
            typed.equal("t", "n")
        );
        (sql, pair.key_columns.clone())
    };
    let mut done = 0;
    let positions = positions(&pair.columns, &names);
    let mut batches = Batches::new(&mut difference.spool, Pick::Extra, positions)?;
    while let Some(batch) = batches.next()? {
        done += run_by_arrays(session, &sql, &batch.columns).await?;
    }
    expect(done, expected, &pair.table)
}

/// Deletes as many rows of each value as are given, where rows have no key: values are compared as text,
/// since some types have no equality, and rows are told apart by where they lie.
fn delete_counted(table: &str, columns: &[String], own: &str) -> String {
    let binds: Vec<String> = (1..=columns.len())
        .map(|number| format!("${number}::text[]"))
        .collect();
    let names: Vec<String> = (0..columns.len())
        .map(|number| format!("a{number}"))
        .collect();
    let texts: Vec<String> = columns
        .iter()
        .map(|column| {
            format!(
                "CASE WHEN t.{0} IS NOT NULL THEN format('%s', t.{0}) END",
                Ident(column)
            )
        })
        .collect();
    format!(
        "DELETE FROM {table} AS d USING (SELECT l.place, l.home FROM \
         (SELECT t.ctid AS place, t.tableoid AS home, ARRAY[{texts}]::text[] AS row, \
          row_number() OVER (PARTITION BY ARRAY[{texts}]::text[]) AS number FROM {table} AS t WHERE {own}) AS l \
         JOIN (SELECT ARRAY[{values}]::text[] AS row, count(*) AS wanted FROM unnest({binds}) AS v({names}) GROUP BY 1) AS g \
         ON g.row = l.row AND l.number <= g.wanted) AS x WHERE d.ctid = x.place AND d.tableoid = x.home",
        texts = texts.join(", "),
        values = names
            .iter()
            .map(|name| format!("v.{name}"))
            .collect::<Vec<_>>()
            .join(", "),
        binds = binds.join(", "),
        names = names.join(", "),
    )
}

/// Changed rows are updated where they are, so that columns that do not travel stay as they are.
async fn update_changed(
    session: &mut Session,
    opened: &Opened,
    table: &Table,
    difference: &mut TableDifference,
) -> Result<()> {
    let expected = difference.counts().changed;
    let pair = difference.pair.clone();
    let typed = TypedColumns::of(table, &pair.columns)?;
    let settable = |name: &&String| {
        !pair.key_columns.contains(name)
            && table
                .column(name)
                .is_some_and(|column| column.generation != Generation::IdentityAlways)
    };
    let set: Vec<String> = pair
        .columns
        .iter()
        .filter(settable)
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
        set.join(", "),
        typed.relation("n"),
        keys.join(" AND "),
        live::predicate(&opened.schema, &opened.scope, &pair.table, "t"),
    );
    let mut done = 0;
    let positions = (0..pair.columns.len()).collect();
    let mut batches = Batches::new(&mut difference.spool, Pick::Changed, positions)?;
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
