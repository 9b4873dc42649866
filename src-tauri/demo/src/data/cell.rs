//! Writing values as COPY text.

use std::fmt::Write;

/// The line that is being written.
#[derive(Debug, Default)]
pub(super) struct Cell {
    /// Unescaped text of the value; `None` while nothing was written: NULL.
    text: String,
    written: bool,
}

impl Cell {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.written = false;
    }

    /// The value, or nothing for NULL.
    pub(super) fn value(&self) -> Option<&str> {
        self.written.then_some(self.text.as_str())
    }

    /// Appends the value to a COPY line.
    pub(super) fn copy_to(&self, line: &mut Vec<u8>) {
        if !self.written {
            line.extend_from_slice(b"\\N");
            return;
        }
        for &byte in self.text.as_bytes() {
            match byte {
                b'\\' => line.extend_from_slice(b"\\\\"),
                b'\n' => line.extend_from_slice(b"\\n"),
                b'\r' => line.extend_from_slice(b"\\r"),
                b'\t' => line.extend_from_slice(b"\\t"),
                other => line.push(other),
            }
        }
    }

    pub(super) fn text(&mut self, text: impl AsRef<str>) {
        self.written = true;
        self.text.push_str(text.as_ref());
    }

    pub(super) fn format(&mut self, arguments: std::fmt::Arguments<'_>) {
        self.written = true;
        // Writing to a String cannot fail.
        let _ = self.text.write_fmt(arguments);
    }

    pub(super) fn number(&mut self, number: impl Into<i128>) {
        let number: i128 = number.into();
        self.format(format_args!("{number}"));
    }

    pub(super) fn bool(&mut self, value: bool) {
        self.text(if value { "t" } else { "f" });
    }

    /// A number given in steps of 10^-places: `fixed(12345, 2)` is 123.45.
    pub(super) fn fixed(&mut self, units: i64, places: u32) {
        let step = 10_i64.pow(places);
        let sign = if units < 0 { "-" } else { "" };
        let units = units.abs();
        if places == 0 {
            self.format(format_args!("{sign}{units}"));
        } else {
            let width = places as usize;
            self.format(format_args!(
                "{sign}{}.{:0width$}",
                units / step,
                units % step
            ));
        }
    }

    /// Money in cents.
    pub(super) fn cents(&mut self, cents: i64) {
        self.fixed(cents, 2);
    }

    /// A date as days since 1970-01-01.
    pub(super) fn date(&mut self, days: i64) {
        let (year, month, day) = civil(days);
        self.format(format_args!("{year:04}-{month:02}-{day:02}"));
    }

    /// An instant in UTC, as microseconds since 1970.
    pub(super) fn instant(&mut self, micros: i64) {
        self.local_instant(micros);
        self.text("+00");
    }

    /// The same for a column without time zone.
    pub(super) fn local_instant(&mut self, micros: i64) {
        self.date(micros.div_euclid(86_400_000_000));
        let rest = micros.rem_euclid(86_400_000_000);
        let seconds = rest / 1_000_000;
        self.format(format_args!(
            " {:02}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        ));
        if rest % 1_000_000 != 0 {
            self.format(format_args!(".{:06}", rest % 1_000_000));
        }
    }

    /// An array of texts.
    pub(super) fn array<T: AsRef<str>>(&mut self, items: impl IntoIterator<Item = T>) {
        self.text("{");
        for (at, item) in items.into_iter().enumerate() {
            self.text(if at == 0 { "\"" } else { ",\"" });
            for letter in item.as_ref().chars() {
                if letter == '"' || letter == '\\' {
                    self.text.push('\\');
                }
                self.text.push(letter);
            }
            self.text("\"");
        }
        self.text("}");
    }

    /// A JSON value.
    pub(super) fn json(&mut self, value: &serde_json::Value) {
        self.format(format_args!("{value}"));
    }
}

/// Year, month and day of a number of days since 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}
