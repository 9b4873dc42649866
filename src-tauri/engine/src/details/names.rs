//! What rows that others point at are called: looked up among the live rows, and among those of the
//! difference that come back or went, since those are not there yet, or not any more.

use std::collections::{BTreeMap, BTreeSet};

use super::pages::Sources;
use crate::Result;
use crate::difference::Change;
use crate::model::{Profile, Table, TableName};
use crate::pg::{self, Ident, Qualified, Session};
use crate::profile;
use crate::rows::{field_at, text_of};

/// How far a name may be made of other rows' names: an order line is called after its order.
const DEPTH: usize = 3;

/// Names that are remembered before all of them are forgotten.
const REMEMBERED: usize = 50_000;

/// Letters of a name that are shown.
const NAME_LENGTH: usize = 160;

/// A value that stands for a row of another table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pointer {
    /// The table of that row.
    pub table: TableName,
    /// The column that holds the value there.
    pub column: String,
    /// The value.
    pub value: String,
}

/// One value of what names a row, which may itself stand for another row.
#[derive(Debug, Clone)]
struct Part {
    value: String,
    leads: Option<Pointer>,
}

/// What rows are called, as far as somebody has asked.
#[derive(Debug, Default)]
pub struct Names {
    /// Empty where nothing is found, or several rows that are called differently.
    known: BTreeMap<Pointer, Vec<Part>>,
}

/// Where a column points to, and the one column there that tells the row apart within a company.
pub(super) fn leads_to(
    table: &Table,
    column: &str,
    profile: &Profile,
) -> Option<(TableName, String)> {
    let is_scope = |name: &String| {
        profile.scope.columns.contains(name)
            || profile
                .group
                .as_ref()
                .is_some_and(|group| *name == group.column)
    };
    if is_scope(&column.to_owned()) {
        return None;
    }
    table.references.iter().find_map(|reference| {
        let mut sides = reference.columns.iter().zip(&reference.target_columns);
        let own = sides.clone().filter(|(here, _)| !is_scope(here)).count();
        let (_, there) = sides.find(|(here, _)| *here == column)?;
        (own == 1).then(|| (reference.target.clone(), there.clone()))
    })
}

impl Names {
    /// What the row is called; `None` where that is not known, or nothing names it but the value itself.
    #[must_use]
    pub fn of(&self, pointer: &Pointer) -> Option<String> {
        self.parts(pointer)
            .map(|parts| shortened(&parts.join(" · ")))
    }

    /// The same value by value, best first.
    #[must_use]
    pub fn parts(&self, pointer: &Pointer) -> Option<Vec<String>> {
        let mut parts = Vec::new();
        self.spell(pointer, DEPTH, &mut parts);
        let says_more = parts.iter().any(|part| *part != pointer.value);
        (says_more && !parts.is_empty()).then_some(parts)
    }

    fn spell(&self, pointer: &Pointer, depth: usize, into: &mut Vec<String>) {
        for Part { value, leads } in self.known.get(pointer).into_iter().flatten() {
            let before = into.len();
            if let (Some(next), true) = (leads, depth > 1) {
                self.spell(next, depth - 1, into);
            }
            if into.len() == before {
                into.push(value.clone());
            }
        }
    }

    /// Finds out what those rows are called, and what their names are made of. Without a session those of the
    /// difference are asked alone.
    pub(super) async fn learn(
        &mut self,
        mut session: Option<&mut Session>,
        sources: &mut Sources,
        wanted: BTreeSet<Pointer>,
    ) -> Result<()> {
        if self.known.len() > REMEMBERED {
            self.known.clear();
        }
        let mut wanted = wanted;
        for _ in 0..DEPTH {
            wanted.retain(|pointer| !self.known.contains_key(pointer));
            if wanted.is_empty() {
                break;
            }
            let mut groups: BTreeMap<(TableName, String), BTreeSet<String>> = BTreeMap::new();
            for Pointer {
                table,
                column,
                value,
            } in std::mem::take(&mut wanted)
            {
                groups.entry((table, column)).or_default().insert(value);
            }
            for ((table, column), values) in groups {
                let live = session.as_deref_mut();
                let found = found_rows(live, sources, &table, &column, &values).await?;
                for (value, parts) in found {
                    wanted.extend(parts.iter().filter_map(|part| part.leads.clone()));
                    let (table, column) = (table.clone(), column.clone());
                    let pointer = Pointer {
                        table,
                        column,
                        value,
                    };
                    self.known.insert(pointer, parts);
                }
            }
        }
        Ok(())
    }
}

