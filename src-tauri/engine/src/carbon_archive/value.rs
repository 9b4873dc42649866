//! Values as Carbon's JSON has them.

use super::losses::LossKind;
use crate::{Code, Error, Result};

/// Digits that JavaScript's numbers hold whatever they are.
const SAFE_DIGITS: usize = 15;
/// What JavaScript holds of whole numbers.
const SAFE_WHOLE: u64 = 1 << 53;
/// How deep arrays go.
const DEEPEST: usize = 6;

/// How values of a type stand in JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    Bool,
    /// A number to its last digit.
    Number,
    /// A number that JavaScript holds as it is.
    Float,
    /// A time, with or without a zone.
    Time,
    Json,
    Jsonb,
    /// As base64.
    Bytes,
    Array(Box<Shape>),
    /// As the server writes it.
    Text,
}

/// How values of that type stand in JSON.
pub(super) fn shape_of(type_name: &str) -> Shape {
    if let Some(element) = type_name.strip_suffix("[]") {
        return match shape_of(element) {
            // Its parts are apart by something else, or no text may tell where they end.
            _ if element == "box" => Shape::Text,
            Shape::Bytes => Shape::Text,
            shape => Shape::Array(Box::new(shape)),
        };
    }
    let mut words = type_name.split(['(', ' ']);
    match words.next().unwrap_or_default() {
        "boolean" => Shape::Bool,
        "smallint" | "integer" | "bigint" | "numeric" => Shape::Number,
        "real" | "double" => Shape::Float,
        "timestamp" => Shape::Time,
        "json" => Shape::Json,
        "jsonb" => Shape::Jsonb,
        "bytea" => Shape::Bytes,
        _ => Shape::Text,
    }
}

/// Whether JavaScript holds that number as it is written.
pub(super) fn is_exact(number: &str) -> bool {
    if let Ok(whole) = number.parse::<i128>() {
        return whole.unsigned_abs() <= u128::from(SAFE_WHOLE);
    }
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    let digits = mantissa.bytes().filter(u8::is_ascii_digit);
    let digits: Vec<u8> = digits.skip_while(|digit| *digit == b'0').collect();
    digits.len() <= SAFE_DIGITS
}

/// Appends a value to JSON; what of it is lost.
///
/// # Errors
/// `archive_damaged` where the value is none of its type.
pub(super) fn push_value(
    value: &str,
    shape: &Shape,
    output: &mut Vec<u8>,
) -> Result<Option<LossKind>> {
    match shape {
        Shape::Bool => match value {
            "t" => output.extend_from_slice(b"true"),
            "f" => output.extend_from_slice(b"false"),
            _ => return Err(damaged()),
        },
        Shape::Number | Shape::Float if is_number(value) => {
            output.extend_from_slice(value.as_bytes());
            let is_rounded = *shape == Shape::Number && !is_exact(value);
            return Ok(is_rounded.then_some(LossKind::Digits));
        }
        Shape::Number | Shape::Float => {
            push_text(value, output);
            return Ok(Some(LossKind::Special));
        }
        Shape::Time => return Ok(push_time(value, output)),
        Shape::Json | Shape::Jsonb => return Ok(push_json(value, output)),
        Shape::Bytes => {
            let digits = value.strip_prefix("\\x").ok_or_else(damaged)?;
            output.push(b'"');
            push_base64(&bytes_of(digits).ok_or_else(damaged)?, output);
            output.push(b'"');
        }
        Shape::Array(element) => return push_array(value, element, output),
        Shape::Text => push_text(value, output),
    }
    Ok(None)
}

fn damaged() -> Error {
    Error::new(
        Code::ArchiveDamaged,
        "A value of the archive is none of its column's type.",
    )
}

pub(super) fn push_text(value: &str, output: &mut Vec<u8>) {
    output.extend_from_slice(serde_json::Value::from(value).to_string().as_bytes());
}

/// Whether JSON has that number.
fn is_number(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    digits.starts_with(|letter: char| letter.is_ascii_digit())
        && serde_json::from_str::<&serde_json::value::RawValue>(value).is_ok()
}

