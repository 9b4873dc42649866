//! What must become of the company's rows so that no reference is broken any more: a row that must have
//! the reference goes, and what must refer to it in turn; any other reference becomes NULL. A row must
//! have what its columns or its CHECKs say.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::broken::{Broken, Fault, broken};
use super::crossings::{add, broken_rows, dependents};
use super::references::{Followed, Reach, exists, flagged, followed};
use super::rows::{as_text, columns_of, encode_keys, key_line, key_lines, key_names};
use crate::company::Opened;
use crate::difference::{Edits, Effect, Finding, live};
use crate::model::{Check, TableName};
use crate::pg::{Ident, Session, fetch_text_arrays};
use crate::scope::Disposition;
use crate::{Code, Error, Result};

/// Rows past which this is no cleaning any more; their keys are held in memory.
const MOST_ROWS: usize = 250_000;

/// Rows by their keys, with the columns that name one.
type Rows = (Vec<String>, HashSet<Vec<u8>>);

/// Which rows go, and which references are emptied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mending {
    going: BTreeMap<TableName, Rows>,
    emptied: BTreeMap<TableName, BTreeMap<Vec<String>, Rows>>,
    /// What stands in the way, and what is left as it is.
    pub findings: Vec<Finding>,
    /// References that lead nowhere now, by table and columns: their values as COPY lines. Putting the
    /// rows back as they were is putting these back as well.
    pub nowhere: BTreeMap<(TableName, Vec<String>), BTreeSet<Vec<u8>>>,
}

impl Mending {
    /// The edits of one table's rows.
    #[must_use]
    pub fn edits(&self, table: &TableName) -> Edits {
        let mut edits = Edits::default();
        if let Some((names, lines)) = self.going.get(table) {
            edits.going = encode_keys(names.len(), lines).collect();
        }
        for (columns, (names, lines)) in self.emptied.get(table).into_iter().flatten() {
            for key in encode_keys(names.len(), lines) {
                edits
                    .emptied
                    .entry(key)
                    .or_default()
                    .extend(columns.iter().cloned());
            }
        }
        edits
    }

    /// The columns of a table that are emptied in some row.
    #[must_use]
    pub fn emptied_columns(&self, table: &TableName) -> BTreeSet<&String> {
        let of_table = self.emptied.get(table).into_iter().flatten();
        of_table.flat_map(|(columns, _)| columns).collect()
    }

    fn require_few(&self) -> Result<()> {
        let emptied = self.emptied.values().flat_map(BTreeMap::values);
        let row_count: usize = self
            .going
            .values()
            .chain(emptied)
            .map(|(_, lines)| lines.len())
            .sum();
        if row_count <= MOST_ROWS {
            return Ok(());
        }
        Err(Error::new(
            Code::NotCleanable,
            "Too many rows are broken for a cleaning; something larger is wrong.",
        )
        .hint("Restore a backup from before it went wrong.")
        .with("row_limit", MOST_ROWS))
    }
}

/// Decides it for all rows that a restore may write. `session` must see one instant.
///
/// # Errors
/// `not_cleanable` where there are too many; errors of the connection.
pub async fn mending(session: &mut Session, opened: &Opened) -> Result<Mending> {
    let found = broken(session, opened, &opened.archived_tables(), |_| true).await?;
    let mut mending = Mending::default();
    let mut fresh: BTreeMap<TableName, HashSet<Vec<u8>>> = BTreeMap::new();
    let tables: BTreeSet<&TableName> = found.iter().map(|broken| &broken.table).collect();
    for name in tables {
        let of_table: Vec<&Broken> = found
            .iter()
            .filter(|broken| broken.table == *name)
            .collect();
        let stays = stays(opened, name, &of_table);
        if !stays.is_empty() {
            mending.findings.extend(stays);
            continue;
        }
        let lines = begin(session, opened, name, &of_table, &mut mending).await?;
        fresh.insert(name.clone(), lines);
    }
    while let Some((name, lines)) = fresh.pop_first() {
        let new = add(opened, &mut mending.going, &name, lines);
        mending.require_few()?;
        if new.is_empty() {
            continue;
        }
        for (child, followed, lines) in dependents(session, opened, &name, &new, |_| true).await? {
            let written = opened.scope.tables.get(&child);
            if !written.is_some_and(|scope| scope.disposition.is_written()) {
                // Whoever applies the mending says what stands in its way there.
                continue;
            }
            let going = if followed.is_required() {
                lines
            } else {
                empty(session, opened, &mut mending, &child, (&followed, lines)).await?
            };
            if !going.is_empty() {
                fresh.entry(child).or_default().extend(going);
            }
        }
    }
    Ok(mending)
}

