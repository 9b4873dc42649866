//! A wanted state that is the found one with a few edits: rows that go, and columns that become NULL.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::merge::Change;
use super::pairing::TablePair;
use super::sink::RowSink;
use super::spool::SpoolWriter;
use super::table::{LeftBehind, TableDifference};
use crate::Result;
use crate::rows::{Row, RowHasher, RowStream, fields};

/// Edits of one table's rows, by their keys in the form by which rows are ordered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edits {
    /// Rows that go.
    pub going: HashSet<Vec<u8>>,
    /// Rows that stay, with the columns that become NULL.
    pub emptied: HashMap<Vec<u8>, BTreeSet<String>>,
}

/// Makes the difference that the edits are, feeding the rows found into `sink` on the way.
///
/// A row that is known by all of its columns cannot change: it goes, and comes back edited.
///
/// # Errors
/// What the source and the sink return.
pub fn edit_table(
    pair: TablePair,
    edits: &Edits,
    found: &mut dyn RowStream,
    mut sink: Option<RowSink>,
    spool_folder: &std::path::Path,
) -> Result<TableDifference> {
    let mut writer = SpoolWriter::new(spool_folder);
    let (mut before, mut after) = (RowHasher::default(), RowHasher::default());
    let whole_row = pair.key_columns.is_empty();
    let mut wanted = Vec::new();
    while let Some(Row { key, line }) = found.next_row()? {
        before.add(line);
        if let Some(sink) = &mut sink {
            sink.push(line)?;
        }
        if edits.going.contains(key) {
            writer.push(Change::Extra { found: line })?;
            continue;
        }
        let Some(columns) = edits.emptied.get(key) else {
            after.add(line);
            writer.push(Change::Same { found: line })?;
            continue;
        };
        empty(&pair, line, columns, &mut wanted);
        after.add(&wanted);
        let wanted = wanted.as_slice();
        if whole_row {
            writer.push(Change::Extra { found: line })?;
            writer.push(Change::Missing { wanted })?;
        } else {
            let found = line;
            writer.push(Change::Changed { wanted, found })?;
        }
    }
    // A row known by all of its columns stands elsewhere in the order once it is edited.
    let knows_after = !whole_row || edits.emptied.is_empty();
    Ok(TableDifference {
        pair,
        found: before.finish(),
        after: knows_after.then(|| after.finish()),
        left_behind: LeftBehind::default(),
        sunk: sink.map(RowSink::finish).transpose()?,
        spool: writer.finish()?,
    })
}

/// The line with NULL in those columns.
fn empty(pair: &TablePair, line: &[u8], columns: &BTreeSet<String>, wanted: &mut Vec<u8>) {
    wanted.clear();
    for (position, field) in fields(line).enumerate() {
        if position > 0 {
            wanted.push(b'\t');
        }
        let is_emptied = pair
            .columns
            .get(position)
            .is_some_and(|column| columns.contains(column));
        wanted.extend_from_slice(if is_emptied { b"\\N" } else { field });
    }
}
