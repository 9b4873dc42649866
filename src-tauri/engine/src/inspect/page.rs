use crate::archive::{Reader, TableEntry};
use crate::cancel::{CancelToken, checkpoint};
use crate::rows::{field_at, fields, is_null, text_of, unescape};
use crate::{Code, Error, Result};

/// Bytes of COPY text after which a page ends early: rows may be of any size.
const MOST_BYTES: usize = 64 << 20;

/// Rows between two looks at the token.
const ROWS_BETWEEN: u64 = 4096;

/// Only rows whose column has that value, exactly as the database writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The column.
    pub column: String,
    /// The value.
    pub value: String,
}

/// Which rows of a table are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageQuery {
    /// All of these hold.
    pub filters: Vec<Filter>,
    /// How many of those rows come before the first.
    pub offset: u64,
    /// The most rows.
    pub limit: u64,
}

/// Some rows of a table, in the order of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The values, in the order of the table's columns; `None` for NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// Whether more rows follow.
    pub has_more: bool,
}

/// Reads some rows of a table, and of the archive no more than it takes.
///
/// # Errors
/// `usage` where a column is not there; archive errors; `cancelled`.
pub fn page(
    reader: &Reader,
    entry: &TableEntry,
    query: &PageQuery,
    cancel: &CancelToken,
) -> Result<Page> {
    let filters = positions(entry, &query.filters)?;
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
        let holds = |(position, value): &(usize, &[u8])| {
            let field = field_at(line, *position).filter(|field| !is_null(field));
            field.is_some_and(|field| unescape(field).as_ref() == *value)
        };
        if !filters.iter().all(holds) {
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

/// Where the columns of filters stand.
fn positions<'a>(entry: &TableEntry, filters: &'a [Filter]) -> Result<Vec<(usize, &'a [u8])>> {
    let found = filters.iter().map(|filter| {
        let mut columns = entry.columns.iter();
        let position = columns.position(|name| *name == filter.column);
        let position = position.ok_or_else(|| {
            Error::new(Code::Usage, "The table has no such column.")
                .with("table", &entry.table)
                .with("column", &filter.column)
                .with("columns", entry.columns.join(", "))
        })?;
        Ok((position, filter.value.as_bytes()))
    });
    found.collect()
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
