//! Which rows are wanted, by what they have in a column.

use super::kind::{Kind, as_written};
use crate::archive::{Manifest, Reader, TableEntry};
use crate::rows::{field_at, is_null, unescape};
use crate::{Code, Error, Result};

/// How a value is like the one of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// Exactly, as the database writes it.
    Equal,
    /// Not exactly that; nothing at all is another, too.
    Different,
    /// It has it inside, whatever the case of the letters.
    Contains,
    /// That, or what comes after it in the order of the column.
    AtLeast,
    /// That, or what comes before it in the order of the column.
    AtMost,
    /// It is NULL or a text without a letter, whatever the filter's value.
    Empty,
    /// It is neither.
    Filled,
}

/// Only rows whose column has a value like that one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// The column.
    pub column: String,
    /// How.
    pub likeness: Likeness,
    /// The value.
    pub value: String,
}

/// Filters with the places of their columns.
pub(super) struct Filters<'a> {
    filters: Vec<Placed<'a>>,
}

struct Placed<'a> {
    filter: &'a Filter,
    position: usize,
    /// How values of the column are ordered.
    kind: Kind,
    /// The filter's value as the database writes it.
    value: String,
    /// The same as values are held against it.
    against: Vec<u8>,
}

impl<'a> Filters<'a> {
    /// # Errors
    /// `usage` where a column is not there, or a value cannot be one of its own.
    pub(super) fn new(reader: &Reader, entry: &TableEntry, filters: &'a [Filter]) -> Result<Self> {
        let manifest = reader.manifest();
        let known = manifest.catalog.tables.get(&entry.table);
        let placed = filters.iter().map(|filter| {
            let position = position(manifest, entry, &filter.column)?;
            let value = as_written(known, &filter.column, filter.value.clone());
            let kind = Kind::of(known, &filter.column);
            let against = match filter.likeness {
                Likeness::AtLeast | Likeness::AtMost => ordering(kind, filter)?,
                Likeness::Contains => filter.value.to_lowercase().into_bytes(),
                _ => value.as_bytes().to_vec(),
            };
            Ok(Placed {
                filter,
                position,
                kind,
                value,
                against,
            })
        });
        Ok(Self {
            filters: placed.collect::<Result<_>>()?,
        })
    }

    /// Whether a line is like all of them.
    pub(super) fn hold(&self, line: &[u8]) -> bool {
        self.filters.iter().all(|placed| placed.holds(line))
    }

    /// The values of the whole key, where the filters name it: there is one such row at most.
    pub(super) fn whole_key(&self, entry: &TableEntry) -> Option<Vec<String>> {
        let value = |key: &String| {
            let is_equal = |placed: &&Placed<'_>| {
                placed.filter.likeness == Likeness::Equal && placed.filter.column == *key
            };
            let found = self.filters.iter().find(is_equal);
            found.map(|placed| placed.value.clone())
        };
        let values: Option<Vec<String>> = entry.key_columns.iter().map(value).collect();
        values.filter(|values| !values.is_empty())
    }
}

impl Placed<'_> {
    fn holds(&self, line: &[u8]) -> bool {
        let field = field_at(line, self.position).filter(|field| !is_null(field));
        let value = field.map(unescape);
        let is_empty = value.as_ref().is_none_or(|value| value.is_empty());
        match (self.filter.likeness, value) {
            (Likeness::Empty, _) => is_empty,
            (Likeness::Filled, _) => !is_empty,
            (Likeness::Different, value) => {
                value.is_none_or(|value| value.as_ref() != self.against.as_slice())
            }
            (_, None) => false,
            (Likeness::Equal, Some(value)) => value.as_ref() == self.against.as_slice(),
            (Likeness::Contains, Some(value)) => {
                let text = String::from_utf8_lossy(&value).to_lowercase();
                let wanted = String::from_utf8_lossy(&self.against);
                text.contains(&*wanted)
            }
            (Likeness::AtLeast, Some(value)) => self.key(&value) >= self.against,
            (Likeness::AtMost, Some(value)) => self.key(&value) <= self.against,
        }
    }

    fn key(&self, value: &[u8]) -> Vec<u8> {
        let mut key = Vec::new();
        self.kind.push(&String::from_utf8_lossy(value), &mut key);
        key
    }
}

/// The filter's value, so written that bytes order it among those of the column.
fn ordering(kind: Kind, filter: &Filter) -> Result<Vec<u8>> {
    if !kind.takes(&filter.value) {
        return Err(
            Error::new(Code::Usage, "The column holds numbers, and this is none.")
                .with("column", &filter.column),
        );
    }
    let mut key = Vec::new();
    kind.push(&filter.value, &mut key);
    Ok(key)
}

/// Where a column stands.
///
/// # Errors
/// `usage` where it is not there, or is secret.
pub(super) fn position(manifest: &Manifest, entry: &TableEntry, column: &str) -> Result<usize> {
    let mut columns = entry.columns.iter();
    columns.position(|name| name == column).ok_or_else(|| {
        let secret = manifest.secret_columns.get(&entry.table);
        let is_secret = secret.is_some_and(|names| names.iter().any(|name| name == column));
        let message = match is_secret {
            true => "This column holds secrets: it is left out of every backup.",
            false => "The table has no such column.",
        };
        Error::new(Code::Usage, message)
            .with("table", &entry.table)
            .with("column", column)
            .with("columns", entry.columns.join(", "))
    })
}
