use super::filter::{Filter, Filters};
use super::key::find_row;
use super::order::{Order, ordered_page};
use crate::archive::{Reader, TableEntry};
use crate::cancel::{CancelToken, checkpoint};
use crate::rows::{SortSettings, fields, text_of};
use crate::{Code, Error, Result};

/// Bytes of COPY text after which a page ends early, with more to follow: rows may be of any size.
pub(super) const MOST_BYTES: usize = 64 << 20;

/// Rows between two looks at the token.
pub(super) const ROWS_BETWEEN: u64 = 4096;

/// Which rows of a table are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageQuery {
    /// All of these hold.
    pub filters: Vec<Filter>,
    /// In which order; as the archive has them where there is none.
    pub order: Option<Order>,
    /// How many of those rows come before the first.
    pub offset: u64,
    /// The most rows.
    pub limit: u64,
}

/// Some rows of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The values, in the order of the table's columns; `None` for NULL. Fewer than were asked for where they are
    /// large.
    pub rows: Vec<Vec<Option<String>>>,
    /// Whether more rows follow.
    pub has_more: bool,
}

/// Reads some rows of a table, and of the archive no more than it takes. An order is made as `sort` says.
///
/// # Errors
/// `usage` where a column is not there, or a value cannot be one of its own; archive errors; `disk_full`, `local_file` where an order cannot be
/// made; `cancelled`.
pub fn page(
    reader: &Reader,
    entry: &TableEntry,
    query: &PageQuery,
    sort: &SortSettings,
    cancel: &CancelToken,
) -> Result<Page> {
    let filters = Filters::new(reader, entry, &query.filters)?;
    if let Some(key) = filters.whole_key(entry) {
        let found = find_row(reader, entry, &key)?;
        let found = found.filter(|line| query.offset == 0 && query.limit > 0 && filters.hold(line));
        let rows = found.iter().map(|line| values(entry, line));
        return Ok(Page {
            rows: rows.collect::<Result<_>>()?,
            has_more: false,
        });
    }
    if let Some(order) = &query.order {
        return ordered_page(reader, entry, (query, order), &filters, sort, cancel);
    }
    let mut rows = reader.rows(&entry.table)?;
    let mut page = Page {
        rows: Vec::new(),
        has_more: false,
    };
    let (mut passed, mut byte_count) = (0, 0);
    loop {
        if rows.row_count().is_multiple_of(ROWS_BETWEEN) {
            checkpoint(cancel)?;
        }
        let Some(line) = rows.next_row()? else {
            return Ok(page);
        };
        if !filters.hold(line) {
            continue;
        }
        passed += 1;
        if passed <= query.offset {
            continue;
        }
        if page.rows.len() as u64 >= query.limit || byte_count > MOST_BYTES {
            page.has_more = true;
            return Ok(page);
        }
        byte_count += line.len();
        page.rows.push(values(entry, line)?);
    }
}

/// A line's values, as many as the table has columns.
///
/// # Errors
/// `archive_mismatch` where there are more or fewer; `archive_damaged` where one is not UTF-8.
pub(super) fn values(entry: &TableEntry, line: &[u8]) -> Result<Vec<Option<String>>> {
    let values: Vec<Option<String>> = fields(line).map(text_of).collect::<Result<_>>()?;
    if values.len() == entry.columns.len() {
        return Ok(values);
    }
    Err(Error::new(
        Code::ArchiveMismatch,
        "A row does not have as many columns as the manifest says.",
    )
    .with("table", &entry.table))
}
