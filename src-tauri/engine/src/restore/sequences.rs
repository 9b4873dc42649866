//! Sequences that are behind their columns are raised, never lowered: every company uses them.

use std::time::Duration;

use super::lock;
use crate::Result;
use crate::company::Opened;
use crate::model::TableName;
use crate::pg::{Ident, Qualified, Session};

/// Raises a sequence to the highest value of its column among the rows `t` for which that condition
/// holds, where its next value would not be higher.
///
/// # Errors
/// Errors of the connection.
pub(crate) async fn raise(
    session: &mut Session,
    table: &TableName,
    column: &str,
    sequence: &TableName,
    condition: &str,
) -> Result<()> {
    let sql = format!(
        "SELECT setval($1::text::regclass, m.top)::text FROM \
         (SELECT max(t.{})::bigint AS top FROM {} AS t WHERE {condition}) AS m, {} AS s \
         WHERE m.top > s.last_value OR (m.top = s.last_value AND NOT s.is_called)",
        Ident(column),
        Qualified(table),
        Qualified(sequence),
    );
    let name = Qualified(sequence).to_string();
    session.fetch_text_rows(&sql, &[Some(&name)]).await?;
    Ok(())
}

/// Raises sequences above the rows of all companies, with writers of their tables held off: a value given
/// meanwhile must not be given again.
///
/// # Errors
/// `lock_not_had`; errors of the connection.
pub async fn raise_sequences(
    opened: &Opened,
    columns: &[(TableName, String, TableName)],
    patience: Duration,
) -> Result<()> {
    let mut session = Session::open(&opened.settings).await?;
    let tables: Vec<TableName> = columns.iter().map(|(table, _, _)| table.clone()).collect();
    lock::begin_locked(&mut session, &tables, patience).await?;
    for (table, column, sequence) in columns {
        raise(&mut session, table, column, sequence, "true").await?;
    }
    session.commit().await?;
    session.close().await;
    Ok(())
}
