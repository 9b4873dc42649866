//! Rows of a difference on their way into SQL: columns of text values bound as arrays, typed inside the
//! statement.

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::difference::{Change, Spool, SpoolReader};
use crate::model::{Reference, Table, TableName};
use crate::pg::{Ident, Qualified};
use crate::rows::{KeyColumns, field_at, fields, text_of};
use crate::{Code, Error, Result};

/// Bytes of row text that one statement carries: few round trips, and memory stays flat.
const BATCH_BYTES: usize = 1 << 20;
/// Rows that one statement carries.
const BATCH_ROWS: usize = 20_000;

/// The one type to which text is cast by a function that does not read what the type prints: neither the dash of no
/// table nor the number of one that is gone. The elements of an array are read by the type itself.
const READ_OTHERWISE: &str = "regclass";

/// Columns by name with their types, as a statement sees them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct TypedColumns {
    columns: Vec<(String, String)>,
}

impl TypedColumns {
    /// Those columns of the table.
    ///
    /// # Errors
    /// `schema_changed` where the table has no such column any more.
    pub(super) fn of<'a>(
        table: &Table,
        names: impl IntoIterator<Item = &'a String>,
    ) -> Result<Self> {
        let columns: Result<Vec<_>> = names
            .into_iter()
            .map(|name| {
                let column = table.column(name).ok_or_else(|| {
                    Error::new(
                        Code::SchemaChanged,
                        "A column is gone since the plan was made.",
                    )
                    .with("column", name)
                })?;
                Ok((name.clone(), column.type_name.clone()))
            })
            .collect();
        Ok(Self { columns: columns? })
    }

    /// The columns that a reference of that table leads to, with the types that its values have in the table: a value
    /// becomes one of them before it is compared.
    ///
    /// # Errors
    /// As [`TypedColumns::of`].
    pub(super) fn led_to(table: &Table, reference: &Reference) -> Result<Self> {
        let mut typed = Self::of(table, &reference.columns)?;
        for ((name, _), there) in typed.columns.iter_mut().zip(&reference.target_columns) {
            name.clone_from(there);
        }
        Ok(typed)
    }

    /// How many.
    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    /// Their names.
    pub(super) fn names(&self) -> Vec<String> {
        self.columns.iter().map(|(name, _)| name.clone()).collect()
    }

    /// A relation of the bound values, its columns named and typed as the table's.
    pub(super) fn relation(&self, alias: &str) -> String {
        let (mut select, mut binds, mut names) = (String::new(), String::new(), String::new());
        for (number, (name, type_name)) in self.columns.iter().enumerate() {
            let comma = if number == 0 { "" } else { ", " };
            let (cast, typed) = match type_name.as_str() {
                READ_OTHERWISE => (String::new(), format!("::text::{type_name}[]")),
                _ => (format!("::{type_name}"), String::new()),
            };
            let _ = write!(select, "{comma}v.a{number}{cast} AS {}", Ident(name));
            let _ = write!(binds, "{comma}${}::text[]{typed}", number + 1);
            let _ = write!(names, "{comma}a{number}");
        }
        format!("(SELECT {select} FROM unnest({binds}) AS v({names})) AS {alias}")
    }

    /// The query that says which of the bound rows of values no row of that table has: their places, the
    /// first of which is 1.
    pub(super) fn not_there(&self, table: &TableName) -> String {
        format!(
            "SELECT n.place::text FROM (SELECT *, row_number() OVER () AS place FROM {}) AS n \
             WHERE NOT EXISTS (SELECT 1 FROM {} AS p WHERE {})",
            self.relation("v"),
            Qualified(table),
            self.equal("p", "n"),
        )
    }

    /// `left.x = right.x AND ...` over all columns.
    pub(super) fn equal(&self, left: &str, right: &str) -> String {
        let pairs: Vec<String> = self
            .columns
            .iter()
            .map(|(name, _)| format!("{left}.{0} = {right}.{0}", Ident(name)))
            .collect();
        pairs.join(" AND ")
    }
}

/// Columns of a relation, one after the other.
pub(super) fn columns_of(alias: &str, columns: &[String]) -> String {
    let columns = columns.iter();
    let columns = columns.map(|column| format!("{alias}.{}", Ident(column)));
    columns.collect::<Vec<_>>().join(", ")
}

/// The same as texts, where none of them is NULL.
pub(super) fn texts_of(alias: &str, columns: &[String]) -> String {
    let columns = columns.iter();
    let texts = columns.map(|column| format!("format('%s', {alias}.{})", Ident(column)));
    texts.collect::<Vec<_>>().join(", ")
}

/// Rows gathered for one statement.
#[derive(Debug)]
pub(super) struct Batch {
    /// One array for each column.
    pub(super) columns: Vec<Vec<Option<String>>>,
    byte_count: usize,
}