/// The naming values of the rows that have one of those values; none for those that are not found.
async fn found_rows(
    session: Option<&mut Session>,
    sources: &mut Sources,
    table: &TableName,
    column: &str,
    values: &BTreeSet<String>,
) -> Result<BTreeMap<String, Vec<Part>>> {
    let none = values.iter().map(|value| (value.clone(), Vec::new()));
    let mut found: BTreeMap<String, Vec<Part>> = none.collect();
    let naming = profile::naming_columns(&sources.profile, &sources.schema, table);
    let Some(known) = sources.schema.tables.get(table) else {
        return Ok(found);
    };
    if naming.is_empty() || known.column(column).is_none() {
        return Ok(found);
    }
    let leads: Vec<_> = naming
        .iter()
        .map(|name| leads_to(known, name, &sources.profile))
        .collect();
    let parts = |cells: Vec<Option<String>>| -> Vec<Part> {
        let cells = cells.into_iter().zip(&leads);
        let named = cells.filter_map(|(value, leads)| {
            let value = value.filter(|value| !value.trim().is_empty())?;
            let leads = leads.as_ref().map(|(table, column)| Pointer {
                table: table.clone(),
                column: column.clone(),
                value: value.clone(),
            });
            Some(Part { value, leads })
        });
        named.collect()
    };
    let mut several = BTreeSet::new();
    let live = match session {
        Some(session) => live_rows(session, sources, table, column, &naming, values).await?,
        None => Vec::new(),
    };
    for (value, cells) in live {
        let parts = parts(cells);
        match found.get_mut(&value) {
            Some(there) if there.is_empty() => *there = parts,
            Some(_) => drop(several.insert(value)),
            None => {}
        }
    }
    for value in several {
        // One value that stands for several rows names none of them.
        found.insert(value, Vec::new());
    }
    let gone: BTreeSet<&String> = found
        .iter()
        .filter(|(_, parts)| parts.is_empty())
        .map(|(value, _)| value)
        .collect();
    if gone.is_empty() {
        return Ok(found);
    }
    let told: Vec<_> = in_difference(sources, table, column, &naming, &gone)?;
    found.extend(told.into_iter().map(|(value, cells)| (value, parts(cells))));
    Ok(found)
}

/// Live rows of the company, or of nobody, that have one of those values.
async fn live_rows(
    session: &mut Session,
    sources: &Sources,
    table: &TableName,
    column: &str,
    naming: &[String],
    values: &BTreeSet<String>,
) -> Result<Vec<(String, Vec<Option<String>>)>> {
    let Some(known) = sources.schema.tables.get(table) else {
        return Ok(Vec::new());
    };
    let type_name = known
        .column(column)
        .map_or("text", |found| &found.type_name);
    let names: Vec<String> = naming
        .iter()
        .map(|name| format!("t.{}::text", Ident(name)))
        .collect();
    // Another company's row is not told, even where a broken reference leads to it.
    let own = sources.profile.scope.columns.iter().find_map(|name| {
        known.column(name)?;
        let name = Ident(name);
        Some(format!(
            " AND (t.{name} IS NULL OR t.{name}::text = pg_catalog.current_setting('snapback.company'))"
        ))
    });
    let sql = format!(
        "SELECT t.{column}::text, {} FROM {} AS t WHERE t.{column} = ANY ($1::text[]::{type_name}[]){}",
        names.join(", "),
        Qualified(table),
        own.unwrap_or_default(),
        column = Ident(column),
    );
    let values = values.iter().cloned().map(Some).collect();
    let rows = pg::fetch_text_arrays(session, &sql, &[values]).await?;
    Ok(rows
        .into_iter()
        .filter_map(|mut row| {
            let names = row.split_off(1.min(row.len()));
            Some((row.pop().flatten()?, names))
        })
        .collect())
}

/// Rows of the difference that are on one side alone, which no live row may tell about.
fn in_difference(
    sources: &mut Sources,
    table: &TableName,
    column: &str,
    naming: &[String],
    values: &BTreeSet<&String>,
) -> Result<Vec<(String, Vec<Option<String>>)>> {
    let Some(difference) = sources.tables.get_mut(table) else {
        return Ok(Vec::new());
    };
    let position = |name: &str| difference.pair.position(name);
    let Some(at) = position(column) else {
        return Ok(Vec::new());
    };
    let naming: Vec<Option<usize>> = naming.iter().map(|name| position(name)).collect();
    let mut rows = Vec::new();
    let mut reader = difference.spool.reader()?;
    while rows.len() < values.len() {
        let line = match reader.next()? {
            Some(Change::Missing { wanted: line } | Change::Extra { found: line }) => line,
            Some(_) => continue,
            None => break,
        };
        let cell = |at: usize| field_at(line, at).map_or(Ok(None), text_of);
        let Some(value) = cell(at)?.filter(|value| values.contains(value)) else {
            continue;
        };
        let names = naming.iter().map(|at| at.map_or(Ok(None), cell));
        rows.push((value, names.collect::<Result<_>>()?));
    }
    Ok(rows)
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(NAME_LENGTH) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
