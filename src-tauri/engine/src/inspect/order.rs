//! Rows of an archive in the order of a column's values. Nothing is sorted as a whole: of all rows only the
//! values are held that come before the end of the page, and then the page's rows are read.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BinaryHeap};

use super::page::{Filters, MOST_BYTES, Page, PageQuery, ROWS_BETWEEN, position, values};
use crate::archive::{Reader, TableEntry};
use crate::cancel::{CancelToken, checkpoint};
use crate::model::Table;
use crate::rows::{field_at, is_null, text_of};
use crate::{Code, Error, Result};

/// Rows of an order that can be looked at: their values are held in memory.
pub const MOST_ORDERED: u64 = 10_000;
/// Bytes of a value that decide where it stands.
const DECIDING_BYTES: usize = 1024;

/// Which way an order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The smallest first, NULL last.
    Ascending,
    /// NULL first, the smallest last.
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
/// `usage` where the column is not there or the page lies too far on; archive errors; `cancelled`.
pub(super) fn ordered_page(
    reader: &Reader,
    entry: &TableEntry,
    (query, order): (&PageQuery, &Order),
    filters: &Filters<'_>,
    cancel: &CancelToken,
) -> Result<Page> {
    let end = query.offset.saturating_add(query.limit);
    if end > MOST_ORDERED {
        return Err(Error::new(
            Code::Usage,
            "Only the first rows of an order can be looked at.",
        )
        .hint("Filter them, or order them the other way round.")
        .with("row_limit", MOST_ORDERED));
    }
    let known = reader.manifest().catalog.tables.get(&entry.table);
    let position = position(entry, &order.column)?;
    let read = Reading {
        kind: Kind::of(known, &order.column),
        position,
        direction: order.direction,
    };
    // One more than the page needs tells whether more follow.
    let kept = usize::try_from(end + 1).unwrap_or(usize::MAX);
    let mut first: BinaryHeap<Place> = BinaryHeap::with_capacity(kept + 1);
    let mut rows = reader.rows(&entry.table)?;
    let mut number = 0;
    while let Some(line) = rows.next_row()? {
        if number % ROWS_BETWEEN == 0 {
            checkpoint(cancel)?;
        }
        if filters.hold(line) {
            let place = read.place(line, number)?;
            let is_among = first.len() < kept || first.peek().is_some_and(|last| place < *last);
            if is_among {
                first.push(place);
                if first.len() > kept {
                    first.pop();
                }
            }
        }
        number += 1;
    }
    let first = first.into_sorted_vec();
    let has_more = first.len() as u64 > end;
    let offset = usize::try_from(query.offset).unwrap_or(usize::MAX);
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let numbers = first.iter().skip(offset).take(limit);
    let numbers: Vec<u64> = numbers.map(|place| place.number).collect();
    let mut page = rows_at(reader, entry, &numbers, cancel)?;
    page.has_more |= has_more;
    Ok(page)
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
    fn place(&self, line: &[u8], number: u64) -> Result<Place> {
        let field = field_at(line, self.position).filter(|field| !is_null(field));
        let text = match field {
            Some(field) => text_of(field)?,
            None => None,
        };
        let value = text.map(|text| match self.kind {
            Kind::Decimal => Value::decimal(&text),
            Kind::Float => Value::Float(text.parse().unwrap_or(f64::NAN)),
            Kind::Text => {
                let mut bytes = text.into_bytes();
                bytes.truncate(DECIDING_BYTES);
                Value::Text(bytes)
            }
        });
        Ok(Place {
            value,
            direction: self.direction,
            number,
        })
    }
}

/// Where a row stands in the order.
#[derive(Debug)]
struct Place {
    value: Option<Value>,
    direction: Direction,
    number: u64,
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_value = match (&self.value, &other.value) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(one), Some(other)) => one.compare(other),
        };
        let by_value = match self.direction {
            Direction::Ascending => by_value,
            Direction::Descending => by_value.reverse(),
        };
        by_value.then(self.number.cmp(&other.number))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Place {}

/// A value as far as it decides where a row stands.
#[derive(Debug)]
enum Value {
    /// Sign, digits before the point without leading zeros, digits behind it.
    Decimal(Sign, Vec<u8>, Vec<u8>),
    Float(f64),
    Text(Vec<u8>),
    /// Minus infinity, infinity and not a number, which stand around all decimals.
    Beyond(i8),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    Negative,
    Positive,
}

impl Value {
    fn decimal(text: &str) -> Self {
        match text {
            "-Infinity" => return Self::Beyond(-1),
            "Infinity" => return Self::Beyond(1),
            "NaN" => return Self::Beyond(2),
            _ => {}
        }
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (Sign::Negative, digits),
            None => (Sign::Positive, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let whole = whole.trim_start_matches('0').as_bytes().to_vec();
        let fraction = fraction.trim_end_matches('0').as_bytes().to_vec();
        let is_zero = whole.is_empty() && fraction.is_empty();
        let sign = if is_zero { Sign::Positive } else { sign };
        Self::Decimal(sign, whole, fraction)
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Decimal(sign, whole, fraction), Self::Decimal(other_sign, others, behind)) => {
                let size = || {
                    let by_length = whole.len().cmp(&others.len());
                    by_length
                        .then_with(|| whole.cmp(others))
                        .then_with(|| fraction.cmp(behind))
                };
                sign.cmp(other_sign).then_with(|| match sign {
                    Sign::Positive => size(),
                    Sign::Negative => size().reverse(),
                })
            }
            (Self::Beyond(one), Self::Beyond(other)) => one.cmp(other),
            (Self::Beyond(one), _) => one.cmp(&0),
            (_, Self::Beyond(other)) => 0.cmp(other),
            // As the database has it, what is no number comes last.
            (Self::Float(one), Self::Float(other)) => match (one.is_nan(), other.is_nan()) {
                (false, false) => one.partial_cmp(other).unwrap_or(Ordering::Equal),
                (is, other) => is.cmp(&other),
            },
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            // All values of a column are of one kind.
            _ => Ordering::Equal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_ordered_by_what_they_are_worth_to_the_last_digit() {
        let ordered = [
            "-Infinity",
            "-1000",
            "-9.5",
            "-9.49",
            "-0.001",
            "0",
            "0.00000000000000000001",
            "0.00000000000000000002",
            "9.5",
            "10",
            "9007199254740992",
            "9007199254740993",
            "Infinity",
            "NaN",
        ];
        for (place, one) in ordered.iter().enumerate() {
            for (other_place, other) in ordered.iter().enumerate() {
                let compared = Value::decimal(one).compare(&Value::decimal(other));
                assert_eq!(compared, place.cmp(&other_place), "{one} {other}");
            }
        }
        let same = Value::decimal("-0.00").compare(&Value::decimal("0"));
        assert_eq!(same, Ordering::Equal);
        assert_eq!(
            Value::decimal("1.50").compare(&Value::decimal("1.5")),
            Ordering::Equal
        );
    }
}
