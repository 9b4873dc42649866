use std::ops::ControlFlow;

use super::kind::as_written;
use crate::archive::{Reader, RowChunk, TableEntry};
use crate::model::{CompanyId, Table};
use crate::rows::KeyColumns;
use crate::{Code, Error, Result};

/// The longest row that is looked at, in bytes of COPY text.
const LONGEST_ROW: usize = 256 << 20;

/// How a row of a table is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowName {
    /// As a person writes it: see [`key_values`].
    Written(String),
    /// By the columns of its key, in any order.
    Columns(Vec<(String, String)>),
}

impl RowName {
    /// The values of its key, in the order of the key's columns; what a person has written is written as the
    /// database writes it, as far as the table is known.
    ///
    /// # Errors
    /// `usage` where the table has no key, or one of other columns.
    pub fn values(
        &self,
        (key_columns, known): (&[String], Option<&Table>),
        company: &CompanyId,
        scope_columns: &[String],
    ) -> Result<Vec<String>> {
        let columns = match self {
            Self::Written(written) => {
                let values = key_values(key_columns, company, scope_columns, written)?;
                let values = key_columns.iter().zip(values);
                let values = values.map(|(column, value)| as_written(known, column, value));
                return Ok(values.collect());
            }
            Self::Columns(columns) => columns,
        };
        if key_columns.is_empty() {
            return Err(no_key());
        }
        let value = |key: &String| {
            let found = columns.iter().find(|(column, _)| column == key);
            found.map(|(_, value)| value.clone()).ok_or_else(|| {
                Error::new(Code::Usage, "The key has other columns.")
                    .with("columns", key_columns.join(","))
            })
        };
        key_columns.iter().map(value).collect()
    }
}

fn no_key() -> Error {
    Error::new(
        Code::Usage,
        "Rows of this table have no key: none can be named.",
    )
}

/// The values of a row's key as a person writes them: those of the columns that hold the company's key
/// are left out, and the others are apart by commas where there are several. There, a value with a comma stands in
/// double quotes, and a quote in it twice.
///
/// # Errors
/// `usage` where the table has no key, or another number of columns.
pub fn key_values(
    key_columns: &[String],
    company: &CompanyId,
    scope_columns: &[String],
    written: &str,
) -> Result<Vec<String>> {
    let is_scope = |column: &&String| scope_columns.contains(column);
    let all_scope = key_columns.iter().all(|column| is_scope(&column));
    let is_written = |column: &&String| all_scope || !is_scope(column);
    let columns: Vec<&str> = key_columns
        .iter()
        .filter(is_written)
        .map(String::as_str)
        .collect();
    let values = match columns.len() {
        0 => return Err(no_key()),
        1 => vec![written.to_owned()],
        _ => apart(written),
    };
    if values.len() != columns.len() {
        return Err(
            Error::new(Code::Usage, "The key has another number of columns.")
                .hint("Write the values of these columns, with commas between; a value with a comma in double quotes.")
                .with("columns", columns.join(",")),
        );
    }
    let mut values = values.into_iter();
    let whole = key_columns.iter().map(|column| {
        let value = if is_written(&column) {
            values.next()
        } else {
            None
        };
        value.unwrap_or_else(|| company.as_str().to_owned())
    });
    Ok(whole.collect())
}

/// Values that have commas between them, where no quotes are around those.
fn apart(written: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let mut is_quoted = false;
    let mut letters = written.chars().peekable();
    while let Some(letter) = letters.next() {
        let begins = values.last().is_none_or(String::is_empty);
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => {
                letters.next();
                push(&mut values, '"');
            }
            '"' if is_quoted => is_quoted = false,
            '"' if begins => is_quoted = true,
            ',' if !is_quoted => values.push(String::new()),
            other => push(&mut values, other),
        }
    }
    values
}

fn push(values: &mut [String], letter: char) {
    if let Some(last) = values.last_mut() {
        last.push(letter);
    }
}

/// The line of the row with that key: one value for each of the table's key columns. Only a few frames
/// of the table are read, since its rows are in the order of their keys.
///
/// # Errors
/// Archive errors; `row_too_large`.
pub fn find_row(reader: &Reader, entry: &TableEntry, values: &[String]) -> Result<Option<Vec<u8>>> {
    let positions = entry.key_columns.iter().filter_map(|column| {
        let mut columns = entry.columns.iter();
        columns.position(|name| name == column)
    });
    let key = KeyColumns::at(positions.collect());
    if key.is_whole_row() {
        return Ok(None);
    }
    let values: Vec<Option<String>> = values.iter().cloned().map(Some).collect();
    let wanted = KeyColumns::key_of_values(&values);
    let chunks = reader.chunks(&entry.table, 1)?;
    // Rows of chunks from `high` on are behind the one that is looked for.
    let (mut low, mut high) = (0, chunks.len());
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match first_key(reader, &chunks, &key, middle..high)? {
            Some((place, found)) if found <= wanted => low = place,
            _ => high = middle,
        }
    }
    match chunks.get(low) {
        Some(chunk) => row_in(reader, chunk, &key, &wanted),
        None => Ok(None),
    }
}

