//! Rows that come back, as the COPY text they are, with the secret values that the database still holds for them.

use super::apply::{expect, positions, table_of};
use super::known::KnownBroken;
use super::seen::Seen;
use super::state::Held;
use crate::Result;
use crate::company::Opened;
use crate::difference::{Change, TableDifference};
use crate::pg::{Ident, Qualified, Session};
use crate::rows::{fields, push_escaped};

/// Bytes of COPY text sent at once: little enough for the system to take it while the server is busy with what came
/// before, so that the next piece is made meanwhile.
const COPY_BYTES: usize = 64 << 10;

/// How rows come back.
pub(super) struct Missing<'a> {
    /// Secret values for them.
    pub(super) held: Option<&'a Held>,
    /// Columns that are left empty for now.
    pub(super) cut: &'a [&'a str],
    /// References that may lead nowhere.
    pub(super) known: &'a KnownBroken,
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

/// Inserts the missing rows of a table, and sees what they refer to.
///
/// # Errors
/// Errors of the connection; `changed_meanwhile` where another number of rows went in.
pub(super) async fn insert_missing(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    missing: &Missing<'_>,
    seen: &mut Seen<'_>,
) -> Result<()> {
    let expected = difference.counts().missing;
    if expected == 0 {
        return Ok(());
    }
    let held = missing.held.filter(|held| !held.is_empty());
    let pair = difference.pair.clone();
    let secret = secret_columns(opened, difference, held);
    let cut = cut_positions(&pair.columns, missing.cut);
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
    let table = table_of(opened, &pair.table)?;
    let mut seeing = seen.rows_of(opened, table, &pair, missing.known);
    let key_columns = pair.key();
    let mut copy = session.copy_in(&sql).await?;
    let mut text = Vec::with_capacity(COPY_BYTES);
    let mut key = Vec::new();
    let mut rows = difference.spool.reader()?;
    while let Some(change) = rows.next()? {
        let Change::Missing { wanted } = change else {
            continue;
        };
        seeing.see(&change);
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
    seeing.end();
    expect(done, expected, &pair.table)
}