/// `2026-01-31 12:00:00.123456+00` as `2026-01-31T12:00:00.123Z`.
fn push_time(value: &str, output: &mut Vec<u8>) -> Option<LossKind> {
    let bare = value.strip_suffix("+00").unwrap_or(value);
    let (whole, fraction) = bare.split_once('.').unwrap_or((bare, ""));
    let is_plain = whole.len() == 19
        && whole.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            10 => byte == b' ',
            13 | 16 => byte == b':',
            _ => byte.is_ascii_digit(),
        })
        && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let Some((day, time)) = whole.split_once(' ').filter(|_| is_plain) else {
        push_text(value, output);
        return Some(LossKind::Special);
    };
    let (kept, cut) = fraction.split_at(fraction.len().min(3));
    output.extend_from_slice(format!("\"{day}T{time}.{kept:0<3}Z\"").as_bytes());
    cut.bytes()
        .any(|digit| digit != b'0')
        .then_some(LossKind::Microseconds)
}

/// JSON as it is, but for what would end the line.
fn push_json(value: &str, output: &mut Vec<u8>) -> Option<LossKind> {
    // A line break in JSON stands between its parts, and never in a text.
    let breaks = value.bytes().any(|byte| matches!(byte, b'\n' | b'\r'));
    let bytes = value.bytes();
    output.extend(bytes.map(|byte| {
        if matches!(byte, b'\n' | b'\r') {
            b' '
        } else {
            byte
        }
    }));
    match value.trim() == "null" {
        true => Some(LossKind::JsonNull),
        false => breaks.then_some(LossKind::JsonSpacing),
    }
}

fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = digits
        .chars()
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    let pairs = digits.chunks_exact(2);
    pairs
        .map(|pair| Some(pair.first()? << 4 | pair.get(1)?))
        .collect()
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn push_base64(bytes: &[u8], output: &mut Vec<u8>) {
    for three in bytes.chunks(3) {
        let byte = |place: usize| u32::from(three.get(place).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let at = (bits >> (18 - 6 * place) & 63) as usize;
            let letter = BASE64.get(at).copied().unwrap_or(b'=');
            output.push(if place > three.len() { b'=' } else { letter });
        }
    }
}

/// `{1,2,NULL}` as `[1,2,null]`. One whose places do not begin at 1, or whose elements could be taken for arrays
/// themselves, stays as the server writes it.
fn push_array(value: &str, element: &Shape, output: &mut Vec<u8>) -> Result<Option<LossKind>> {
    let begun = output.len();
    let mut reading = Elements {
        rest: value,
        element,
        loss: None,
    };
    let is_read = value.starts_with('{') && reading.array(output, 1)? && reading.rest.is_empty();
    if is_read {
        return Ok(reading.loss);
    }
    if !value.starts_with('[') && !matches!(element, Shape::Json | Shape::Jsonb) {
        return Err(damaged());
    }
    output.truncate(begun);
    push_text(value, output);
    Ok(Some(LossKind::Special))
}

struct Elements<'a> {
    rest: &'a str,
    element: &'a Shape,
    loss: Option<LossKind>,
}

impl Elements<'_> {
    /// Reads an array that begins here; whether it can be one in JSON.
    fn array(&mut self, output: &mut Vec<u8>, depth: usize) -> Result<bool> {
        self.rest = self.rest.get(1..).ok_or_else(damaged)?;
        if depth > DEEPEST {
            return Err(damaged());
        }
        output.push(b'[');
        if let Some(rest) = self.rest.strip_prefix('}') {
            self.rest = rest;
            output.push(b']');
            return Ok(true);
        }
        loop {
            let is_fine = match self.rest.starts_with('{') {
                true => self.array(output, depth + 1)?,
                false => self.one(output)?,
            };
            if !is_fine {
                return Ok(false);
            }
            if let Some(rest) = self.rest.strip_prefix(',') {
                self.rest = rest;
                output.push(b',');
            } else {
                self.rest = self.rest.strip_prefix('}').ok_or_else(damaged)?;
                output.push(b']');
                return Ok(true);
            }
        }
    }

    fn one(&mut self, output: &mut Vec<u8>) -> Result<bool> {
        let value = match self.rest.strip_prefix('"') {
            Some(quoted) => {
                let (value, rest) = unquoted(quoted).ok_or_else(damaged)?;
                self.rest = rest;
                value
            }
            None => {
                let end = self.rest.find([',', '}']).ok_or_else(damaged)?;
                let (value, rest) = self.rest.split_at(end);
                self.rest = rest;
                if value == "NULL" {
                    output.extend_from_slice(b"null");
                    return Ok(true);
                }
                value.to_owned()
            }
        };
        let is_json = matches!(self.element, Shape::Json | Shape::Jsonb);
        if is_json && (value.trim_start().starts_with('[') || value.trim() == "null") {
            return Ok(false);
        }
        let loss = push_value(&value, self.element, output)?;
        self.loss = self.loss.or(loss);
        Ok(true)
    }
}

