//! One differing row, told by the values of its columns.
//!
//! Values are exact: the text of COPY with its escapes undone. They are for the person who looks,
//! never for logs or errors.

use super::merge::{Change, RowFate};
use super::pairing::TablePair;
use super::spool::Spool;
use crate::Result;
use crate::rows::{fields, text_of};

/// The column in which rows say what their amounts of money are in.
const CURRENCY: &str = "currencyCode";

/// A value of one column that is or was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDifference {
    /// The column, by its live name.
    pub column: String,
    /// The value found; `None` for NULL and where the row is missing.
    pub found: Option<String>,
    /// The value wanted; `None` for NULL and where the row is extra.
    pub wanted: Option<String>,
}

/// A differing row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowDifference {
    /// What happens to it.
    pub fate: RowFate,
    /// The key's columns with their values; empty where a row is all of its columns.
    pub key: Vec<(String, Option<String>)>,
    /// The columns and values that name the row for people, best first, those that are NULL left out.
    pub names: Vec<(String, String)>,
    /// The currency that the row itself names; `None` where it does not, or where it changes.
    pub currency: Option<String>,
    /// The columns whose values differ; for a row that is missing or extra, those that are not NULL.
    pub fields: Vec<FieldDifference>,
}

/// Tells rows of one table.
#[derive(Debug, Clone)]
pub struct RowTeller {
    columns: Vec<String>,
    key: Vec<usize>,
    naming: Vec<usize>,
    currency: Option<usize>,
}

impl RowTeller {
    /// Tells rows of that pair, naming them by those columns, as far as they are compared.
    #[must_use]
    pub fn new(pair: &TablePair, naming_columns: &[String]) -> Self {
        let positions = |names: &[String]| {
            let found = names.iter().filter_map(|name| pair.position(name));
            found.collect::<Vec<_>>()
        };
        Self {
            columns: pair.columns.clone(),
            key: positions(&pair.key_columns),
            naming: positions(naming_columns),
            currency: pair.position(CURRENCY),
        }
    }

    /// The row of that change; `None` for one that is as wanted.
    ///
    /// # Errors
    /// `archive_damaged` where a value is not UTF-8.
    pub fn tell(&self, change: Change<'_>) -> Result<Option<RowDifference>> {
        let (fate, found, wanted) = match change {
            Change::Same { .. } => return Ok(None),
            Change::Missing { wanted } => (RowFate::Missing, None, Some(wanted)),
            Change::Extra { found } => (RowFate::Extra, Some(found), None),
            Change::Changed { wanted, found } => (RowFate::Changed, Some(found), Some(wanted)),
        };
        let split = |line: Option<&'_ [u8]>| -> Vec<Vec<u8>> {
            let fields = line.into_iter().flat_map(fields);
            fields.map(<[u8]>::to_vec).collect()
        };
        let (found, wanted) = (split(found), split(wanted));
        // What names the row is what is there now, as far as it is there.
        let naming = if found.is_empty() { &wanted } else { &found };
        let mut told = RowDifference {
            fate,
            key: Vec::with_capacity(self.key.len()),
            names: Vec::new(),
            currency: match self.currency {
                Some(position) => value(naming, position)?,
                None => None,
            },
            fields: Vec::new(),
        };
        for position in &self.key {
            if let Some(column) = self.columns.get(*position) {
                told.key.push((column.clone(), value(naming, *position)?));
            }
        }
        for position in &self.naming {
            if let (Some(column), Some(value)) =
                (self.columns.get(*position), value(naming, *position)?)
            {
                told.names.push((column.clone(), value));
            }
        }
        for (position, column) in self.columns.iter().enumerate() {
            if found.get(position) == wanted.get(position) {
                continue;
            }
            let (found, wanted) = (value(&found, position)?, value(&wanted, position)?);
            let says_both = fate == RowFate::Changed && Some(position) == self.currency;
            if says_both {
                told.currency = None;
            }
            if found.is_some() || wanted.is_some() {
                told.fields.push(FieldDifference {
                    column: column.clone(),
                    found,
                    wanted,
                });
            }
        }
        Ok(Some(told))
    }

    /// The differing rows from that one on, at most so many, in the order of their keys; where `only`
    /// says so, those of one fate alone.
    ///
    /// # Errors
    /// `local_file`; as [`RowTeller::tell`].
    pub fn page(
        &self,
        spool: &mut Spool,
        only: Option<RowFate>,
        offset: u64,
        limit: u64,
    ) -> Result<Vec<RowDifference>> {
        let mut rows = Vec::new();
        let mut reader = spool.reader_from(only, offset)?;
        while (rows.len() as u64) < limit {
            let Some(change) = reader.next()? else { break };
            rows.extend(self.tell(change)?);
        }
        Ok(rows)
    }
}

