use super::field::{fields, is_null, unescape};

/// Which columns of a line make its key, and how a key is written so that comparing bytes compares
/// the unescaped UTF-8 bytes of each key column in turn.
///
/// Each value is 0x01, its bytes, 0x00; NULL is a single 0x00 and so comes first. No text value of
/// Postgres holds a zero byte, which makes the terminator smaller than anything that may follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyColumns {
    /// Positions in key order; empty for the whole row.
    positions: Vec<usize>,
    /// How many leading fields make the whole row, where the key is that.
    width: usize,
}

impl KeyColumns {
    /// The key made of the fields at these positions, in this order.
    #[must_use]
    pub fn at(positions: Vec<usize>) -> Self {
        Self {
            positions,
            width: 0,
        }
    }

    /// The first `width` fields together: for tables where a row is known by all of its columns.
    #[must_use]
    pub fn whole_row(width: usize) -> Self {
        Self {
            positions: Vec::new(),
            width,
        }
    }

    /// Whether rows are known by all of their columns, so that equal rows may occur several times.
    #[must_use]
    pub fn is_whole_row(&self) -> bool {
        self.positions.is_empty()
    }

    /// The key of a row of which only these values are known, in the order of the key.
    #[must_use]
    pub fn key_of_values(values: &[Option<String>]) -> Vec<u8> {
        let mut key = Vec::new();
        for value in values {
            match value {
                Some(value) => {
                    key.push(1);
                    key.extend_from_slice(value.as_bytes());
                    key.push(0);
                }
                None => key.push(0),
            }
        }
        key
    }

    /// Appends the key of that line. Fields that the line lacks count as NULL; the reader of a line
    /// has checked its width.
    pub fn push_key(&self, line: &[u8], key: &mut Vec<u8>) {
        match self.positions.as_slice() {
            [] => fields(line)
                .take(self.width)
                .for_each(|field| push_value(field, key)),
            [only] => push_value(fields(line).nth(*only).unwrap_or(b"\\N"), key),
            several => {
                let (mut rest, mut next) = (fields(line), 0);
                for &position in several {
                    if position < next {
                        (rest, next) = (fields(line), 0);
                    }
                    push_value(rest.nth(position - next).unwrap_or(b"\\N"), key);
                    next = position + 1;
                }
            }
        }
    }
}

fn push_value(field: &[u8], key: &mut Vec<u8>) {
    if is_null(field) {
        key.push(0);
    } else {
        key.push(1);
        key.extend_from_slice(&unescape(field));
        key.push(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(columns: &KeyColumns, line: &[u8]) -> Vec<u8> {
        let mut key = Vec::new();
        columns.push_key(line, &mut key);
        key
    }

    #[test]
    fn keys_order_by_unescaped_bytes_and_not_by_the_line() {
        let columns = KeyColumns::at(vec![0]);
        // A tab is 0x09 and comes before a space, though its escaped form begins with a backslash.
        assert!(key(&columns, b"a\\tb\tx") < key(&columns, b"a b\tx"));
        assert!(key(&columns, b"a\tz") < key(&columns, b"ab\ta"));
    }

    #[test]
    fn keys_hold_the_fields_in_their_own_order_wherever_these_stand() {
        let line = b"a\tb\tc\td";
        for positions in [[0, 1, 3], [3, 0, 2], [1, 1, 0], [2, 3, 9]] {
            let expected: Vec<u8> = positions
                .iter()
                .flat_map(|position| key(&KeyColumns::at(vec![*position]), line))
                .collect();
            assert_eq!(key(&KeyColumns::at(positions.to_vec()), line), expected);
        }
    }

    #[test]
    fn null_comes_before_the_empty_text() {
        let columns = KeyColumns::whole_row(2);
        assert!(key(&columns, b"\\N\tb") < key(&columns, b"\ta"));
    }

    #[test]
    fn columns_count_in_key_order() {
        let columns = KeyColumns::at(vec![1, 0]);
        assert!(key(&columns, b"b\ta") < key(&columns, b"a\tb"));
    }
}
