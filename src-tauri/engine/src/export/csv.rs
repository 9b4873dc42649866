//! Rows as CSV (RFC 4180): commas between fields, CR LF at the end, quotes where they are needed. NULL is
//! an empty field, and an empty text is one in quotes.

use std::borrow::Cow;

use crate::rows::{is_null, unescape};

/// What becomes of texts that a spreadsheet would run as formulas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Formulas {
    /// They stay as they are: for programs.
    #[default]
    AsTheyAre,
    /// An apostrophe is put before them: for people.
    Safe,
}

/// Appends a record of values, of which `None` is NULL.
pub fn push_record(values: &[Option<&str>], output: &mut Vec<u8>) {
    for (place, value) in values.iter().enumerate() {
        if place > 0 {
            output.push(b',');
        }
        if let Some(value) = value {
            push_value(value.as_bytes(), output);
        }
    }
    output.extend_from_slice(b"\r\n");
}

/// Appends a row of raw fields. Where formulas are made safe, `is_text` says for each column whether its
/// values are texts; says how many were.
pub(super) fn push_row<'a>(
    fields: impl Iterator<Item = &'a [u8]>,
    is_text: Option<&[bool]>,
    output: &mut Vec<u8>,
) -> u64 {
    let mut made_safe = 0;
    for (place, field) in fields.enumerate() {
        if place > 0 {
            output.push(b',');
        }
        if is_null(field) {
            continue;
        }
        let mut value = unescape(field);
        let is_text = is_text.and_then(|columns| columns.get(place));
        if is_text.copied().unwrap_or(false) && is_formula(&value) {
            let mut safe = vec![b'\''];
            safe.extend_from_slice(&value);
            value = Cow::Owned(safe);
            made_safe += 1;
        }
        push_value(&value, output);
    }
    output.extend_from_slice(b"\r\n");
    made_safe
}

/// A text as a spreadsheet shows it, and does not run it.
#[must_use]
pub fn safe_text(text: &str) -> Cow<'_, str> {
    match is_formula(text.as_bytes()) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

/// Whether a spreadsheet takes it for more than a text.
pub(super) fn is_formula(value: &[u8]) -> bool {
    matches!(
        value.first(),
        Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r')
    )
}

fn push_value(value: &[u8], output: &mut Vec<u8>) {
    let needs_quotes = |byte: &u8| matches!(byte, b',' | b'"' | b'\r' | b'\n');
    if !value.is_empty() && !value.iter().any(needs_quotes) {
        output.extend_from_slice(value);
        return;
    }
    output.push(b'"');
    for byte in value {
        if *byte == b'"' {
            output.push(b'"');
        }
        output.push(*byte);
    }
    output.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(line: &[u8], is_text: Option<&[bool]>) -> (String, u64) {
        let mut output = Vec::new();
        let made_safe = push_row(crate::rows::fields(line), is_text, &mut output);
        (String::from_utf8(output).unwrap(), made_safe)
    }

    #[test]
    fn null_and_the_empty_text_are_told_apart_and_quotes_are_doubled() {
        let (text, _) = row(b"a,b\t\\N\t\t6\" nail\tx\\ny\tplain", None);
        assert_eq!(text, "\"a,b\",,\"\",\"6\"\" nail\",\"x\ny\",plain\r\n");
    }

    #[test]
    fn only_texts_that_would_run_are_made_safe() {
        let (text, made_safe) = row(b"=1+1\t-5\t-5\t@x", Some(&[true, false, true, true]));
        assert_eq!(text, "'=1+1,-5,'-5,'@x\r\n");
        assert_eq!(made_safe, 3);
    }
}
