//! Rows named by their keys, between SQL and the order in which a pass reads them.

use std::collections::HashSet;

use crate::Result;
use crate::company::Opened;
use crate::difference::live;
use crate::model::TableName;
use crate::pg::Ident;
use crate::rows::{KeyColumns, push_escaped};

/// The columns that name a row of that table: its key, or all that travel.
pub(super) fn key_names(opened: &Opened, table: &TableName) -> Vec<String> {
    let columns = live::travelling_columns(&opened.schema, &opened.scope, table);
    let key = live::key_columns(&opened.schema, table, &columns);
    if key.is_empty() { columns } else { key }
}

/// A column as the text that COPY would give, which a cast to text is not for every type.
pub(super) fn as_text(alias: &str, column: &str) -> String {
    let column = Ident(column);
    format!("CASE WHEN {alias}.{column} IS NOT NULL THEN format('%s', {alias}.{column}) END")
}

/// Rows of text values as key lines.
pub(super) fn key_lines(rows: Vec<Vec<Option<String>>>) -> HashSet<Vec<u8>> {
    rows.iter().map(|row| key_line(row)).collect()
}

/// Text values as one line.
pub(super) fn key_line(row: &[Option<String>]) -> Vec<u8> {
    let mut line = Vec::new();
    for (place, value) in row.iter().enumerate() {
        if place > 0 {
            line.push(b'\t');
        }
        push_escaped(&mut line, value.as_deref().map(str::as_bytes));
    }
    line
}

/// Key lines as one array for each column.
pub(super) fn columns_of(
    width: usize,
    lines: &HashSet<Vec<u8>>,
) -> Result<Vec<Vec<Option<String>>>> {
    let mut columns = vec![Vec::with_capacity(lines.len()); width];
    for line in lines {
        for (column, field) in columns.iter_mut().zip(crate::rows::fields(line)) {
            column.push(crate::rows::text_of(field)?);
        }
    }
    Ok(columns)
}

/// Key lines (key columns only) in the form by which rows are ordered.
pub(super) fn encode_keys<'a>(
    width: usize,
    lines: impl IntoIterator<Item = &'a Vec<u8>>,
) -> impl Iterator<Item = Vec<u8>> {
    let columns = KeyColumns::at((0..width).collect());
    lines.into_iter().map(move |line| {
        let mut key = Vec::new();
        columns.push_key(line, &mut key);
        key
    })
}