/// The first key in those chunks, and in which of them it is: a row may be longer than a chunk.
fn first_key(
    reader: &Reader,
    chunks: &[RowChunk],
    key: &KeyColumns,
    places: std::ops::Range<usize>,
) -> Result<Option<(usize, Vec<u8>)>> {
    for place in places {
        let Some(chunk) = chunks.get(place) else {
            break;
        };
        let mut first = None;
        reader.read_chunk(chunk, LONGEST_ROW, &mut |lines| {
            let line = lines.bytes.split(|byte| *byte == b'\n').next();
            let mut found = Vec::new();
            key.push_key(line.unwrap_or_default(), &mut found);
            first = Some(found);
            Ok(ControlFlow::Break(()))
        })?;
        if let Some(found) = first {
            return Ok(Some((place, found)));
        }
    }
    Ok(None)
}

fn row_in(
    reader: &Reader,
    chunk: &RowChunk,
    key: &KeyColumns,
    wanted: &[u8],
) -> Result<Option<Vec<u8>>> {
    let mut row = None;
    let mut found = Vec::new();
    reader.read_chunk(chunk, LONGEST_ROW, &mut |lines| {
        let whole = lines.bytes.strip_suffix(b"\n").unwrap_or(lines.bytes);
        for line in whole.split(|byte| *byte == b'\n') {
            found.clear();
            key.push_key(line, &mut found);
            match found.as_slice().cmp(wanted) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Greater => return Ok(ControlFlow::Break(())),
                std::cmp::Ordering::Equal if lines.is_cut => {
                    return Err(Error::new(
                        Code::RowTooLarge,
                        "A row in the archive is larger than the limit.",
                    )
                    .with("limit_bytes", LONGEST_ROW));
                }
                std::cmp::Ordering::Equal => {
                    row = Some(line.to_vec());
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(key: &[&str], written: &str) -> Result<Vec<String>> {
        let key: Vec<String> = key.iter().map(|name| (*name).to_owned()).collect();
        let scope = ["companyId".to_owned()];
        key_values(&key, &CompanyId::new("acme"), &scope, written)
    }

    #[test]
    fn the_companys_own_column_is_not_written() {
        assert_eq!(values(&["id"], "a,b").unwrap(), ["a,b"]);
        assert_eq!(
            values(&["companyId", "code"], "P-1").unwrap(),
            ["acme", "P-1"]
        );
        assert_eq!(values(&["orderId", "position"], "7,2").unwrap(), ["7", "2"]);
        assert_eq!(values(&["companyId"], "acme").unwrap(), ["acme"]);
    }

    #[test]
    fn a_key_by_its_columns_may_hold_commas_and_come_in_any_order() {
        let key = ["companyId", "code"].map(str::to_owned);
        let named = |columns: &[(&str, &str)]| {
            let columns = columns.iter();
            let columns = columns.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let name = RowName::Columns(columns.collect());
            name.values((&key, None), &CompanyId::new("acme"), &[])
        };
        let whole = named(&[("code", "P,1"), ("companyId", "acme")]);
        assert_eq!(whole.unwrap(), ["acme", "P,1"]);
        let part = named(&[("code", "P,1")]);
        assert_eq!(part.map_err(|error| error.code()), Err(Code::Usage));
    }

    #[test]
    fn a_value_with_a_comma_stands_in_quotes_where_there_are_several() {
        let key = ["orderId", "code"];
        assert_eq!(values(&key, "7,\"P,1\"").unwrap(), ["7", "P,1"]);
        assert_eq!(
            values(&key, "\"a\"\"b\",5\" nail").unwrap(),
            ["a\"b", "5\" nail"]
        );
        assert_eq!(values(&key, ",").unwrap(), ["", ""]);
        assert!(values(&key, "7,P,1").is_err());
        assert_eq!(values(&["code"], "\"a\"").unwrap(), ["\"a\""]);
    }

    #[test]
    fn a_key_of_another_width_is_a_wrong_usage() {
        let refused = [values(&["orderId", "position"], "7"), values(&[], "7")];
        let codes = refused.map(|refused| refused.map_err(|error| error.code()));
        assert!(codes.iter().all(|code| *code == Err(Code::Usage)));
    }
}
