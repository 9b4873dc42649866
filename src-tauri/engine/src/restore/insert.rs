//! Rows that come back, with the secret values that the database still holds for them.
//!
//! Many rows go in as the COPY text they are. A COPY costs a round trip more than a statement, and on a
//! connection that delays small packets some 40 ms, so few rows go in by one INSERT over bound arrays.

use super::apply::{expect, positions, table_of};
use super::batch::{Batches, Pick, TypedColumns};
use super::rights::References;
use super::state::Held;
use crate::Result;
use crate::company::Opened;
use crate::difference::{Change, TableDifference};
use crate::model::Reference;
use crate::pg::{Ident, Qualified, Session, run_by_arrays};
use crate::rows::{KeyColumns, fields, push_escaped};

/// Bytes of COPY text sent at once.
const COPY_BYTES: usize = 1 << 20;

/// How rows come back.
pub(super) struct Missing<'a> {
    /// Secret values for them.
    pub(super) held: Option<&'a Held>,
    /// Columns that are left empty for now.
    pub(super) cut: &'a [&'a str],
    /// Rows of one table above which they come back by COPY.
    pub(super) copy_above: u64,
    /// What the server does about references meanwhile.
    pub(super) references: References,
}

/// Inserts the missing rows of a table.
///
/// # Errors
/// Errors of the connection; `changed_meanwhile` where another number of rows went in.
pub(super) async fn insert_missing(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    missing: &Missing<'_>,
) -> Result<()> {
    let expected = difference.counts().missing;
    if expected == 0 {
        return Ok(());
    }
    let held = missing.held.filter(|held| !held.is_empty());
    if expected <= missing.copy_above && fits_one_statement(opened, difference, missing)? {
        return insert_few(session, opened, difference, held, missing.cut).await;
    }
    copy_missing(session, opened, difference, held, missing.cut).await
}

/// Rows that refer to rows of their own table must come in one statement where the server enforces it.
fn fits_one_statement(
    opened: &Opened,
    difference: &mut TableDifference,
    missing: &Missing<'_>,
) -> Result<bool> {
    let table = table_of(opened, &difference.pair.table)?;
    let to_itself = |reference: &Reference| reference.target == difference.pair.table;
    if missing.references == References::Silent || !table.references.iter().any(to_itself) {
        return Ok(true);
    }
    let all = (0..difference.pair.columns.len()).collect();
    let mut batches = Batches::new(&mut difference.spool, Pick::Missing, all)?;
    batches.next()?;
    Ok(batches.next()?.is_none())
}

/// The secret columns that get a value, where any is held.
fn secret_columns<'a>(
    opened: &'a Opened,
    difference: &TableDifference,
    held: Option<&Held>,
) -> &'a [String] {
    match (held, opened.scope.tables.get(&difference.pair.table)) {
        (Some(_), Some(scope)) => &scope.secret_columns,
        _ => &[],
    }
}

async fn insert_few(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    held: Option<&Held>,
    cut: &[&str],
) -> Result<()> {
    let expected = difference.counts().missing;
    let pair = difference.pair.clone();
    let secret = secret_columns(opened, difference, held);
    let cut = cut_positions(&pair.columns, cut);
    let names: Vec<String> = pair.columns.iter().chain(secret).cloned().collect();
    let typed = TypedColumns::of(table_of(opened, &pair.table)?, &names)?;
    let columns: Vec<String> = names.iter().map(|name| Ident(name).to_string()).collect();
    let sql = format!(
        "INSERT INTO {} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {}",
        Qualified(&pair.table),
        typed.relation("n"),
        columns = columns.join(", "),
    );
    let key = positions(&pair.columns, &pair.key_columns);
    let mut done = 0;
    let mut batches = Batches::new(
        &mut difference.spool,
        Pick::Missing,
        (0..pair.columns.len()).collect(),
    )?;
    while let Some(batch) = batches.next()? {
        let mut values = batch.columns.clone();
        let row_count = values.first().map_or(0, Vec::len);
        for position in &cut {
            if let Some(column) = values.get_mut(*position) {
                column.fill(None);
            }
        }
        for place in 0..secret.len() {
            let held_values = (0..row_count).map(|row| {
                let key: Vec<Option<String>> = key
                    .iter()
                    .map(|column| values.get(*column)?.get(row)?.clone())
                    .collect();
                held?
                    .get(&KeyColumns::key_of_values(&key))?
                    .get(place)?
                    .clone()
            });
            let held_values = held_values.collect();
            values.push(held_values);
        }
        done += run_by_arrays(session, &sql, &values).await?;
    }
    expect(done, expected, &pair.table)
}

fn cut_positions(columns: &[String], cut: &[&str]) -> Vec<usize> {
    let cut: Vec<String> = cut.iter().map(|&name| name.to_owned()).collect();
    positions(columns, &cut)
}

/// Appends a line with NULL at those positions.
fn push_cut(text: &mut Vec<u8>, line: &[u8], cut: &[usize]) {
    if cut.is_empty() {
        return text.extend_from_slice(line);
    }
    for (position, field) in fields(line).enumerate() {
        if position > 0 {
            text.push(b'\t');
        }
        if cut.contains(&position) {
            push_escaped(text, None);
        } else {
            text.extend_from_slice(field);
        }
    }
}

/// Sends the rows as the COPY text they are.
async fn copy_missing(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    held: Option<&Held>,
    cut: &[&str],
) -> Result<()> {
    let expected = difference.counts().missing;
    let pair = difference.pair.clone();
    let secret = secret_columns(opened, difference, held);
    let cut = cut_positions(&pair.columns, cut);
    let columns: Vec<String> = pair
        .columns
        .iter()
        .chain(secret)
        .map(|name| Ident(name).to_string())
        .collect();
    let sql = format!(
        "COPY {} ({}) FROM STDIN",
        Qualified(&pair.table),
        columns.join(", ")
    );
    let key_columns = pair.key();
    let mut copy = session.copy_in(&sql).await?;
    let mut text = Vec::with_capacity(COPY_BYTES);
    let mut key = Vec::new();
    let mut rows = difference.spool.reader()?;
    while let Some(change) = rows.next()? {
        let Change::Missing { wanted } = change else {
            continue;
        };
        push_cut(&mut text, wanted, &cut);
        if !secret.is_empty() {
            key.clear();
            key_columns.push_key(wanted, &mut key);
            let values = held.and_then(|held| held.get(&key));
            for place in 0..secret.len() {
                text.push(b'\t');
                let value = values
                    .and_then(|values| values.get(place))
                    .and_then(Option::as_deref);
                push_escaped(&mut text, value.map(str::as_bytes));
            }
        }
        text.push(b'\n');
        if text.len() >= COPY_BYTES {
            copy.send(&text).await?;
            text.clear();
        }
    }
    copy.send(&text).await?;
    let done = copy.finish().await?;
    expect(done, expected, &pair.table)
}
