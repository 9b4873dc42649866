//! Numbers, sizes, times and tables for people.

use std::fmt::Write as _;

use crate::output::printable;

/// A whole number with its thousands apart.
pub(crate) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// A number in a table, where nothing is a dash.
pub(crate) fn cell(value: u64) -> String {
    if value == 0 {
        "-".to_owned()
    } else {
        number(value)
    }
}

/// A number of things: `1 row`, `2 rows`.
pub(crate) fn count(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(value), if value == 1 { one } else { many })
}

/// A size in units of a thousand.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1_000.0;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1_000.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS.get(unit).unwrap_or(&"TB"))
}

/// An RFC 3339 time as people write it, in UTC.
pub(crate) fn time(rfc3339: &str) -> String {
    rfc3339.parse::<jiff::Timestamp>().map_or_else(
        |_| rfc3339.to_owned(),
        |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

/// How long something took.
pub(crate) fn duration(elapsed_ms: u64) -> String {
    format!("{:.1} s", elapsed_ms as f64 / 1_000.0)
}

/// A value in one line, cut where it is long.
pub(crate) fn value(text: &str) -> String {
    cut(text, 80)
}

/// A value in one line of at most so many letters.
pub(crate) fn cut(text: &str, longest: usize) -> String {
    let mut shown: String = text.chars().take(longest + 1).collect();
    shown = printable(&shown);
    if shown.chars().count() <= longest {
        return shown;
    }
    let cut: String = shown.chars().take(longest - 1).collect();
    format!("{cut}…")
}

/// An argument as a shell takes it.
pub(crate) fn quoted(argument: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@=".contains(letter);
    if !argument.is_empty() && argument.chars().all(plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', r"'\''"))
    }
}

/// Which side of its column a cell stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Rows of aligned cells.
pub(crate) struct Table {
    columns: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(columns: &[Align]) -> Self {
        Self {
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; cells may hold text of others.
    pub(crate) fn row<const N: usize>(&mut self, cells: [&str; N]) {
        self.rows
            .push(cells.iter().map(|cell| printable(cell)).collect());
    }

    /// Adds a row of as many cells as there are columns; they may hold text of others.
    pub(crate) fn row_of(&mut self, cells: &[String]) {
        let cells = cells.iter();
        self.rows.push(cells.map(|cell| printable(cell)).collect());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows as lines, two spaces between columns and none at the end.
    pub(crate) fn lines(&self) -> String {
        let mut widths = vec![0; self.columns.len()];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for ((cell, align), width) in row.iter().zip(&self.columns).zip(&widths) {
                let written = match align {
                    Align::Left => write!(line, "{cell:<width$}  "),
                    Align::Right => write!(line, "{cell:>width$}  "),
                };
                written.ok();
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_sizes_read_easily() {
        let numbers = [0, 999, 1_000, 1_234_567].map(number);
        assert_eq!(numbers, ["0", "999", "1,000", "1,234,567"]);
        let sizes = [0, 999, 1_000, 999_940, 999_960, 5_300_000_000].map(size);
        assert_eq!(
            sizes,
            ["0 B", "999 B", "1.0 kB", "999.9 kB", "1.0 MB", "5.3 GB"]
        );
    }

    #[test]
    fn columns_line_up_and_lines_end_with_their_text() {
        let mut table = Table::new(&[Align::Left, Align::Right, Align::Left]);
        table.row(["Sales", "12", ""]);
        table.row(["Größe", "1,234", "x"]);
        assert_eq!(table.lines(), "Sales     12\nGröße  1,234  x\n");
    }

    #[test]
    fn an_argument_is_quoted_only_where_a_shell_needs_it() {
        assert_eq!(quoted("acme-1"), "acme-1");
        assert_eq!(quoted("O'Hara & Co"), r"'O'\''Hara & Co'");
    }
}
