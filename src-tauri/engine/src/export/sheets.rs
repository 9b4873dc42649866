//! Rows as one workbook for spreadsheets (XLSX): a sheet for each table, written row by row.
//!
//! Numbers are numbers as far as a spreadsheet holds them exactly, and texts beyond that. A text is never a
//! formula in a workbook; made safe, it stays a text where somebody edits it.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::csv::{Formulas, is_formula};
use super::table::{check_width, is_number};
use super::write::{ExportOptions, ExportedTable};
use crate::archive::{Reader, TableEntry};
use crate::cancel::{CancelToken, checkpoint};
use crate::model::Profile;
use crate::reporter::Counters;
use crate::rows::{fields, text_of};
use crate::{Code, Error, Result, profile};

/// Rows that a sheet holds below its header.
const MOST_ROWS: u64 = 1_048_575;
/// Columns that a sheet holds.
const MOST_COLUMNS: usize = 16_384;
/// Letters that a cell holds, as UTF-16 counts them.
const MOST_LETTERS: usize = 32_767;
/// Letters of a sheet's name.
const NAME_LETTERS: usize = 31;
/// Digits of a number that a spreadsheet holds exactly.
const EXACT_DIGITS: usize = 15;
/// Rows between two looks at the token.
const ROWS_BETWEEN: u64 = 4096;

/// What became of the cells of a workbook.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cells {
    /// Texts that were made safe.
    pub(super) safe_count: u64,
    /// Texts that were longer than a cell and end early.
    pub(super) cut_count: u64,
}

/// Writes the tables as a workbook.
///
/// # Errors
/// `usage` where a table has more rows or columns than a sheet; archive errors; `local_file`, `disk_full`,
/// `cancelled`.
pub(super) fn write_sheets(
    reader: &Reader,
    profile: Option<&Profile>,
    options: &ExportOptions,
    (file, entries): (&File, &[&TableEntry]),
    (counters, cancel): (&Counters, &CancelToken),
) -> Result<(Vec<ExportedTable>, Cells)> {
    let failed = |error| refused(&options.target, error);
    let mut book = Workbook::new();
    if let Some(folder) = options.target.parent() {
        // What lies there on the way has no name, and goes with the process.
        book.set_tempdir(folder).map_err(failed)?;
    }
    let head = Format::new().set_bold();
    let safe = Format::new().set_quote_prefix();
    let (mut names, mut tables, mut cells) = (HashSet::new(), Vec::new(), Cells::default());
    for entry in entries {
        require_room(entry)?;
        let label = profile.map_or_else(
            || entry.table.name.clone(),
            |known| profile::table_label(known, &entry.table),
        );
        let name = sheet_name(&mut names, &label);
        let sheet = book.add_worksheet_with_constant_memory();
        sheet.set_name(&name).map_err(failed)?;
        sheet.set_freeze_panes(1, 0).map_err(failed)?;
        for (column, name) in (0_u16..).zip(&entry.columns) {
            let written = sheet.write_string_with_format(0, column, name, &head);
            written.map_err(failed)?;
        }
        let mut writing = Writing {
            options,
            kinds: Kind::of_columns(reader, entry),
            safe: &safe,
            cells: &mut cells,
        };
        let mut rows = reader.rows(&entry.table)?;
        let mut row_count = 0_u32;
        while let Some(line) = rows.next_row()? {
            check_width(entry, line)?;
            row_count += 1;
            writing.row(sheet, row_count, line)?;
            if u64::from(row_count) % ROWS_BETWEEN == 0 {
                checkpoint(cancel)?;
                counters.add(ROWS_BETWEEN, 0);
            }
        }
        checkpoint(cancel)?;
        counters.add(u64::from(row_count) % ROWS_BETWEEN, entry.byte_count);
        tables.push(ExportedTable {
            file: name,
            row_count: entry.row_count,
        });
    }
    let mut out = BufWriter::new(file);
    book.save_to_writer(&mut out).map_err(failed)?;
    let flushed = out.flush();
    flushed.map_err(|error| Error::local_file("the export", &options.target, &error))?;
    Ok((tables, cells))
}

fn require_room(entry: &TableEntry) -> Result<()> {
    if entry.row_count <= MOST_ROWS && entry.columns.len() <= MOST_COLUMNS {
        return Ok(());
    }
    Err(Error::new(
        Code::Usage,
        "A table has more rows or columns than a sheet holds.",
    )
    .hint("Export it as CSV, or other areas alone.")
    .with("table", &entry.table)
    .with("row_limit", MOST_ROWS))
}

fn refused(target: &Path, error: XlsxError) -> Error {
    match error {
        XlsxError::IoError(error) => Error::local_file("the export", target, &error),
        _ => Error::new(Code::Defect, "The workbook could not be written."),
    }
}

/// What the values of a column become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Truth,
    Text,
}

