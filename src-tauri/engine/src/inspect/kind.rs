//! How values of a column compare: they are so written that bytes order them.

use uuid::Uuid;

use crate::model::Table;

/// Bytes of a value that decide where it stands.
const DECIDING_BYTES: usize = 1024;

/// How values of a column compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Exact decimals.
    Decimal,
    /// Numbers with an exponent.
    Float,
    /// Texts by their bytes, and what is written so that bytes order it.
    Text,
}

impl Kind {
    pub(super) fn of(known: Option<&Table>, column: &str) -> Self {
        let column = known.and_then(|table| table.column(column));
        let type_name = column.map_or("", |column| column.type_name.as_str());
        match type_name.split('(').next().unwrap_or_default().trim() {
            "numeric" | "integer" | "bigint" | "smallint" => Self::Decimal,
            "double precision" | "real" => Self::Float,
            _ => Self::Text,
        }
    }

    /// Whether that could be one of its values.
    pub(super) fn takes(self, text: &str) -> bool {
        match self {
            Self::Decimal => is_decimal(text),
            Self::Float => text.parse::<f64>().is_ok(),
            Self::Text => true,
        }
    }

    /// Writes a value so that bytes order it.
    pub(super) fn push(self, text: &str, key: &mut Vec<u8>) {
        match self {
            Self::Decimal => push_decimal(text, key),
            Self::Float => push_float(text.parse().unwrap_or(f64::NAN), key),
            Self::Text => push_text(text, key),
        }
    }
}

/// A value that a person has written, as the database writes it where that is one thing: ids in other letters, whole
/// numbers with zeros before.
pub(super) fn as_written(known: Option<&Table>, column: &str, value: String) -> String {
    let column = known.and_then(|table| table.column(column));
    match column.map(|column| column.type_name.as_str()) {
        Some("uuid") => Uuid::parse_str(value.trim()).map_or(value, |id| id.to_string()),
        Some("smallint" | "integer" | "bigint") => {
            let number = value.trim().parse::<i64>();
            number.map_or(value, |number| number.to_string())
        }
        _ => value,
    }
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_written = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = is_written(whole) && is_written(fraction) && whole.len() + fraction.len() > 0;
    is_number || matches!(text, "Infinity" | "-Infinity" | "NaN")
}

/// What was smaller is larger.
pub(super) fn invert(bytes: &mut [u8]) {
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
    fn ids_and_whole_numbers_are_what_they_are_in_whatever_letters() {
        let column = |name: &str, type_name: &str| crate::model::Column {
            name: name.to_owned(),
            type_name: type_name.to_owned(),
            not_null: true,
            default: None,
            generation: crate::model::Generation::None,
            sequence: None,
            database_bound: false,
            comment: None,
        };
        let table = Table {
            kind: crate::model::TableKind::Ordinary,
            columns: vec![
                column("id", "uuid"),
                column("n", "bigint"),
                column("t", "text"),
            ],
            key: None,
            uniques: Vec::new(),
            references: Vec::new(),
            checks: Vec::new(),
            triggers: Vec::new(),
            row_security: false,
            force_row_security: false,
            estimated_row_count: 0,
            comment: None,
        };
        let id = "0192F0C1-5F1E-7C3A-9D54-1B2C3D4E5F60";
        let written =
            |column: &str, value: &str| as_written(Some(&table), column, value.to_owned());
        assert_eq!(written("id", id), id.to_lowercase());
        assert_eq!(written("id", "none"), "none");
        assert_eq!([written("n", "007"), written("n", "x")], ["7", "x"]);
        assert_eq!(written("t", id), id);
    }

    #[test]
    fn what_is_no_number_is_none_of_a_column_of_numbers() {
        let kinds = |text| (Kind::Decimal.takes(text), Kind::Float.takes(text));
        for text in ["0", "-1.50", ".5", "7.", "NaN", "-Infinity"] {
            assert_eq!(kinds(text), (true, true), "{text}");
        }
        assert_eq!(kinds("1e5"), (false, true));
        for text in ["", "-", ".", "1,5", "abc", "1 "] {
            assert_eq!(kinds(text), (false, false), "{text}");
        }
        assert!(Kind::Text.takes("abc"));
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
