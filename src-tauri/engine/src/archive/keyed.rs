//! The rows of a table with the key by which the archive has them in order.

use super::failure;
use super::reader::Reader;
use super::row_reader::RowReader;
use crate::Result;
use crate::model::TableName;
use crate::rows::{KeyColumns, Row, RowStream};

/// Rows in the order of their keys, as the archive has them.
pub struct KeyedRows {
    rows: RowReader,
    columns: KeyColumns,
    key: Vec<u8>,
}

impl KeyedRows {
    pub(super) fn new(rows: RowReader, columns: KeyColumns) -> Self {
        Self {
            rows,
            columns,
            key: Vec::new(),
        }
    }
}

impl RowStream for KeyedRows {
    fn next_row(&mut self) -> Result<Option<Row<'_>>> {
        let Some(line) = self.rows.next_row()? else {
            return Ok(None);
        };
        self.key.clear();
        self.columns.push_key(line, &mut self.key);
        Ok(Some(Row {
            key: &self.key,
            line,
        }))
    }
}

impl Reader {
    /// The rows of a table, each with its key.
    ///
    /// # Errors
    /// As [`rows`](Self::rows).
    pub fn keyed_rows(&self, table: &TableName) -> Result<KeyedRows> {
        let rows = self.rows(table)?;
        let entry = self.manifest().table(table);
        let entry = entry.ok_or_else(|| failure::defect("a table has no entry"))?;
        Ok(KeyedRows::new(rows, entry.key()))
    }
}