impl Batch {
    /// An empty batch of rows that wide.
    fn new(width: usize) -> Self {
        Self {
            columns: vec![Vec::new(); width],
            byte_count: 0,
        }
    }

    /// Adds the fields at those positions of a line.
    ///
    /// # Errors
    /// `archive_mismatch` where the line is too short, `archive_damaged` where a value is not text.
    fn push(&mut self, line: &[u8], positions: &[usize]) -> Result<()> {
        let found: Vec<&[u8]> = fields(line).collect();
        for (column, position) in self.columns.iter_mut().zip(positions) {
            let field = found
                .get(*position)
                .ok_or_else(|| Error::new(Code::ArchiveMismatch, "A row has too few columns."))?;
            column.push(text_of(field)?);
        }
        self.byte_count += line.len();
        Ok(())
    }

    /// Rows so far.
    fn row_count(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// Whether it should be sent now.
    fn is_full(&self) -> bool {
        self.byte_count >= BATCH_BYTES || self.row_count() >= BATCH_ROWS
    }

    /// Empties it.
    fn clear(&mut self) {
        self.columns.iter_mut().for_each(Vec::clear);
        self.byte_count = 0;
    }
}

/// Which rows of a difference, and which side of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pick {
    /// Rows that come back, as wanted.
    Missing,
    /// Rows that change, as wanted.
    Changed,
    /// Rows that come back or change, as wanted.
    Wanted,
    /// Rows that go, as found.
    Extra,
    /// Rows that change, as found.
    Replaced,
    /// Rows that go or change, as found.
    Found,
}

impl Pick {
    /// The line of a row that is picked.
    pub(super) fn of<'a>(self, change: &Change<'a>) -> Option<&'a [u8]> {
        match (self, change) {
            (Self::Missing | Self::Wanted, Change::Missing { wanted })
            | (Self::Changed | Self::Wanted, Change::Changed { wanted, .. }) => Some(wanted),
            (Self::Extra | Self::Found, Change::Extra { found })
            | (Self::Replaced | Self::Found, Change::Changed { found, .. }) => Some(found),
            _ => None,
        }
    }
}

/// Reads a difference batch by batch: those columns of those rows.
pub(super) struct Batches<'a> {
    rows: SpoolReader<'a>,
    pick: Pick,
    positions: Vec<usize>,
    batch: Batch,
    in_one: bool,
    turning: bool,
    only: Option<(KeyColumns, &'a HashSet<Vec<u8>>)>,
}

impl<'a> Batches<'a> {
    /// The fields at those positions of the picked rows.
    ///
    /// # Errors
    /// `local_file` where the difference cannot be read back.
    pub(super) fn new(spool: &'a mut Spool, pick: Pick, positions: Vec<usize>) -> Result<Self> {
        let batch = Batch::new(positions.len());
        Ok(Self {
            rows: spool.reader()?,
            pick,
            positions,
            batch,
            in_one: false,
            turning: false,
            only: None,
        })
    }

    /// All rows in one batch, for a statement that must see them together.
    pub(super) fn in_one(mut self) -> Self {
        self.in_one = true;
        self
    }

    /// Without rows that change and have the same fields at those positions as before.
    pub(super) fn turning(mut self) -> Self {
        self.turning = true;
        self
    }

    /// Only rows whose key is among those.
    pub(super) fn only(mut self, key: KeyColumns, keys: &'a HashSet<Vec<u8>>) -> Self {
        self.only = Some((key, keys));
        self
    }

    /// The next batch, or `None` at the end.
    ///
    /// # Errors
    /// `local_file`, `archive_mismatch`, `archive_damaged`.
    pub(super) fn next(&mut self) -> Result<Option<&Batch>> {
        self.batch.clear();
        let mut found = Vec::new();
        while self.in_one || !self.batch.is_full() {
            let Some(change) = self.rows.next()? else {
                break;
            };
            let Some(line) = self.pick.of(&change) else {
                continue;
            };
            if self.turning && !turns(&change, &self.positions) {
                continue;
            }
            if let Some((key, keys)) = &self.only {
                found.clear();
                key.push_key(line, &mut found);
                if !keys.contains(&found) {
                    continue;
                }
            }
            self.batch.push(line, &self.positions)?;
        }
        Ok((self.batch.row_count() > 0).then_some(&self.batch))
    }
}

/// Whether a row comes or goes, or changes a field at one of those positions.
pub(super) fn turns(change: &Change<'_>, positions: &[usize]) -> bool {
    let Change::Changed { wanted, found } = change else {
        return true;
    };
    let mut positions = positions.iter();
    positions.any(|position| field_at(wanted, *position) != field_at(found, *position))
}

/// The sum of the counts that a query returned as text.
pub(super) fn sum(rows: Vec<Vec<Option<String>>>) -> u64 {
    rows.into_iter()
        .flatten()
        .flatten()
        .filter_map(|count| count.parse::<u64>().ok())
        .sum()
}
