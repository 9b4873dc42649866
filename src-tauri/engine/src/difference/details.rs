//! One differing row, told by the values of its columns.
//!
//! Values are exact: the text of COPY with its escapes undone. They are for the person who looks,
//! never for logs or errors.

use super::merge::Change;
use super::pairing::TablePair;
use super::spool::Spool;
use crate::Result;
use crate::rows::{fields, text_of};

/// What happens to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowFate {
    /// It is wanted and not there.
    Missing,
    /// It is there with other values.
    Changed,
    /// It is there and not wanted.
    Extra,
}

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
    /// The values that name the row for people, best first, those that are NULL left out.
    pub names: Vec<String>,
    /// The columns whose values differ; for a row that is missing or extra, those that are not NULL.
    pub fields: Vec<FieldDifference>,
}

/// Tells rows of one table.
#[derive(Debug, Clone)]
pub struct RowTeller {
    columns: Vec<String>,
    key: Vec<usize>,
    naming: Vec<usize>,
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
            fields: Vec::new(),
        };
        for position in &self.key {
            if let Some(column) = self.columns.get(*position) {
                told.key.push((column.clone(), value(naming, *position)?));
            }
        }
        for position in &self.naming {
            told.names.extend(value(naming, *position)?);
        }
        for (position, column) in self.columns.iter().enumerate() {
            if found.get(position) == wanted.get(position) {
                continue;
            }
            let (found, wanted) = (value(&found, position)?, value(&wanted, position)?);
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

    /// The differing rows from that one on, at most so many, in the order of their keys.
    ///
    /// # Errors
    /// `local_file`; as [`RowTeller::tell`].
    pub fn page(&self, spool: &mut Spool, offset: u64, limit: u64) -> Result<Vec<RowDifference>> {
        let mut rows = Vec::new();
        let mut reader = spool.reader()?;
        let mut number = 0;
        while number < offset.saturating_add(limit) {
            let Some(change) = reader.next()? else { break };
            if number >= offset {
                rows.extend(self.tell(change)?);
            }
            number += 1;
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
        assert_eq!(told.names, ["Hub"]);
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
        assert_eq!(told.names, Vec::<String>::new());
    }

    #[test]
    fn a_page_begins_and_ends_where_it_is_asked_to() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = SpoolWriter::new(folder.path());
        for id in ["a", "b", "c", "d"] {
            let line = format!("{id}\tPart {id}\t\\N");
            writer
                .push(Change::Missing {
                    wanted: line.as_bytes(),
                })
                .unwrap();
        }
        let mut spool = writer.finish().unwrap();
        let names = |rows: Vec<RowDifference>| -> Vec<String> {
            rows.into_iter().flat_map(|row| row.names).collect()
        };
        let teller = teller();
        assert_eq!(
            names(teller.page(&mut spool, 1, 2).unwrap()),
            ["Part b", "Part c"]
        );
        assert_eq!(names(teller.page(&mut spool, 3, 9).unwrap()), ["Part d"]);
        assert!(teller.page(&mut spool, 4, 9).unwrap().is_empty());
    }
}