fn value(line: &[Vec<u8>], position: usize) -> Result<Option<String>> {
    match line.get(position) {
        Some(field) => text_of(field),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::difference::SpoolWriter;
    use crate::model::TableName;
    use std::collections::BTreeSet;

    fn pair() -> TablePair {
        let table = TableName::new("public", "part");
        TablePair {
            archived: table.clone(),
            table,
            columns: ["id", "name", "price"].map(str::to_owned).to_vec(),
            projection: None,
            live_only: vec!["since".to_owned()],
            key_columns: vec!["id".to_owned()],
            in_order: true,
            written: true,
            conversions: BTreeSet::new(),
            new_checks: Vec::new(),
            since: crate::difference::Since::default(),
        }
    }

    fn teller() -> RowTeller {
        RowTeller::new(&pair(), &["name".to_owned()])
    }

    #[test]
    fn a_changed_row_tells_the_columns_that_differ_and_no_others() {
        let change = Change::Changed {
            wanted: b"p1\tHub\t12.50",
            found: b"p1\tHub\t1250\tlive",
        };
        let told = teller().tell(change).unwrap().unwrap();
        assert_eq!(told.key, [("id".to_owned(), Some("p1".to_owned()))]);
        assert_eq!(told.names, [("name".to_owned(), "Hub".to_owned())]);
        let field = FieldDifference {
            column: "price".to_owned(),
            found: Some("1250".to_owned()),
            wanted: Some("12.50".to_owned()),
        };
        assert_eq!(told.fields, [field]);
    }

    #[test]
    fn values_are_exact_and_null_is_none() {
        let change = Change::Changed {
            wanted: b"p1\tA\\tB\\\\C\t\\N",
            found: b"p1\t\\N\t\t\\N",
        };
        let told = teller().tell(change).unwrap().unwrap();
        let found: Vec<_> = told
            .fields
            .iter()
            .map(|field| (field.found.as_deref(), field.wanted.as_deref()))
            .collect();
        assert_eq!(found, [(None, Some("A\tB\\C")), (Some(""), None)]);
        assert!(told.names.is_empty());
    }

    /// A spool of that many rows; every third comes back, every third goes, the others change.
    fn mixed(row_count: usize) -> Spool {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = SpoolWriter::new(folder.path());
        for number in 0..row_count {
            let wanted = format!("{number:06}\tPart {number}\t\\N");
            let found = format!("{number:06}\tPart {number}\t1");
            let (wanted, found) = (wanted.as_bytes(), found.as_bytes());
            let change = match number % 3 {
                0 => Change::Missing { wanted },
                1 => Change::Extra { found },
                _ => Change::Changed { wanted, found },
            };
            writer.push(change).unwrap();
        }
        writer.finish().unwrap()
    }

    fn numbers(rows: Vec<RowDifference>) -> Vec<usize> {
        let keys = rows.into_iter().flat_map(|row| row.key);
        keys.map(|(_, value)| value.unwrap().parse().unwrap())
            .collect()
    }

    #[test]
    fn a_page_begins_and_ends_where_it_is_asked_to() {
        let (teller, mut spool) = (teller(), mixed(2_000));
        for offset in [0, 1, 255, 256, 257, 1_998] {
            let page = teller.page(&mut spool, None, offset, 2).unwrap();
            let offset = offset as usize;
            assert_eq!(numbers(page), [offset, offset + 1]);
        }
        let last = teller.page(&mut spool, None, 1_999, 9).unwrap();
        assert_eq!(numbers(last), [1_999]);
        assert!(teller.page(&mut spool, None, 2_000, 9).unwrap().is_empty());
    }

    #[test]
    fn a_page_of_one_fate_counts_those_rows_alone() {
        let (teller, mut spool) = (teller(), mixed(2_000));
        for (fate, first) in [
            (RowFate::Missing, 0),
            (RowFate::Extra, 1),
            (RowFate::Changed, 2),
        ] {
            for offset in [0, 255, 256, 600] {
                let page = teller.page(&mut spool, Some(fate), offset, 2).unwrap();
                assert!(page.iter().all(|row| row.fate == fate));
                let number = first + 3 * offset as usize;
                assert_eq!(numbers(page), [number, number + 3]);
            }
        }
        let beyond = teller.page(&mut spool, Some(RowFate::Extra), 667, 9);
        assert!(beyond.unwrap().is_empty());
    }
}
