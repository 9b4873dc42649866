//! References that leave the company.
//!
//! The server's constraints prove that the row referred to exists; what they cannot prove is whose it
//! is. So every reference that does not carry the company's key itself is followed, one query a table.

use std::collections::{BTreeMap, HashSet};

use super::references::{Followed, Reach, flagged, followed};
use super::rows::{as_text, columns_of, encode_keys, key_lines, key_names};
use crate::Result;
use crate::company::Opened;
use crate::difference::live;
use crate::model::{Table, TableName};
use crate::pg::{Ident, Qualified, Session, fetch_text_arrays};

/// Rows of one table that refer to rows of another company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossing {
    /// The table whose rows refer.
    pub table: TableName,
    /// The table that they refer to.
    pub target: TableName,
    /// The columns that refer.
    pub columns: Vec<String>,
    /// Distinct rows.
    pub row_count: u64,
    /// Whether the reference is one that a row must have (NOT NULL).
    pub is_required: bool,
}

/// Rows that a backup leaves out because they, or what they need, lead to another company.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Skipped {
    /// The columns that name a row, and each row's key as a COPY line, by table.
    pub rows: BTreeMap<TableName, (Vec<String>, HashSet<Vec<u8>>)>,
}

impl Skipped {
    /// The keys of one table in the form by which rows are ordered.
    #[must_use]
    pub fn encoded_keys(&self, table: &TableName) -> HashSet<Vec<u8>> {
        let Some((columns, lines)) = self.rows.get(table) else {
            return HashSet::new();
        };
        encode_keys(columns.len(), lines).collect()
    }
}

/// Finds the references that leave the company. `session` must see the instant that is backed up.
///
/// # Errors
/// Errors of the connection.
pub async fn crossings(
    session: &mut Session,
    opened: &Opened,
    tables: &[TableName],
) -> Result<Vec<Crossing>> {
    let mut found = Vec::new();
    for name in tables {
        let Some(table) = opened.schema.tables.get(name) else {
            continue;
        };
        let followed = followed(opened, name, table, Reach::Leaving);
        let counts = count_broken(session, opened, name, &followed).await?;
        for (followed, row_count) in followed.iter().zip(counts) {
            if row_count > 0 {
                found.push(Crossing {
                    table: name.clone(),
                    target: followed.reference.target.clone(),
                    columns: followed.reference.columns.clone(),
                    row_count,
                    is_required: followed.is_required(),
                });
            }
        }
    }
    Ok(found)
}

