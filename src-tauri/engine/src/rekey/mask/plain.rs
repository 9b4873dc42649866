//! A value as its words are read, whatever form they are written in.

use std::borrow::Cow;

use super::super::column::Escapes;

/// JSON in which letters that need no escape have none; `None` where it is so already. Text that the server
/// keeps as it came may hide an address behind `\u0040`.
pub(super) fn decoded(value: &[u8], escapes: Escapes) -> Option<Vec<u8>> {
    if escapes != Escapes::Json || memchr::memmem::find(value, b"\\u").is_none() {
        return None;
    }
    let mut decoded = Vec::with_capacity(value.len());
    let mut at = 0;
    while let Some(byte) = value.get(at) {
        let letter = match value.get(at..at + 6) {
            Some([b'\\', b'u', code @ ..]) => letter_of(code),
            _ => None,
        };
        if let Some(letter) = letter {
            decoded.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            at += 6;
            continue;
        }
        decoded.push(*byte);
        at += 1;
        // What is escaped is no escape itself.
        if *byte == b'\\'
            && let Some(next) = value.get(at)
        {
            decoded.push(*next);
            at += 1;
        }
    }
    (decoded.len() != value.len()).then_some(decoded)
}

/// The letter of four hexadecimal digits, where it may stand in a string as it is.
fn letter_of(code: &[u8]) -> Option<char> {
    let code = std::str::from_utf8(code).ok()?;
    let letter = char::from_u32(u32::from_str_radix(code, 16).ok()?)?;
    let is_plain = letter >= ' ' && letter != '"' && letter != '\\' && letter != '\u{7f}';
    is_plain.then_some(letter)
}

/// The value with a space for each byte of an escape, of a wide space and of a space that keeps words
/// together, and a hyphen for each of a dash: every other byte stands where it stood.
pub(super) fn plain(value: &[u8], escapes: Escapes) -> Cow<'_, [u8]> {
    let has_escapes = escapes != Escapes::Text && value.contains(&b'\\');
    let has_spaces = value.iter().any(|byte| matches!(byte, 0xc2 | 0xe2));
    if !has_escapes && !has_spaces {
        return Cow::Borrowed(value);
    }
    let mut plain = value.to_vec();
    let mut at = 0;
    while at < plain.len() {
        let rest = plain.get_mut(at..).unwrap_or_default();
        let (length, instead) = match rest {
            [b'\\', b'u', ..] if escapes == Escapes::Json => (6, b' '),
            [b'\\', ..] if escapes != Escapes::Text => (2, b' '),
            [0xc2, 0xa0, ..] => (2, b' '),
            [0xe2, 0x80, 0x80..=0x8b | 0xaf, ..] => (3, b' '),
            [0xe2, 0x80, 0x90..=0x95, ..] | [0xe2, 0x88, 0x92, ..] => (3, b'-'),
            _ => (0, 0),
        };
        rest.iter_mut()
            .take(length)
            .for_each(|byte| *byte = instead);
        at += length.max(1);
    }
    Cow::Owned(plain)
}