/// Why the rows of a table are left as they are: they are not the company's alone, or not a restore's to
/// write.
fn stays(opened: &Opened, name: &TableName, found: &[&Broken]) -> Vec<Finding> {
    let disposition = opened
        .scope
        .tables
        .get(name)
        .map(|scope| &scope.disposition);
    let why = |broken: &Broken| match disposition {
        _ if broken.owned_by_several => Some((
            Effect::Blocked,
            "shared_rows",
            "These rows are another company's as well.",
        )),
        Some(Disposition::Group { writable: false }) => Some((
            Effect::Blocked,
            "shared_rows",
            "These rows belong to the whole group of companies.",
        )),
        Some(Disposition::Restored | Disposition::Group { .. }) => None,
        _ => Some((
            Effect::Noted,
            "left_as_they_are",
            "Rows of this table are never written.",
        )),
    };
    found
        .iter()
        .filter_map(|broken| {
            let (effect, code, reason) = why(broken)?;
            Some(
                Finding::new(effect, code, name, reason)
                    .column(broken.reference.columns.join(", "))
                    .rows(broken.row_count),
            )
        })
        .collect()
}

/// Notes what is broken in one table: the rows that go are returned.
async fn begin(
    session: &mut Session,
    opened: &Opened,
    name: &TableName,
    found: &[&Broken],
    mending: &mut Mending,
) -> Result<HashSet<Vec<u8>>> {
    let Some(table) = opened.schema.tables.get(name) else {
        return Ok(HashSet::new());
    };
    let is_broken = |followed: &Followed<'_>| {
        found
            .iter()
            .any(|broken| broken.reference == *followed.reference)
    };
    let mut suspects = followed(opened, name, table, Reach::Everywhere);
    suspects.retain(is_broken);
    for suspect in &suspects {
        let leads_nowhere = |broken: &&&Broken| {
            broken.fault == Fault::Nowhere && broken.reference == *suspect.reference
        };
        if found.iter().any(|broken| leads_nowhere(&broken)) {
            let values = values_without_row(session, opened, name, suspect).await?;
            let place = (name.clone(), suspect.reference.columns.clone());
            mending.nowhere.insert(place, values);
        }
    }
    let (required, optional): (Vec<_>, Vec<_>) =
        suspects.into_iter().partition(Followed::is_required);
    let mut going = broken_rows(session, opened, name, &required).await?;
    for followed in optional {
        let lines = broken_rows(session, opened, name, std::slice::from_ref(&followed)).await?;
        going.extend(empty(session, opened, mending, name, (&followed, lines)).await?);
    }
    Ok(going)
}