/// For each reference the rows of the company that refer by it to no row that they may refer to.
pub(super) async fn count_broken(
    session: &mut Session,
    opened: &Opened,
    name: &TableName,
    references: &[Followed<'_>],
) -> Result<Vec<u64>> {
    if references.is_empty() {
        return Ok(Vec::new());
    }
    let counts: Vec<String> = (0..references.len())
        .map(|number| format!("count(*) FILTER (WHERE s.b{number})::text"))
        .collect();
    let sql = format!(
        "SELECT {} FROM ({}) AS s",
        counts.join(", "),
        flagged(opened, name, references, "")
    );
    let rows = session.fetch_text_rows(&sql, &[]).await?;
    let counts = rows.into_iter().flatten();
    Ok(counts
        .map(|count| count.and_then(|count| count.parse().ok()).unwrap_or(0))
        .collect())
}

/// The rows that must be left out: those with a required reference out of the company, and all that
/// must refer to them in turn.
///
/// # Errors
/// Errors of the connection.
pub async fn skipped(
    session: &mut Session,
    opened: &Opened,
    crossings: &[Crossing],
) -> Result<Skipped> {
    let mut fresh: BTreeMap<TableName, HashSet<Vec<u8>>> = BTreeMap::new();
    let tables: HashSet<&TableName> = crossings
        .iter()
        .filter(|found| found.is_required)
        .map(|found| &found.table)
        .collect();
    for name in tables {
        let Some(table) = opened.schema.tables.get(name) else {
            continue;
        };
        let mut required = followed(opened, name, table, Reach::Leaving);
        required.retain(Followed::is_required);
        let lines = broken_rows(session, opened, name, &required).await?;
        fresh.insert(name.clone(), lines);
    }
    let mut skipped = Skipped::default();
    while let Some((name, lines)) = fresh.pop_first() {
        let new = add(opened, &mut skipped.rows, &name, lines);
        if new.is_empty() {
            continue;
        }
        let dependents = dependents(session, opened, &name, &new, |found| found.is_required());
        for (child, _, lines) in dependents.await? {
            fresh.entry(child).or_default().extend(lines);
        }
    }
    Ok(skipped)
}

/// Notes rows by their keys and says which of them are new.
pub(super) fn add(
    opened: &Opened,
    rows: &mut BTreeMap<TableName, (Vec<String>, HashSet<Vec<u8>>)>,
    name: &TableName,
    lines: HashSet<Vec<u8>>,
) -> HashSet<Vec<u8>> {
    let known = rows
        .entry(name.clone())
        .or_insert_with(|| (key_names(opened, name), HashSet::new()));
    lines
        .into_iter()
        .filter(|line| known.1.insert(line.clone()))
        .collect()
}

/// Keys of the rows that refer, by any of those references, to no row that they may refer to.
pub(super) async fn broken_rows(
    session: &mut Session,
    opened: &Opened,
    name: &TableName,
    references: &[Followed<'_>],
) -> Result<HashSet<Vec<u8>>> {
    if references.is_empty() {
        return Ok(HashSet::new());
    }
    let any: Vec<String> = (0..references.len())
        .map(|number| format!("s.b{number}"))
        .collect();
    let keys = key_names(opened, name);
    let select: String = keys
        .iter()
        .enumerate()
        .map(|(number, column)| format!("{} AS k{number}, ", as_text("t", column)))
        .collect();
    let names: Vec<String> = (0..keys.len())
        .map(|number| format!("s.k{number}"))
        .collect();
    let sql = format!(
        "SELECT {} FROM ({}) AS s WHERE {}",
        names.join(", "),
        flagged(opened, name, references, &select),
        any.join(" OR ")
    );
    Ok(key_lines(session.fetch_text_rows(&sql, &[]).await?))
}

/// Rows of the company that refer to one of those rows by such references, in tables that are in the
/// archive.
pub(super) async fn dependents<'a>(
    session: &mut Session,
    opened: &'a Opened,
    name: &TableName,
    lines: &HashSet<Vec<u8>>,
    wanted: impl Fn(&Followed<'a>) -> bool,
) -> Result<Vec<(TableName, Followed<'a>, HashSet<Vec<u8>>)>> {
    let keys = key_names(opened, name);
    let values = columns_of(keys.len(), lines)?;
    let mut found = Vec::new();
    for (child, table) in referring_tables(opened, name) {
        let mut references = followed(opened, child, table, Reach::Everywhere);
        references.retain(|followed| followed.reference.target == *name && wanted(followed));
        for followed in references {
            let sql = dependents_sql(opened, name, &keys, child, &followed);
            let lines = key_lines(fetch_text_arrays(session, &sql, &values).await?);
            if !lines.is_empty() {
                found.push((child.clone(), followed, lines));
            }
        }
    }
    Ok(found)
}

/// Archived tables of which a reference leads to that table.
fn referring_tables<'a, 'b>(
    opened: &'a Opened,
    name: &'b TableName,
) -> impl Iterator<Item = (&'a TableName, &'a Table)> + use<'a, 'b> {
    opened.schema.tables.iter().filter(move |(child, table)| {
        let scope = opened.scope.tables.get(*child);
        scope.is_some_and(|scope| scope.disposition.is_archived())
            && table
                .references
                .iter()
                .any(|reference| reference.target == *name)
    })
}

fn dependents_sql(
    opened: &Opened,
    name: &TableName,
    keys: &[String],
    child: &TableName,
    followed: &Followed<'_>,
) -> String {
    let reference = followed.reference;
    let select: Vec<String> = key_names(opened, child)
        .iter()
        .map(|column| as_text("t", column))
        .collect();
    let join: Vec<String> = reference
        .columns
        .iter()
        .zip(&reference.target_columns)
        .map(|(here, there)| format!("t.{} = p.{}", Ident(here), Ident(there)))
        .collect();
    let arrays: Vec<String> = (1..=keys.len())
        .map(|number| format!("${number}::text[]"))
        .collect();
    let names: Vec<String> = (0..keys.len()).map(|number| format!("k{number}")).collect();
    // Arrays are equal where their NULLs stand at the same places, and such a join can be hashed.
    let there: Vec<String> = keys.iter().map(|column| as_text("p", column)).collect();
    let given: Vec<String> = names.iter().map(|name| format!("v.{name}")).collect();
    format!(
        "SELECT DISTINCT {} FROM unnest({}) AS v({}) JOIN {} AS p \
         ON ARRAY[{}]::text[] = ARRAY[{}]::text[] JOIN {} AS t ON {} WHERE {}",
        select.join(", "),
        arrays.join(", "),
        names.join(", "),
        Qualified(name),
        there.join(", "),
        given.join(", "),
        live::relation(&opened.schema, child),
        join.join(" AND "),
        live::predicate(&opened.schema, &opened.scope, child, "t"),
    )
}
