//! Rows of an archive in the order of a column's values. Rows are not moved: their values are, so written that
//! bytes order them, with the rows' numbers; then the page's rows are read. Near the beginning only the values
//! are held that come before the end of the page; farther on they are sorted, and spilled to our own disk.

use std::collections::{BTreeMap, BinaryHeap};

use super::filter::{Filters, position};
use super::kind::{Kind, invert};
use super::page::{MOST_BYTES, Page, PageQuery, ROWS_BETWEEN, values};
use crate::Result;
use crate::archive::{Reader, TableEntry};
use crate::cancel::{CancelToken, checkpoint};
use crate::rows::{KeyColumns, RowStream, SortSettings, Sorter, field_at, is_null, text_of};

/// Rows up to whose place values are held rather than sorted.
const MOST_HELD: u64 = 10_000;

/// Which way an order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The smallest first, NULL last.
    Ascending,
    /// The largest first, NULL last.
    Descending,
}

/// By what rows are ordered; equal ones stay as the archive has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The column.
    pub column: String,
    /// Which way.
    pub direction: Direction,
}

/// A page of the rows in that order.
///
/// # Errors
/// `usage` where the column is not there; archive errors; `disk_full`, `local_file` where values cannot be
/// spilled; `cancelled`.
pub(super) fn ordered_page(
    reader: &Reader,
    entry: &TableEntry,
    (query, order): (&PageQuery, &Order),
    filters: &Filters<'_>,
    sort: &SortSettings,
    cancel: &CancelToken,
) -> Result<Page> {
    let known = reader.manifest().catalog.tables.get(&entry.table);
    let read = Reading {
        kind: Kind::of(known, &order.column),
        position: position(reader.manifest(), entry, &order.column)?,
        direction: order.direction,
    };
    let end = query.offset.saturating_add(query.limit);
    let mut places = if end < MOST_HELD {
        Places::Held(
            BinaryHeap::new(),
            usize::try_from(end).unwrap_or(usize::MAX),
        )
    } else {
        // A place is known by its value alone, and by its number where values are equal.
        Places::Sorted(Sorter::new(KeyColumns::at(Vec::new()), sort.clone()))
    };
    let mut rows = reader.rows(&entry.table)?;
    let (mut number, mut key) = (0, Vec::new());
    while let Some(line) = rows.next_row()? {
        if number % ROWS_BETWEEN == 0 {
            checkpoint(cancel)?;
        }
        if filters.hold(line) {
            read.key(line, &mut key)?;
            places.add(&key, number)?;
        }
        number += 1;
    }
    let (mut numbers, mut has_more) = places.between(query.offset, query.limit)?;
    loop {
        if let Some(rows) = rows_at(reader, entry, &numbers, cancel)? {
            return Ok(Page { rows, has_more });
        }
        // So large that they are not held together: the others follow.
        numbers.truncate((numbers.len() / 2).max(1));
        has_more = true;
    }
}

/// Where rows stand in an order.
enum Places {
    /// The first so many, and one more.
    Held(BinaryHeap<(Vec<u8>, u64)>, usize),
    Sorted(Sorter),
}

impl Places {
    fn add(&mut self, key: &[u8], number: u64) -> Result<()> {
        match self {
            Self::Held(first, end) => {
                // Rows come in the order of their numbers, so that one with the last's key stands behind it.
                let is_among = first.len() <= *end
                    || first.peek().is_some_and(|(last, _)| key < last.as_slice());
                if is_among {
                    first.push((key.to_vec(), number));
                    if first.len() > *end + 1 {
                        first.pop();
                    }
                }
                Ok(())
            }
            Self::Sorted(sorter) => sorter.push_keyed(key, &number.to_be_bytes()),
        }
    }

    /// Numbers of so many rows from that place on, and whether more follow.
    fn between(self, offset: u64, limit: u64) -> Result<(Vec<u64>, bool)> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut numbers = Vec::new();
        match self {
            Self::Held(first, _) => {
                let first = first.into_sorted_vec().into_iter();
                let offset = usize::try_from(offset).unwrap_or(usize::MAX);
                let found = first.skip(offset).map(|(_, number)| number);
                numbers.extend(found.take(limit.saturating_add(1)));
            }
            Self::Sorted(sorter) => {
                let mut sorted = sorter.finish()?;
                let mut place = 0;
                while numbers.len() <= limit
                    && let Some(row) = sorted.next_row()?
                {
                    if place >= offset {
                        let number = row.line.try_into().map(u64::from_be_bytes);
                        numbers.push(number.unwrap_or(u64::MAX));
                    }
                    place += 1;
                }
            }
        }
        let has_more = numbers.len() > limit;
        numbers.truncate(limit);
        Ok((numbers, has_more))
    }
}

/// The rows of those numbers, in that order; `None` where several are too large to be held together.
fn rows_at(
    reader: &Reader,
    entry: &TableEntry,
    numbers: &[u64],
    cancel: &CancelToken,
) -> Result<Option<Vec<Vec<Option<String>>>>> {
    let places = numbers.iter().enumerate();
    let mut wanted: BTreeMap<u64, usize> = places.map(|(place, number)| (*number, place)).collect();
    let mut found: BTreeMap<usize, Vec<Option<String>>> = BTreeMap::new();
    let mut rows = reader.rows(&entry.table)?;
    let (mut number, mut byte_count) = (0, 0);
    while !wanted.is_empty() {
        if number % ROWS_BETWEEN == 0 {
            checkpoint(cancel)?;
        }
        let Some(line) = rows.next_row()? else { break };
        if let Some(place) = wanted.remove(&number) {
            byte_count += line.len();
            if byte_count > MOST_BYTES && numbers.len() > 1 {
                return Ok(None);
            }
            found.insert(place, values(entry, line)?);
        }
        number += 1;
    }
    Ok(Some(found.into_values().collect()))
}

struct Reading {
    kind: Kind,
    position: usize,
    direction: Direction,
}

impl Reading {
    /// Writes a row's value so that bytes order it.
    fn key(&self, line: &[u8], key: &mut Vec<u8>) -> Result<()> {
        key.clear();
        let field = field_at(line, self.position).filter(|field| !is_null(field));
        let text = match field {
            Some(field) => text_of(field)?,
            None => None,
        };
        let Some(text) = text else {
            // Behind every value, whichever way they go.
            key.push(0xff);
            return Ok(());
        };
        self.kind.push(&text, key);
        if self.direction == Direction::Descending {
            invert(key);
        }
        Ok(())
    }
}
