//! The tables that people look at: who bought what, from whom, at which price, and how that was
//! booked.
//!
//! Documents of a kind are numbered, the oldest first. The same number is the same deal: order 7
//! was quoted as quote 7, shipped as shipment 7 and invoiced as invoice 7; their lines carry the
//! same numbers too. Younger deals have got less far, so there are fewer shipments than orders.

mod books;
mod customers;
mod firm;
mod items;
mod ledgers;
mod people;
mod production;
mod purchasing;
mod rest;
mod sales;

use std::ops::Range;

pub(super) use people::user_id;

use super::cell::Cell;
use super::plan::{StoryChoice, StoryValue};
use super::world::{Row, TODAY};

/// The hand-made value of a column, where there is one.
pub(super) fn value(table: &str, column: &str) -> Option<StoryValue> {
    firm::value(table, column)
        .or_else(|| people::value(table, column))
        .or_else(|| items::value(table, column))
        .or_else(|| customers::value(table, column))
        .or_else(|| sales::value(table, column))
        .or_else(|| purchasing::value(table, column))
        .or_else(|| production::value(table, column))
        .or_else(|| ledgers::value(table, column))
        .or_else(|| books::value(table, column))
        .or_else(|| rest::value(table, column))
}

/// The hand-made choice of the row that a column refers to, where there is one.
pub(super) fn choice(table: &str, column: &str) -> Option<StoryChoice> {
    firm::choice(table, column)
        .or_else(|| people::choice(table, column))
        .or_else(|| items::choice(table, column))
        .or_else(|| customers::choice(table, column))
        .or_else(|| sales::choice(table, column))
        .or_else(|| purchasing::choice(table, column))
        .or_else(|| production::choice(table, column))
        .or_else(|| ledgers::choice(table, column))
        .or_else(|| books::choice(table, column))
        .or_else(|| rest::choice(table, column))
}

/// How many lines ten documents in a row have: thirty together.
const LINES: [u64; 10] = [1, 3, 2, 5, 4, 1, 2, 6, 3, 3];

/// The document that a line belongs to.
fn document_of(line: u64) -> u64 {
    let mut rest = line % 30;
    for (at, lines) in (0..).zip(LINES) {
        if rest < lines {
            return line / 30 * 10 + at;
        }
        rest -= lines;
    }
    line / 30 * 10
}

/// The lines of a document.
fn lines_of(document: u64) -> Range<u64> {
    let first = document / 10 * 30 + LINES.iter().take((document % 10) as usize).sum::<u64>();
    first..first + LINES[(document % 10) as usize]
}

/// A document's number as people read it.
fn number(cell: &mut Cell, prefix: &str, n: u64) {
    cell.format(format_args!("{prefix}{:06}", n + 1));
}

/// The day of a document: deals are spread evenly over the last two years.
fn day_of(n: u64, count: u64) -> i64 {
    TODAY - 690 + (n * 660 / count.max(1)) as i64
}

/// An instant of that day, in microseconds.
fn instant_of(row: &Row<'_>, day: i64) -> i64 {
    (day * 86_400 + 7 * 3_600) * 1_000_000 + (row.hash("instant") % 30_000_000_000) as i64
}

/// A choice for references that are empty: the second row, and about so many in a hundred.
fn sometimes(row: &Row<'_>, salt: &str, percent: u64, n: u64) -> Option<u64> {
    (row.n == 0 || row.n > 1 && row.chance(salt, percent)).then_some(n)
}

/// A plain paragraph as rich text.
fn rich_text(text: &str, cell: &mut Cell) {
    cell.json(&serde_json::json!({
        "type": "doc",
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}],
    }));
}