/// What stands before the next quote, and what behind it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let (mut value, mut letters) = (String::new(), text.char_indices());
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => value.push(letters.next()?.1),
            letter => value.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(value: &str, type_name: &str) -> (String, Option<LossKind>) {
        let mut output = Vec::new();
        let loss = push_value(value, &shape_of(type_name), &mut output).unwrap();
        (String::from_utf8(output).unwrap(), loss)
    }

    #[test]
    fn values_stand_in_json_as_carbon_writes_them() {
        for (value, type_name, expected) in [
            ("t", "boolean", "true"),
            ("12.50", "numeric(12,2)", "12.50"),
            ("-0.1", "numeric", "-0.1"),
            ("1e+20", "double precision", "1e+20"),
            (
                "2026-01-31 12:00:00.5+00",
                "timestamp with time zone",
                "\"2026-01-31T12:00:00.500Z\"",
            ),
            (
                "2026-01-31 12:00:00",
                "timestamp(3) without time zone",
                "\"2026-01-31T12:00:00.000Z\"",
            ),
            ("2026-01-31", "date", "\"2026-01-31\""),
            ("{\"a\": 1}", "jsonb", "{\"a\": 1}"),
            ("\\x00ff10", "bytea", "\"AP8Q\""),
            ("\\x00", "bytea", "\"AA==\""),
            ("say \"x\"\n", "text", "\"say \\\"x\\\"\\n\""),
            (
                "{a,NULL,\"NULL\",\"b,\\\"c\"}",
                "text[]",
                "[\"a\",null,\"NULL\",\"b,\\\"c\"]",
            ),
            ("{{1,2},{3,4}}", "integer[]", "[[1,2],[3,4]]"),
            ("{}", "numeric[]", "[]"),
            ("{\"{\\\"a\\\": [1]}\"}", "jsonb[]", "[{\"a\": [1]}]"),
            ("{t,f}", "boolean[]", "[true,false]"),
            ("[0.1,0.2]", "public.halfvec(2)", "\"[0.1,0.2]\""),
        ] {
            assert_eq!(
                json(value, type_name),
                (expected.to_owned(), None),
                "{value}"
            );
        }
    }

    #[test]
    fn what_json_cannot_hold_is_counted() {
        use LossKind::{Digits, JsonNull, JsonSpacing, Microseconds, Special};
        for (value, type_name, expected, loss) in [
            (
                "0.1234567890123456",
                "numeric",
                "0.1234567890123456",
                Digits,
            ),
            ("9007199254740993", "bigint", "9007199254740993", Digits),
            ("NaN", "numeric", "\"NaN\"", Special),
            (
                "infinity",
                "timestamp with time zone",
                "\"infinity\"",
                Special,
            ),
            (
                "2026-01-31 12:00:00.123456+00",
                "timestamp with time zone",
                "\"2026-01-31T12:00:00.123Z\"",
                Microseconds,
            ),
            ("null", "jsonb", "null", JsonNull),
            ("{\n}", "json", "{ }", JsonSpacing),
            ("[0:1]={1,2}", "integer[]", "\"[0:1]={1,2}\"", Special),
            ("{\"[1]\"}", "jsonb[]", "\"{\\\"[1]\\\"}\"", Special),
        ] {
            assert_eq!(
                json(value, type_name),
                (expected.to_owned(), Some(loss)),
                "{value}"
            );
        }
        assert!(is_exact("123456789012.345") && is_exact("9007199254740992") && is_exact("1.50"));
    }

    #[test]
    fn what_is_no_value_of_its_type_is_refused() {
        for (value, type_name) in [
            ("yes", "boolean"),
            ("{1,2", "integer[]"),
            ("{1}x", "integer[]"),
            ("1", "text[]"),
            ("{{{{{{{1}}}}}}}", "integer[]"),
            ("\\x0", "bytea"),
        ] {
            let read = push_value(value, &shape_of(type_name), &mut Vec::new());
            assert_eq!(read.unwrap_err().code(), Code::ArchiveDamaged, "{value}");
        }
    }
}
