use std::ops::ControlFlow;

use crate::archive::{Reader, RowChunk, TableEntry};
use crate::model::CompanyId;
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
    /// The values of its key, in the order of the key's columns.
    ///
    /// # Errors
    /// `usage` where the table has no key, or one of other columns.
    pub fn values(
        &self,
        key_columns: &[String],
        company: &CompanyId,
        scope_columns: &[String],
    ) -> Result<Vec<String>> {
        let columns = match self {
            Self::Written(written) => {
                return key_values(key_columns, company, scope_columns, written);
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
/// are left out, and the others are apart by commas where there are several.
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
    let values: Vec<&str> = match columns.len() {
        0 => return Err(no_key()),
        1 => vec![written],
        _ => written.split(',').collect(),
    };
    if values.len() != columns.len() {
        return Err(
            Error::new(Code::Usage, "The key has another number of columns.")
                .hint("Write the values of these columns, with commas between.")
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
        value.unwrap_or(company.as_str()).to_owned()
    });
    Ok(whole.collect())
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
            RowName::Columns(columns.collect()).values(&key, &CompanyId::new("acme"), &[])
        };
        let whole = named(&[("code", "P,1"), ("companyId", "acme")]);
        assert_eq!(whole.unwrap(), ["acme", "P,1"]);
        let part = named(&[("code", "P,1")]);
        assert_eq!(part.map_err(|error| error.code()), Err(Code::Usage));
    }

    #[test]
    fn a_key_of_another_width_is_a_wrong_usage() {
        let refused = [values(&["orderId", "position"], "7"), values(&[], "7")];
        let codes = refused.map(|refused| refused.map_err(|error| error.code()));
        assert!(codes.iter().all(|code| *code == Err(Code::Usage)));
    }
}
