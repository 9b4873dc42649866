//! Whether the company is closed: every reference that a row must have leads to a row of its own, of
//! its group, or to one that is shared by all.
//!
//! The server's constraints prove that the row referred to exists; what they cannot prove is whose it
//! is. So every reference that does not carry the company's key itself is followed, one query a table.

use std::collections::{BTreeMap, HashSet};

use crate::Result;
use crate::company::Opened;
use crate::difference::live;
use crate::model::{Reference, Table, TableName};
use crate::pg::{Ident, Qualified, Session};
use crate::rows::{KeyColumns, push_escaped};
use crate::scope::{self, Membership};

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
        encode_keys(columns.len(), lines)
    }
}

/// Key lines (key columns only) in the form by which rows are ordered.
fn encode_keys(width: usize, lines: &HashSet<Vec<u8>>) -> HashSet<Vec<u8>> {
    let columns = KeyColumns::at((0..width).collect());
    lines
        .iter()
        .map(|line| {
            let mut key = Vec::new();
            columns.push_key(line, &mut key);
            key
        })
        .collect()
}

/// Finds the references that leave the company. `session` must see the instant that is backed up.
///
/// # Errors
/// Errors of the connection.
pub(super) async fn crossings(
    session: &mut Session,
    opened: &Opened,
    tables: &[TableName],
) -> Result<Vec<Crossing>> {
    let mut found = Vec::new();
    for name in tables {
        let Some(table) = opened.schema.tables.get(name) else {
            continue;
        };
        let followed = followed(opened, name, table);
        if followed.is_empty() {
            continue;
        }
        let sql = count_sql(opened, name, &followed);
        let rows = session.fetch_text_rows(&sql, &[]).await?;
        for (reference, count) in followed.iter().zip(rows.into_iter().flatten()) {
            let row_count = count.and_then(|count| count.parse().ok()).unwrap_or(0);
            if row_count > 0 {
                found.push(Crossing {
                    table: name.clone(),
                    target: reference.target.clone(),
                    columns: reference.columns.clone(),
                    row_count,
                    is_required: is_required(table, reference),
                });
            }
        }
    }
    Ok(found)
}

fn is_required(table: &Table, reference: &Reference) -> bool {
    reference
        .columns
        .iter()
        .all(|name| table.column(name).is_some_and(|column| column.not_null))
}

/// The references of a table that may leave the company.
fn followed<'a>(opened: &Opened, name: &TableName, table: &'a Table) -> Vec<&'a Reference> {
    let own_column = opened
        .scope
        .tables
        .get(name)
        .and_then(|found| match &found.membership {
            Membership::Column(column) => Some(column),
            _ => None,
        });
    table
        .references
        .iter()
        .filter(|reference| {
            let Some(target) = opened.scope.tables.get(&reference.target) else {
                return false;
            };
            let carries_key = match &target.membership {
                Membership::None | Membership::Whole => return false,
                // A composite reference that pairs the company's key with itself cannot leave it.
                Membership::Column(theirs) => reference
                    .columns
                    .iter()
                    .zip(&reference.target_columns)
                    .any(|(here, there)| Some(here) == own_column && there == theirs),
                Membership::Group(_) | Membership::References(_) => false,
            };
            let intended = reference
                .columns
                .iter()
                .any(|column| scope::intended(&opened.profile, name, column));
            !carries_key && !intended
        })
        .collect()
}

/// The condition under which a target row may be referred to: the company's own, or shared by all.
fn allowed(opened: &Opened, target: &TableName) -> String {
    let own = live::predicate(&opened.schema, &opened.scope, target, "p");
    match opened
        .scope
        .tables
        .get(target)
        .map(|found| &found.membership)
    {
        Some(Membership::Column(column) | Membership::Group(column)) => {
            format!("({own} OR p.{} IS NULL)", Ident(column))
        }
        _ => own,
    }
}

/// For each reference a flag on every row: it refers, and not to an allowed row.
fn flagged(opened: &Opened, name: &TableName, references: &[&Reference], select: &str) -> String {
    let mut joins = String::new();
    let mut flags = Vec::new();
    for (number, reference) in references.iter().enumerate() {
        let pairs: Vec<String> = reference
            .columns
            .iter()
            .zip(&reference.target_columns)
            .map(|(here, there)| format!("j{number}.{} = t.{}", Ident(there), Ident(here)))
            .collect();
        let columns: Vec<String> = reference
            .target_columns
            .iter()
            .map(|column| format!("p.{}", Ident(column)))
            .collect();
        joins.push_str(&format!(
            " LEFT JOIN (SELECT {}, true AS found FROM {} AS p WHERE {}) AS j{number} ON {}",
            columns.join(", "),
            Qualified(&reference.target),
            allowed(opened, &reference.target),
            pairs.join(" AND "),
        ));
        let filled: Vec<String> = reference
            .columns
            .iter()
            .map(|column| format!("t.{} IS NOT NULL", Ident(column)))
            .collect();
        flags.push(format!(
            "({} AND j{number}.found IS NULL) AS b{number}",
            filled.join(" AND ")
        ));
    }
    format!(
        "SELECT {select}{} FROM {} AS t{joins} WHERE {}",
        flags.join(", "),
        Qualified(name),
        live::predicate(&opened.schema, &opened.scope, name, "t")
    )
}

