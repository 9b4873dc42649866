use super::key::find_row;
use super::order::{Order, ordered_page};
use crate::archive::{Reader, TableEntry};
use crate::cancel::{CancelToken, checkpoint};
use crate::rows::{SortSettings, field_at, fields, is_null, text_of, unescape};
use crate::{Code, Error, Result};

/// Bytes of COPY text after which a page ends early: rows may be of any size.
pub(super) const MOST_BYTES: usize = 64 << 20;

/// Rows between two looks at the token.
pub(super) const ROWS_BETWEEN: u64 = 4096;

/// How a value is like the one of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// Exactly, as the database writes it.
    Equal,
    /// It has it inside, whatever the case of the letters.
    Contains,
}

/// Only rows whose column has a value like that one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The column.
    pub column: String,
    /// How.
    pub likeness: Likeness,
    /// The value.
    pub value: String,
}

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
    /// The values, in the order of the table's columns; `None` for NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// Whether more rows follow.
    pub has_more: bool,
}

/// Reads some rows of a table, and of the archive no more than it takes. An order is made as `sort` says.
///
/// # Errors
/// `usage` where a column is not there; archive errors; `disk_full`, `local_file` where an order cannot be
/// made; `cancelled`.
pub fn page(
    reader: &Reader,
    entry: &TableEntry,
    query: &PageQuery,
    sort: &SortSettings,
    cancel: &CancelToken,
) -> Result<Page> {
    let filters = Filters::new(entry, &query.filters)?;
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

/// Filters with the places of their columns.
pub(super) struct Filters<'a> {
    filters: Vec<(usize, &'a Filter, String)>,
}

impl<'a> Filters<'a> {
    fn new(entry: &TableEntry, filters: &'a [Filter]) -> Result<Self> {
        let placed = filters.iter().map(|filter| {
            let position = position(entry, &filter.column)?;
            Ok((position, filter, filter.value.to_lowercase()))
        });
        Ok(Self {
            filters: placed.collect::<Result<_>>()?,
        })
    }

    /// Whether a line is like all of them.
    pub(super) fn hold(&self, line: &[u8]) -> bool {
        self.filters.iter().all(|(position, filter, lowered)| {
            let field = field_at(line, *position).filter(|field| !is_null(field));
            let Some(value) = field.map(unescape) else {
                return false;
            };
            match filter.likeness {
                Likeness::Equal => value.as_ref() == filter.value.as_bytes(),
                Likeness::Contains => {
                    let text = String::from_utf8_lossy(&value);
                    text.to_lowercase().contains(lowered)
                }
            }
        })
    }

    /// The values of the whole key, where the filters name it: there is one such row at most.
    fn whole_key(&self, entry: &TableEntry) -> Option<Vec<String>> {
        let value = |key: &String| {
            let mut equal = self.filters.iter().filter(|(_, filter, _)| {
                filter.likeness == Likeness::Equal && filter.column == *key
            });
            equal.next().map(|(_, filter, _)| filter.value.clone())
        };
        let values: Option<Vec<String>> = entry.key_columns.iter().map(value).collect();
        values.filter(|values| !values.is_empty())
    }
}

/// Where a column stands.
///
/// # Errors
/// `usage` where it is not there.
pub(super) fn position(entry: &TableEntry, column: &str) -> Result<usize> {
    let mut columns = entry.columns.iter();
    columns.position(|name| name == column).ok_or_else(|| {
        Error::new(Code::Usage, "The table has no such column.")
            .with("table", &entry.table)
            .with("column", column)
            .with("columns", entry.columns.join(", "))
    })
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