impl Kind {
    fn of_columns(reader: &Reader, entry: &TableEntry) -> Vec<Self> {
        let known = reader.manifest().catalog.tables.get(&entry.table);
        let kinds = entry.columns.iter().map(|name| {
            let column = known.and_then(|known| known.column(name));
            match column.map(|column| column.type_name.as_str()) {
                Some("boolean") => Self::Truth,
                Some(type_name) if is_number(type_name) => Self::Number,
                _ => Self::Text,
            }
        });
        kinds.collect()
    }
}

struct Writing<'a> {
    options: &'a ExportOptions,
    kinds: Vec<Kind>,
    safe: &'a Format,
    cells: &'a mut Cells,
}

impl Writing<'_> {
    fn row(&mut self, sheet: &mut Worksheet, row: u32, line: &[u8]) -> Result<()> {
        let failed = |error| refused(&self.options.target, error);
        for ((column, field), kind) in (0_u16..).zip(fields(line)).zip(&self.kinds) {
            let Some(text) = text_of(field)? else {
                continue;
            };
            let number = match kind {
                Kind::Number => exact(&text),
                Kind::Truth | Kind::Text => None,
            };
            let is_safe = self.options.formulas == Formulas::Safe
                && *kind == Kind::Text
                && is_formula(text.as_bytes());
            let written = match (number, kind) {
                (Some(number), _) => sheet.write_number(row, column, number),
                (None, Kind::Truth) => sheet.write_boolean(row, column, text == "t"),
                (None, Kind::Number | Kind::Text) => {
                    self.cells.safe_count += u64::from(is_safe);
                    let text = fitting(text, &mut self.cells.cut_count);
                    match is_safe {
                        true => sheet.write_string_with_format(row, column, text, self.safe),
                        false => sheet.write_string(row, column, text),
                    }
                }
            };
            written.map_err(failed)?;
        }
        Ok(())
    }
}

/// The number, where a spreadsheet holds it to the last digit.
fn exact(text: &str) -> Option<f64> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let number: f64 = text.parse().ok()?;
    (digits <= EXACT_DIGITS && number.is_finite()).then_some(number)
}

/// The text as far as a cell holds it.
fn fitting(text: String, cut_count: &mut u64) -> String {
    if text.len() <= MOST_LETTERS || text.encode_utf16().count() <= MOST_LETTERS {
        return text;
    }
    *cut_count += 1;
    let mut room = MOST_LETTERS - 1;
    let letters = text.chars().take_while(|letter| {
        let fits = letter.len_utf16() <= room;
        room = room.saturating_sub(letter.len_utf16());
        fits
    });
    letters.chain(['…']).collect()
}

/// A name that a sheet may have, its own whatever the case of its letters.
fn sheet_name(taken: &mut HashSet<String>, label: &str) -> String {
    let plain = |letter: char| match letter {
        letter if letter.is_control() || "[]:*?/\\'".contains(letter) => '_',
        letter => letter,
    };
    let of = |room: usize| label.chars().map(plain).take(room).collect::<String>();
    let mut name = match of(NAME_LETTERS).trim() {
        "" => "Sheet".to_owned(),
        named => named.to_owned(),
    };
    let mut number = 1;
    while !taken.insert(name.to_lowercase()) {
        number += 1;
        let end = format!(" {number}");
        name = format!("{}{end}", of(NAME_LETTERS - end.len()).trim());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_numbers_as_long_as_no_digit_is_lost() {
        assert_eq!(exact("-12.50"), Some(-12.5));
        assert_eq!(exact("123456789012345"), Some(123_456_789_012_345.0));
        assert_eq!(exact("1234567890123456"), None);
        assert_eq!(exact("NaN"), None);
    }

    #[test]
    fn a_text_that_is_too_long_for_a_cell_ends_in_dots() {
        let mut cut_count = 0;
        let long = "ü𝄞".repeat(20_000);
        let fitted = fitting(long, &mut cut_count);
        assert_eq!(cut_count, 1);
        assert!(fitted.encode_utf16().count() <= MOST_LETTERS);
        assert!(fitted.ends_with('…'));
        assert_eq!(fitting("short".to_owned(), &mut cut_count), "short");
    }

    #[test]
    fn names_of_sheets_are_short_plain_and_their_own() {
        let mut taken = HashSet::new();
        assert_eq!(
            sheet_name(&mut taken, "Sales: orders / lines"),
            "Sales_ orders _ lines"
        );
        let long = "A label that is longer than a sheet's name may be";
        let first = sheet_name(&mut taken, long);
        let second = sheet_name(&mut taken, long);
        assert_eq!(first.chars().count(), NAME_LETTERS);
        assert!(second.ends_with(" 2") && second.chars().count() <= NAME_LETTERS);
        assert_eq!(sheet_name(&mut taken, " "), "Sheet");
    }
}
