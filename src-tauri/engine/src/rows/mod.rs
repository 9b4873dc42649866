//! Rows as COPY text: fields, keys and the external sort.
//!
//! A row is one line without its newline, columns apart by tabs, exactly as the server sent it. Rows
//! are ordered by the unescaped bytes of their key columns, so that two sources of the same table
//! merge in constant memory.

mod field;
mod fingerprint;
mod key;
mod sort;
mod spares;

pub use field::{field_at, fields, is_null, push_escaped, text_of, unescape};
pub use fingerprint::{Fingerprint, RowHasher};
pub use key::KeyColumns;
pub use sort::{SortSettings, SortedRows, Sorter};
pub use spares::Spares;

/// A row with the key by which it is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row<'a> {
    /// The key, so encoded that comparing bytes compares keys (see [`KeyColumns`]).
    pub key: &'a [u8],
    /// The line, without newline.
    pub line: &'a [u8],
}

/// Rows in ascending order of their keys, one at a time.
pub trait RowStream {
    /// The next row, or `None` at the end; the row is valid until the next call.
    ///
    /// # Errors
    /// Whatever the source meets; a failed stream never looks like its end.
    fn next_row(&mut self) -> crate::Result<Option<Row<'_>>>;
}
