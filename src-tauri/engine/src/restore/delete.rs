//! Rows that go, and what goes along with them.

use std::collections::HashSet;

use super::apply::{expect, positions, table_of};
use super::batch::{Batches, Pick, TypedColumns};
use super::check::broken;
use super::judge::{self, Leaving};
use super::rights::References;
use crate::Result;
use crate::company::Opened;
use crate::difference::{TableDifference, live};
use crate::model::{Reference, TableName};
use crate::pg::{Ident, Qualified, Session, fetch_text_arrays, run_by_arrays};

/// Deletes the rows outside the backup that refer to rows which go and are made again.
pub(super) async fn delete_leaving(
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

/// Deletes the rows of a table that go.
///
/// # Errors
/// `changed_meanwhile` where others are there; `references_broken` where rows that stay refer to them;
/// errors of the connection.
pub(super) async fn delete_extra(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    references: References,
    locked: &HashSet<TableName>,
) -> Result<()> {
    let expected = difference.counts().extra;
    if expected == 0 {
        return Ok(());
    }
    let pair = difference.pair.clone();
    let table = table_of(opened, &pair.table)?;
    if references == References::Enforced {
        refuse_to_take_along(session, opened, difference, locked).await?;
    }
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
    let to_itself = |reference: &Reference| reference.target == pair.table;
    if references == References::Enforced && table.references.iter().any(to_itself) {
        // The server looks at such references at the end of each statement.
        batches = batches.in_one();
    }
    while let Some(batch) = batches.next()? {
        done += run_by_arrays(session, &sql, &batch.columns).await?;
    }
    expect(done, expected, &pair.table)
}

/// A reference with an action takes rows along in silence, or empties them: no such row may be left when
/// the rows that it refers to go. Those rows are held first where others may write the referring table.
async fn refuse_to_take_along(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    locked: &HashSet<TableName>,
) -> Result<()> {
    let acting: Vec<(TableName, Reference)> = judge::referring(opened, &difference.pair.table)
        .into_iter()
        .filter(|(_, reference)| reference.on_delete.writes())
        .collect();
    if acting.iter().any(|(child, _)| !locked.contains(child)) {
        hold_extra(session, opened, difference).await?;
    }
    for (child, reference) in &acting {
        let row_count =
            judge::count_referring(session, opened, difference, child, reference).await?;
        if row_count > 0 {
            return Err(broken(child, &reference.name, row_count));
        }
    }
    Ok(())
}

/// Holds the rows that go, so that nobody can come to refer to them any more.
async fn hold_extra(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
) -> Result<()> {
    let pair = difference.pair.clone();
    if pair.key_columns.is_empty() {
        return Ok(());
    }
    let typed = TypedColumns::of(table_of(opened, &pair.table)?, &pair.key_columns)?;
    let sql = format!(
        "SELECT count(*)::text FROM (SELECT 1 FROM {} AS t JOIN {} ON {} FOR UPDATE OF t) AS h",
        live::relation(&opened.schema, &pair.table),
        typed.relation("n"),
        typed.equal("t", "n"),
    );
    let positions = positions(&pair.columns, &pair.key_columns);
    let mut batches = Batches::new(&mut difference.spool, Pick::Extra, positions)?;
    while let Some(batch) = batches.next()? {
        fetch_text_arrays(session, &sql, &batch.columns).await?;
    }
    Ok(())
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
