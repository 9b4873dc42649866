use std::borrow::Cow;

/// The raw (escaped) fields of a line, in order.
pub fn fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let current = rest?;
        match memchr::memchr(b'\t', current) {
            Some(tab) => {
                let (field, tail) = current.split_at(tab);
                rest = tail.get(1..);
                Some(field)
            }
            None => {
                rest = None;
                Some(current)
            }
        }
    })
}

/// The raw field at that position, if the line has so many.
#[must_use]
pub fn field_at(line: &[u8], position: usize) -> Option<&[u8]> {
    fields(line).nth(position)
}

/// Whether a raw field stands for NULL.
#[must_use]
pub fn is_null(field: &[u8]) -> bool {
    field == b"\\N"
}

/// The value of a raw field that is not NULL, as the server reads it
/// (PostgreSQL documentation, "COPY", "Text Format").
#[must_use]
pub fn unescape(field: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = memchr::memchr(b'\\', field) else {
        return Cow::Borrowed(field);
    };
    let mut value = Vec::with_capacity(field.len());
    value.extend_from_slice(field.get(..first).unwrap_or_default());
    let mut bytes = field
        .get(first..)
        .unwrap_or_default()
        .iter()
        .copied()
        .peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            value.push(byte);
            continue;
        }
        let Some(escaped) = bytes.next() else {
            value.push(b'\\');
            break;
        };
        value.push(match escaped {
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 0x0b,
            b'0'..=b'7' => digits(escaped, 8, 3, &mut bytes),
            b'x' if bytes.peek().is_some_and(u8::is_ascii_hexdigit) => {
                let high = bytes.next().unwrap_or_default();
                digits(high, 16, 2, &mut bytes)
            }
            other => other,
        });
    }
    Cow::Owned(value)
}

/// Reads up to `most` digits of that radix, the first of which is given; overflow keeps the low byte,
/// as in the server.
fn digits(
    first: u8,
    radix: u32,
    most: usize,
    bytes: &mut std::iter::Peekable<impl Iterator<Item = u8>>,
) -> u8 {
    let mut value = char::from(first).to_digit(radix).unwrap_or_default();
    for _ in 1..most {
        let Some(digit) = bytes
            .peek()
            .and_then(|byte| char::from(*byte).to_digit(radix))
        else {
            break;
        };
        bytes.next();
        value = value * radix + digit;
    }
    (value & 0xff) as u8
}

/// The value of a raw field as text; `None` for NULL.
///
/// # Errors
/// `archive_damaged` where the bytes are not UTF-8: every connection and archive of ours is.
pub fn text_of(field: &[u8]) -> crate::Result<Option<String>> {
    if is_null(field) {
        return Ok(None);
    }
    String::from_utf8(unescape(field).into_owned())
        .map(Some)
        .map_err(|_| crate::Error::new(crate::Code::ArchiveDamaged, "A value is not UTF-8 text."))
}

/// Appends a value as a COPY text field; `None` is NULL.
pub fn push_escaped(line: &mut Vec<u8>, value: Option<&[u8]>) {
    let Some(value) = value else {
        line.extend_from_slice(b"\\N");
        return;
    };
    let mut rest = value;
    let next = |rest: &[u8]| {
        let mut bytes = rest.iter().enumerate();
        bytes.find_map(|(at, byte)| Some((at, letter_of(*byte)?)))
    };
    while let Some((at, letter)) = next(rest) {
        line.extend_from_slice(rest.get(..at).unwrap_or_default());
        line.extend_from_slice(&[b'\\', letter]);
        rest = rest.get(at + 1..).unwrap_or_default();
    }
    line.extend_from_slice(rest);
}

/// What stands behind a backslash for that byte, where it cannot stand for itself.
fn letter_of(byte: u8) -> Option<u8> {
    match byte {
        b'\\' => Some(b'\\'),
        0x08 => Some(b'b'),
        0x0c => Some(b'f'),
        b'\n' => Some(b'n'),
        b'\r' => Some(b'r'),
        b'\t' => Some(b't'),
        0x0b => Some(b'v'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_empty_ends() {
        let found: Vec<_> = fields(b"a\t\t\\N\t").collect();
        assert_eq!(found, [b"a".as_slice(), b"", b"\\N", b""]);
    }

    #[test]
    fn unescape_undoes_escape_for_every_byte() {
        let value: Vec<u8> = (1..=255).collect();
        let mut line = Vec::new();
        push_escaped(&mut line, Some(&value));
        assert!(!line.contains(&b'\t') && !line.contains(&b'\n'));
        assert_eq!(unescape(&line).as_ref(), value);
    }

    #[test]
    fn unescape_reads_octal_and_hex_as_the_server_does() {
        assert_eq!(unescape(b"\\101\\x42\\x4\\q\\").as_ref(), b"AB\x04q\\");
    }
}
