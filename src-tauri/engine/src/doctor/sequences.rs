//! Sequences whose next value some row has already, so that the application's next insert would fail.
//!
//! A sequence is everybody's: it is compared with the rows of all companies, and raised, never lowered.

use crate::Result;
use crate::company::Opened;
use crate::model::TableName;
use crate::pg::{Ident, Qualified, Session, fetch_text_arrays};

const SEQUENCES: &str = include_str!("sequences.sql");

/// A sequence that is behind its column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Behind {
    /// The table.
    pub table: TableName,
    /// The column that takes its values from the sequence.
    pub column: String,
    /// The sequence.
    pub sequence: TableName,
    /// Rows of all companies whose value the sequence has yet to give.
    pub row_count: u64,
    /// Whether the session's role may raise it.
    pub may_raise: bool,
}

/// What was found, and what this role may not read.
pub(super) struct Sequences {
    pub(super) behind: Vec<Behind>,
    pub(super) unreadable: Vec<String>,
}

/// Looks at the sequences of the tables that are in a backup.
///
/// # Errors
/// Errors of the connection.
pub(super) async fn behind(session: &mut Session, opened: &Opened) -> Result<Sequences> {
    let mut owned = Vec::new();
    for name in opened.archived_tables() {
        let columns = opened
            .schema
            .tables
            .get(&name)
            .map(|table| table.columns.as_slice());
        for column in columns.unwrap_or_default() {
            if let Some(sequence) = &column.sequence {
                owned.push((name.clone(), column.name.clone(), sequence.clone()));
            }
        }
    }
    let names = |part: fn(&TableName) -> &String| -> Vec<Option<String>> {
        let sequences = owned.iter().map(|(_, _, sequence)| sequence);
        sequences
            .map(|sequence| Some(part(sequence).clone()))
            .collect()
    };
    let asked = [names(|name| &name.schema), names(|name| &name.name)];
    let mut found = Sequences {
        behind: Vec::new(),
        unreadable: Vec::new(),
    };
    for row in fetch_text_arrays(session, SEQUENCES, &asked).await? {
        let [Some(place), may_read, may_raise, counts_up] = row.as_slice() else {
            continue;
        };
        let place = place.parse::<usize>().unwrap_or_default().checked_sub(1);
        let Some((table, column, sequence)) = place.and_then(|place| owned.get(place)) else {
            continue;
        };
        let is = |cell: &Option<String>| cell.as_deref() == Some("true");
        if !is(may_read) {
            found.unreadable.push(opened.profile.written(sequence));
            continue;
        }
        if !is(counts_up) {
            continue;
        }
        let row_count = rows_ahead(session, table, column, sequence).await?;
        if row_count > 0 {
            found.behind.push(Behind {
                table: table.clone(),
                column: column.clone(),
                sequence: sequence.clone(),
                row_count,
                may_raise: is(may_raise),
            });
        }
    }
    Ok(found)
}

async fn rows_ahead(
    session: &mut Session,
    table: &TableName,
    column: &str,
    sequence: &TableName,
) -> Result<u64> {
    let sql = format!(
        "SELECT count(*)::text FROM {} AS t, {} AS s \
         WHERE t.{column}::bigint > s.last_value OR (t.{column}::bigint = s.last_value AND NOT s.is_called)",
        Qualified(table),
        Qualified(sequence),
        column = Ident(column),
    );
    let rows = session.fetch_text_rows(&sql, &[]).await?;
    let count = rows.into_iter().flatten().flatten().next();
    Ok(count.and_then(|count| count.parse().ok()).unwrap_or(0))
}