/// Notes rows whose reference becomes NULL. Those that a CHECK does not allow that are returned: they must
/// have it after all.
async fn empty(
    session: &mut Session,
    opened: &Opened,
    mending: &mut Mending,
    name: &TableName,
    (followed, mut lines): (&Followed<'_>, HashSet<Vec<u8>>),
) -> Result<HashSet<Vec<u8>>> {
    let refused = refused(session, opened, name, followed, &lines).await?;
    lines.retain(|line| !refused.contains(line));
    if !lines.is_empty() {
        let of_table = mending.emptied.entry(name.clone()).or_default();
        let rows = of_table
            .entry(followed.emptied.clone())
            .or_insert_with(|| (key_names(opened, name), HashSet::new()));
        rows.1.extend(lines);
    }
    Ok(refused)
}

/// The rows among those that would not pass a CHECK once the reference is NULL.
async fn refused(
    session: &mut Session,
    opened: &Opened,
    name: &TableName,
    followed: &Followed<'_>,
    lines: &HashSet<Vec<u8>>,
) -> Result<HashSet<Vec<u8>>> {
    let Some(table) = opened.schema.tables.get(name) else {
        return Ok(HashSet::new());
    };
    let is_touched = |check: &&Check| {
        let mut emptied = followed.emptied.iter();
        emptied.any(|column| check.columns.contains(column))
    };
    let checks: Vec<&Check> = table.checks.iter().filter(is_touched).collect();
    if checks.is_empty() || lines.is_empty() {
        return Ok(HashSet::new());
    }
    let failing: Vec<String> = checks
        .iter()
        .filter_map(|check| Some(format!("NOT {}", check.expression()?)))
        .collect();
    let used: BTreeSet<&String> = checks.iter().flat_map(|check| &check.columns).collect();
    let columns = table
        .columns
        .iter()
        .filter(|column| used.contains(&column.name));
    let row: Vec<String> = columns
        .map(|column| {
            let quoted = Ident(&column.name);
            match followed.emptied.contains(&column.name) {
                true => format!("NULL::{} AS {quoted}", column.type_name),
                false => format!("t.{quoted}"),
            }
        })
        .collect();
    let keys = key_names(opened, name);
    let there: Vec<String> = keys.iter().map(|column| as_text("t", column)).collect();
    let names: Vec<String> = (0..keys.len()).map(|number| format!("k{number}")).collect();
    let given: Vec<String> = names.iter().map(|name| format!("v.{name}")).collect();
    let arrays: Vec<String> = (1..=keys.len())
        .map(|number| format!("${number}::text[]"))
        .collect();
    let select: Vec<String> = (1..=keys.len())
        .map(|place| format!("n.\"snapback key\"[{place}]"))
        .collect();
    let sql = format!(
        "SELECT {} FROM (SELECT ARRAY[{there}]::text[] AS \"snapback key\", {} FROM {} AS t \
         JOIN unnest({}) AS v({}) ON ARRAY[{there}]::text[] = ARRAY[{}]::text[]) AS n WHERE {}",
        select.join(", "),
        row.join(", "),
        live::relation(&opened.schema, name),
        arrays.join(", "),
        names.join(", "),
        given.join(", "),
        failing.join(" OR "),
        there = there.join(", "),
    );
    let values = columns_of(keys.len(), lines)?;
    Ok(key_lines(fetch_text_arrays(session, &sql, &values).await?))
}

/// The values of a reference for which there is no row.
async fn values_without_row(
    session: &mut Session,
    opened: &Opened,
    name: &TableName,
    suspect: &Followed<'_>,
) -> Result<BTreeSet<Vec<u8>>> {
    let columns = &suspect.reference.columns;
    let select: String = columns
        .iter()
        .enumerate()
        .map(|(number, column)| format!("{} AS v{number}, ", as_text("t", column)))
        .collect();
    let select = format!("{select}{} AS e0, ", exists(suspect.reference));
    let names: Vec<String> = (0..columns.len())
        .map(|number| format!("s.v{number}"))
        .collect();
    let sql = format!(
        "SELECT DISTINCT {} FROM ({}) AS s WHERE s.b0 AND NOT s.e0",
        names.join(", "),
        flagged(opened, name, std::slice::from_ref(suspect), &select)
    );
    let rows = session.fetch_text_rows(&sql, &[]).await?;
    Ok(rows.iter().map(|row| key_line(row)).collect())
}
