//! Rows of an archive in the order of a column's values. Rows are not moved: their values are, so encoded that
//! bytes order them, with the rows' numbers; then the page's rows are read. Near the beginning only the values
//! are held that come before the end of the page; farther on they are sorted, and spilled to our own disk.

use std::collections::{BTreeMap, BinaryHeap};

use super::page::{Filters, MOST_BYTES, Page, PageQuery, ROWS_BETWEEN, position, values};
use crate::archive::{Reader, TableEntry};
use crate::cancel::{CancelToken, checkpoint};
use crate::model::Table;
use crate::rows::{KeyColumns, RowStream, SortSettings, Sorter, field_at, is_null, text_of};
use crate::{Code, Error, Result};

/// Rows up to whose place values are held rather than sorted.
const MOST_HELD: u64 = 10_000;
/// Bytes of a value that decide where it stands.
const DECIDING_BYTES: usize = 1024;

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
        position: position(entry, &order.column)?,
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
    let (numbers, has_more) = places.between(query.offset, query.limit)?;
    let mut page = rows_at(reader, entry, &numbers, cancel)?;
    page.has_more = has_more;
    Ok(page)
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

/// The rows of those numbers, in that order.
fn rows_at(
    reader: &Reader,
    entry: &TableEntry,
    numbers: &[u64],
    cancel: &CancelToken,
) -> Result<Page> {
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
            if byte_count > MOST_BYTES {
                return Err(Error::new(
                    Code::RowTooLarge,
                    "The rows of this page are too large to be looked at together.",
                )
                .hint("Look at fewer at once.")
                .with("limit_bytes", MOST_BYTES));
            }
            found.insert(place, values(entry, line)?);
        }
        number += 1;
    }
    Ok(Page {
        rows: found.into_values().collect(),
        has_more: false,
    })
}

/// How values of a column compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Exact decimals.
    Decimal,
    /// Numbers with an exponent.
    Float,
    /// Texts by their bytes, and what is written so that bytes order it.
    Text,
}

impl Kind {
    fn of(known: Option<&Table>, column: &str) -> Self {
        let column = known.and_then(|table| table.column(column));
        let type_name = column.map_or("", |column| column.type_name.as_str());
        match type_name.split('(').next().unwrap_or_default().trim() {
            "numeric" | "integer" | "bigint" | "smallint" => Self::Decimal,
            "double precision" | "real" => Self::Float,
            _ => Self::Text,
        }
    }
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
        match (text, self.kind) {
            // Behind every value, whichever way they go.
            (None, _) => {
                key.push(0xff);
                return Ok(());
            }
            (Some(text), Kind::Decimal) => push_decimal(&text, key),
            (Some(text), Kind::Float) => push_float(text.parse().unwrap_or(f64::NAN), key),
            (Some(text), Kind::Text) => push_text(&text, key),
        }
        if self.direction == Direction::Descending {
            invert(key);
        }
        Ok(())
    }
}

/// What was smaller is larger.
fn invert(bytes: &mut [u8]) {
    for byte in bytes {
        *byte = !*byte;
    }
}

/// A text ends with a byte that is below all others, so that it stands before those that it begins.
fn push_text(text: &str, key: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    key.push(1);
    key.extend_from_slice(bytes.get(..DECIDING_BYTES).unwrap_or(bytes));
    key.push(0);
}

/// As the database has it, what is no number comes last, and both zeros are one.
fn push_float(number: f64, key: &mut Vec<u8>) {
    let bits = match number {
        _ if number.is_nan() => u64::MAX,
        0.0 => 1 << 63,
        _ if number.is_sign_negative() => !number.to_bits(),
        _ => number.to_bits() | 1 << 63,
    };
    key.push(1);
    key.extend_from_slice(&bits.to_be_bytes());
}

/// By the sign, how many digits stand before the point, and all digits; around them minus infinity, infinity
/// and what is no number.
fn push_decimal(text: &str, key: &mut Vec<u8>) {
    let (sign, digits) = match text {
        "-Infinity" => return key.push(1),
        "Infinity" => return key.push(4),
        "NaN" => return key.push(5),
        _ => match text.strip_prefix('-') {
            Some(digits) => (2, digits),
            None => (3, text),
        },
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.trim_start_matches('0').as_bytes();
    let fraction = fraction.trim_end_matches('0').as_bytes();
    let is_zero = whole.is_empty() && fraction.is_empty();
    let sign = if is_zero { 3 } else { sign };
    key.push(sign);
    let start = key.len();
    let length = u32::try_from(whole.len()).unwrap_or(u32::MAX);
    key.extend_from_slice(&length.to_be_bytes());
    key.extend_from_slice(whole);
    key.extend_from_slice(fraction);
    key.push(0);
    if sign == 2 {
        invert(key.get_mut(start..).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_ordered(written: fn(&str) -> Vec<u8>, ordered: &[&str]) {
        for (place, one) in ordered.iter().enumerate() {
            for (other_place, other) in ordered.iter().enumerate() {
                let (one_key, other_key) = (written(one), written(other));
                let (mut down, mut other_down) = (one_key.clone(), other_key.clone());
                invert(&mut down);
                invert(&mut other_down);
                let expected = place.cmp(&other_place);
                assert_eq!(one_key.cmp(&other_key), expected, "{one} {other}");
                assert_eq!(other_down.cmp(&down), expected, "{one} {other}");
            }
        }
    }

    fn decimal(text: &str) -> Vec<u8> {
        let mut key = Vec::new();
        push_decimal(text, &mut key);
        key
    }

    fn float(text: &str) -> Vec<u8> {
        let mut key = Vec::new();
        push_float(text.parse().unwrap(), &mut key);
        key
    }

    fn text(text: &str) -> Vec<u8> {
        let mut key = Vec::new();
        push_text(text, &mut key);
        key
    }

    #[test]
    fn decimals_are_ordered_by_what_they_are_worth_to_the_last_digit() {
        let ordered = [
            "-Infinity",
            "-1000",
            "-9.51",
            "-9.5",
            "-9.49",
            "-0.001",
            "0",
            "0.00000000000000000001",
            "0.00000000000000000002",
            "9.5",
            "9.51",
            "10",
            "9007199254740992",
            "9007199254740993",
            "Infinity",
            "NaN",
        ];
        assert_ordered(decimal, &ordered);
        assert_eq!(decimal("-0.00"), decimal("0"));
        assert_eq!(decimal("1.50"), decimal("1.5"));
    }

    #[test]
    fn numbers_with_an_exponent_and_texts_are_ordered() {
        let ordered = [
            "-inf", "-1e300", "-1", "-1e-300", "0", "1e-300", "1", "1e300", "inf", "nan",
        ];
        assert_ordered(float, &ordered);
        assert_eq!(float("-0"), float("0"));
        assert_ordered(text, &["", "a", "a\u{1}", "a b", "ab", "b", "ä"]);
    }
}