fn count_sql(opened: &Opened, name: &TableName, references: &[&Reference]) -> String {
    let counts: Vec<String> = (0..references.len())
        .map(|number| format!("count(*) FILTER (WHERE s.b{number})::text"))
        .collect();
    format!(
        "SELECT {} FROM ({}) AS s",
        counts.join(", "),
        flagged(opened, name, references, "")
    )
}

/// The rows that must be left out: those with a required reference out of the company, and all that
/// must refer to them in turn.
///
/// # Errors
/// Errors of the connection.
pub(super) async fn skipped(
    session: &mut Session,
    opened: &Opened,
    crossings: &[Crossing],
) -> Result<Skipped> {
    let mut skipped = Skipped::default();
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
        let required: Vec<&Reference> = followed(opened, name, table)
            .into_iter()
            .filter(|reference| is_required(table, reference))
            .collect();
        let any: Vec<String> = (0..required.len())
            .map(|number| format!("s.b{number}"))
            .collect();
        let keys = key_names(table);
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
            flagged(opened, name, &required, &select),
            any.join(" OR ")
        );
        let lines = key_lines(session.fetch_text_rows(&sql, &[]).await?);
        fresh.insert(name.clone(), lines);
    }
    while let Some((name, lines)) = fresh.pop_first() {
        let Some(table) = opened.schema.tables.get(&name) else {
            continue;
        };
        let known = skipped
            .rows
            .entry(name.clone())
            .or_insert_with(|| (key_names(table), HashSet::new()));
        let new: HashSet<Vec<u8>> = lines
            .into_iter()
            .filter(|line| known.1.insert(line.clone()))
            .collect();
        if new.is_empty() {
            continue;
        }
        for (child, lines) in dependents(session, opened, &name, table, &new).await? {
            fresh.entry(child).or_default().extend(lines);
        }
    }
    Ok(skipped)
}

/// Rows of the company that must refer to one of those rows.
async fn dependents(
    session: &mut Session,
    opened: &Opened,
    name: &TableName,
    table: &Table,
    lines: &HashSet<Vec<u8>>,
) -> Result<Vec<(TableName, HashSet<Vec<u8>>)>> {
    let keys = key_names(table);
    let values = columns_of(keys.len(), lines)?;
    let mut found = Vec::new();
    for (child, child_table) in &opened.schema.tables {
        if !opened
            .scope
            .tables
            .get(child)
            .is_some_and(|scope| scope.disposition.is_archived())
        {
            continue;
        }
        for reference in child_table
            .references
            .iter()
            .filter(|reference| reference.target == *name)
        {
            if !is_required(child_table, reference) {
                continue;
            }
            let select: Vec<String> = key_names(child_table)
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
            let on: Vec<String> = keys
                .iter()
                .enumerate()
                .map(|(number, column)| format!("{} = v.k{number}", as_text("p", column)))
                .collect();
            let sql = format!(
                "SELECT DISTINCT {} FROM unnest({}) AS v({}) JOIN {} AS p ON {} JOIN {} AS t ON {} WHERE {}",
                select.join(", "),
                arrays.join(", "),
                names.join(", "),
                Qualified(name),
                on.join(" AND "),
                Qualified(child),
                join.join(" AND "),
                live::predicate(&opened.schema, &opened.scope, child, "t"),
            );
            let lines = key_lines(crate::pg::fetch_text_arrays(session, &sql, &values).await?);
            if !lines.is_empty() {
                found.push((child.clone(), lines));
            }
        }
    }
    Ok(found)
}

/// The columns that name a row of that table: its key, or all that are stored.
fn key_names(table: &Table) -> Vec<String> {
    match &table.key {
        Some(key) => key.columns.clone(),
        None => table
            .stored_columns()
            .map(|column| column.name.clone())
            .collect(),
    }
}

/// A column as the text that COPY would give, which a cast to text is not for every type.
fn as_text(alias: &str, column: &str) -> String {
    let column = Ident(column);
    format!("CASE WHEN {alias}.{column} IS NOT NULL THEN format('%s', {alias}.{column}) END")
}

fn key_lines(rows: Vec<Vec<Option<String>>>) -> HashSet<Vec<u8>> {
    rows.into_iter()
        .map(|row| {
            let mut line = Vec::new();
            for (place, value) in row.iter().enumerate() {
                if place > 0 {
                    line.push(b'\t');
                }
                push_escaped(&mut line, value.as_deref().map(str::as_bytes));
            }
            line
        })
        .collect()
}

/// Key lines as one array for each column.
fn columns_of(width: usize, lines: &HashSet<Vec<u8>>) -> Result<Vec<Vec<Option<String>>>> {
    let mut columns = vec![Vec::with_capacity(lines.len()); width];
    for line in lines {
        for (column, field) in columns.iter_mut().zip(crate::rows::fields(line)) {
            column.push(crate::rows::text_of(field)?);
        }
    }
    Ok(columns)
}
