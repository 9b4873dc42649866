//! Dates that move with a copy, so that what was planned for tomorrow still is.

use jiff::Span;
use jiff::civil::Date;

/// Bytes of `2026-10-30`.
const LENGTH: usize = 10;

/// A value of dates or instants, or of ranges or lists of such, with every date moved by so many days; `None`
/// where there is none to be moved. Hours stay, and so do dates before the year 1 and beyond 9999.
pub(super) fn moved(value: &[u8], days: i64) -> Option<Vec<u8>> {
    if days == 0 || value.ends_with(b" BC") {
        return None;
    }
    let mut made = Vec::new();
    let mut copied = 0;
    let mut at = 0;
    while at < value.len() {
        let is_inside = at
            .checked_sub(1)
            .and_then(|before| value.get(before))
            .is_some_and(u8::is_ascii_digit);
        let is_cut = value.get(at + LENGTH).is_some_and(u8::is_ascii_digit);
        let date = value.get(at..at + LENGTH).and_then(parse);
        let date = date.filter(|_| !is_inside && !is_cut);
        let span = Span::new().try_days(days).ok();
        let Some(date) = date
            .zip(span)
            .and_then(|(date, span)| date.checked_add(span).ok())
        else {
            at += 1;
            continue;
        };
        made.extend_from_slice(value.get(copied..at).unwrap_or_default());
        made.extend_from_slice(date.to_string().as_bytes());
        at += LENGTH;
        copied = at;
    }
    if copied == 0 {
        return None;
    }
    made.extend_from_slice(value.get(copied..).unwrap_or_default());
    Some(made)
}

fn parse(text: &[u8]) -> Option<Date> {
    let [y, yy, yyy, yyyy, b'-', m, mm, b'-', d, dd] = *text else {
        return None;
    };
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i16::from(byte - b'0'));
    let pair = |tens: u8, ones: u8| i8::try_from(digit(tens)? * 10 + digit(ones)?).ok();
    let year = digit(y)? * 1_000 + digit(yy)? * 100 + digit(yyy)? * 10 + digit(yyyy)?;
    Date::new(year, pair(m, mm)?, pair(d, dd)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str, days: i64) -> String {
        let made = moved(value.as_bytes(), days);
        String::from_utf8(made.unwrap_or_else(|| value.as_bytes().to_vec())).unwrap()
    }

    #[test]
    fn dates_move_and_hours_stay() {
        assert_eq!(text("2026-10-30", 3), "2026-11-02");
        assert_eq!(
            text("2024-02-29 23:59:59.999999+00", 365),
            "2025-02-28 23:59:59.999999+00"
        );
        assert_eq!(text("2026-01-01", -1), "2025-12-31");
        assert_eq!(
            text("{2026-10-30,NULL,2026-11-01}", 1),
            "{2026-10-31,NULL,2026-11-02}"
        );
        assert_eq!(
            text("[2026-10-30,2026-11-01)", 1),
            "[2026-10-31,2026-11-02)"
        );
    }

    #[test]
    fn what_cannot_be_moved_stays() {
        for value in [
            "infinity",
            "-infinity",
            "0044-03-15 BC",
            "12026-10-30",
            "9999-12-31",
            "",
        ] {
            assert_eq!(text(value, 1), value);
        }
        assert_eq!(text("2026-10-30", 0), "2026-10-30");
    }
}
