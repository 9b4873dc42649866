//! After applying, before the commit: every reference that the written rows touch leads to a row.
//!
//! Each statement sees what is committed by then, so rows that others wrote meanwhile count. Parents in
//! tables that are not locked are held by FOR KEY SHARE until the commit. Where the server has enforced
//! the references all along, it holds the parents, and rows that went had none left that refer to them.

use std::collections::{BTreeMap, HashSet};

use super::batch::{Batches, Pick, TypedColumns, columns_of, sum, texts_of};
use super::judge;
use super::known::{KnownBroken, raw};
use super::referred::{Followed, Place, Referred};
use super::rights::References;
use crate::cancel::{CancelToken, checkpoint};
use crate::company::Opened;
use crate::difference::{Change, TableDifference, TablePair, count_rows};
use crate::model::{Reference, Table, TableName};
use crate::pg::{Ident, Qualified, Session, TextColumns, fetch_text_arrays};
use crate::{Code, Error, Result};

/// What rows that come back refer to, seen while they are sent. The check reads again only the rows of tables of
/// which memory had no room for everything.
pub(super) struct Seen<'l> {
    referred: Referred<'l>,
    /// The tables of which every row that comes back was seen.
    tables: HashSet<TableName>,
}

impl<'l> Seen<'l> {
    /// Nothing seen yet, in a transaction that has locked those tables.
    pub(super) fn new(
        opened: &Opened,
        locked: &'l HashSet<TableName>,
        references: References,
    ) -> Self {
        let locked = (references == References::Silent).then_some(locked);
        Self {
            // A reference that a row had before and keeps is as right or wrong as it was.
            referred: Referred::new(opened, locked).turning(),
            tables: HashSet::new(),
        }
    }

    /// Begins to see rows of that table.
    pub(super) fn rows_of<'s>(
        &'s mut self,
        table: &'s Table,
        pair: &'s TablePair,
        known: &'s KnownBroken,
    ) -> Seeing<'s, 'l> {
        let followed = followed(table, known, &pair.table);
        Seeing {
            places: self.referred.places(pair, &followed),
            table: &pair.table,
            seen: self,
            is_whole: true,
        }
    }
}

/// The rows of one table, while they are seen.
pub(super) struct Seeing<'s, 'l> {
    seen: &'s mut Seen<'l>,
    table: &'s TableName,
    places: Vec<Place<'s>>,
    is_whole: bool,
}

impl Seeing<'_, '_> {
    /// Sees a row, where memory has room for what it refers to.
    pub(super) fn see(&mut self, change: &Change<'_>) {
        self.is_whole &= self.seen.referred.has_room();
        if self.is_whole {
            self.seen.referred.see_row(change, &self.places);
        }
    }

    /// Says that there are no more rows.
    pub(super) fn end(self) {
        if self.is_whole {
            self.seen.tables.insert(self.table.clone());
        }
    }
}

fn followed<'k>(table: &'k Table, known: &'k KnownBroken, name: &TableName) -> Vec<Followed<'k>> {
    let references = table.references.iter();
    let known = |reference: &'k Reference| (reference, known.values(name, &reference.columns));
    references.map(known).collect()
}

/// Checks outward for rows that came back or changed, and inward for rows that went or changed.
///
/// # Errors
/// `references_broken`, naming the table and the constraint; errors of the connection.
pub(super) async fn check(
    session: &mut Session,
    opened: &Opened,
    differences: &mut BTreeMap<TableName, TableDifference>,
    seen: Seen<'_>,
    known: &KnownBroken,
    references: References,
    cancel: &CancelToken,
) -> Result<()> {
    let written: Vec<TableName> = differences
        .iter()
        .filter(|(_, difference)| difference.pair.written && !difference.counts().is_unchanged())
        .map(|(table, _)| table.clone())
        .collect();
    ownership(session, opened, differences, &written).await?;
    let Seen {
        mut referred,
        tables: seen,
    } = seen;
    for name in &written {
        checkpoint(cancel)?;
        let (Some(difference), Some(table)) =
            (differences.get_mut(name), opened.schema.tables.get(name))
        else {
            continue;
        };
        let counts = difference.counts();
        if counts.changed > 0 || (counts.missing > 0 && !seen.contains(name)) {
            let followed = followed(table, known, name);
            referred.follow(session, difference, &followed).await?;
        }
        if counts.extra + counts.changed > 0 && references == References::Silent {
            for (child, reference) in judge::referring(opened, name) {
                let names = differences.get(&child).map(|found| &found.pair.key_columns);
                let names = names.cloned().unwrap_or_default();
                if let Some(difference) = differences.get_mut(name) {
                    let referring = (&child, &reference, names.as_slice());
                    inward(session, opened, difference, referring, known).await?;
                }
            }
        }
    }
    let lacking = referred.lacking(session).await?;
    if lacking.is_empty() {
        return Ok(());
    }
    for name in &written {
        let (Some(difference), Some(table)) =
            (differences.get_mut(name), opened.schema.tables.get(name))
        else {
            continue;
        };
        let leads_there = |reference: &&Reference| {
            lacking.contains(&(reference.target.clone(), reference.target_columns.clone()))
        };
        for reference in table.references.iter().filter(leads_there) {
            let known = known.values(name, &reference.columns);
            outward(session, opened, difference, reference, known).await?;
        }
    }
    Ok(())
}

/// The error of rows whose reference by that constraint leads nowhere.
pub(crate) fn broken(table: &TableName, constraint: &str, row_count: u64) -> Error {
    dangling()
        .with("table", table)
        .with("constraint", constraint)
        .with("row_count", row_count)
}

/// The error of references that would lead nowhere.
pub(super) fn dangling() -> Error {
    Error::new(
        Code::ReferencesBroken,
        "Rows would refer to rows that are not there; everything was rolled back.",
    )
    .hint("Somebody may have written meanwhile: look at what will change again.")
}

/// An archive is never trusted: a row of it that is not this company's would not be counted among the
/// company's rows now.
async fn ownership(
    session: &mut Session,
    opened: &Opened,
    differences: &BTreeMap<TableName, TableDifference>,
    written: &[TableName],
) -> Result<()> {
    let found = count_rows(session, &opened.schema, &opened.scope, written).await?;
    for name in written {
        let counts = differences.get(name).map(TableDifference::counts);
        let expected = counts.map(|counts| counts.same + counts.changed + counts.missing);
        if found.get(name).copied() != expected {
            return Err(Error::new(
                Code::OtherCompany,
                "The archive holds rows that are not this company's; everything was rolled back.",
            )
            .with("table", name));
        }
    }
    Ok(())
}

/// Names a reference that leads nowhere.
async fn outward(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    reference: &Reference,
    known: Option<&HashSet<Vec<u8>>>,
) -> Result<()> {
    let pair = &difference.pair;
    let positions: Option<Vec<usize>> = reference
        .columns
        .iter()
        .map(|column| pair.position(column))
        .collect();
    let (Some(positions), Some(target)) = (positions, opened.schema.tables.get(&reference.target))
    else {
        return Ok(());
    };
    let name = pair.table.clone();
    let typed = TypedColumns::of(target, &reference.target_columns)?;
    let filled: Vec<String> = reference
        .target_columns
        .iter()
        .map(|column| format!("n.{} IS NOT NULL", Ident(column)))
        .collect();
    let wanted = format!(
        "SELECT DISTINCT {} FROM {} WHERE {}",
        columns_of("n", &reference.target_columns),
        typed.relation("n"),
        filled.join(" AND ")
    );
    let missing = format!(
        "SELECT count(*)::text FROM ({wanted}) AS n WHERE NOT EXISTS (SELECT 1 FROM {} AS p WHERE {})",
        Qualified(&reference.target),
        typed.equal("p", "n"),
    );
    let mut batches = Batches::new(&mut difference.spool, Pick::Wanted, positions)?.turning();
    while let Some(batch) = batches.next()? {
        let values = match known {
            Some(known) => &without(&batch.columns, known),
            None => &batch.columns,
        };
        let row_count = sum(fetch_text_arrays(session, &missing, values).await?);
        if row_count > 0 {
            return Err(broken(&name, &reference.name, row_count));
        }
    }
    Ok(())
}

/// The rows of a batch without those whose values are known to lead nowhere.
fn without(columns: &TextColumns, known: &HashSet<Vec<u8>>) -> Vec<Vec<Option<String>>> {
    let row_count = columns.first().map_or(0, Vec::len);
    let mut left = vec![Vec::new(); columns.len()];
    for place in 0..row_count {
        let row: Vec<Option<&String>> = columns
            .iter()
            .map(|column| column.get(place).and_then(Option::as_ref))
            .collect();
        if known.contains(&raw(&row)) {
            continue;
        }
        for (column, value) in left.iter_mut().zip(row) {
            column.push(value.cloned());
        }
    }
    left
}

async fn inward(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    (child, reference, names): (&TableName, &Reference, &[String]),
    known: &KnownBroken,
) -> Result<()> {
    let pair = difference.pair.clone();
    let live = pair.live_columns();
    let positions: Option<Vec<usize>> = reference
        .target_columns
        .iter()
        .map(|column| live.iter().position(|name| name == column))
        .collect();
    let (Some(positions), Some(table)) = (positions, opened.schema.tables.get(&pair.table)) else {
        return Ok(());
    };
    let typed = TypedColumns::of(table, &reference.target_columns)?;
    let same: Vec<String> = reference
        .columns
        .iter()
        .zip(&reference.target_columns)
        .map(|(here, there)| format!("p.{} = c.{}", Ident(there), Ident(here)))
        .collect();
    let dangling = format!(
        "FROM {} AS c WHERE ({}) IN (SELECT {} FROM {}) AND NOT EXISTS (SELECT 1 FROM {} AS p WHERE {})",
        Qualified(child),
        columns_of("c", &reference.columns),
        columns_of("n", &reference.target_columns),
        typed.relation("n"),
        Qualified(&pair.table),
        same.join(" AND "),
    );
    let count = format!("SELECT count(*)::text {dangling}");
    let told = [names, &reference.columns].concat();
    let rows = format!("SELECT {} {dangling}", texts_of("c", &told));
    // A changed row keeps its key; a reference to other unique columns of it may lose them.
    let key_only = reference
        .target_columns
        .iter()
        .all(|column| pair.key_columns.contains(column));
    let picks: &[Pick] = if key_only && difference.counts().extra == 0 {
        &[]
    } else if key_only {
        &[Pick::Extra]
    } else {
        &[Pick::Extra, Pick::Replaced]
    };
    for pick in picks {
        let mut batches = Batches::new(&mut difference.spool, *pick, positions.clone())?;
        while let Some(batch) = batches.next()? {
            if sum(fetch_text_arrays(session, &count, &batch.columns).await?) == 0 {
                continue;
            }
            let rows = fetch_text_arrays(session, &rows, &batch.columns).await?;
            let columns = (names, reference.columns.as_slice());
            let row_count = known.count_unknown(child, columns, &rows)?;
            if row_count > 0 {
                return Err(broken(child, &reference.name, row_count));
            }
        }
    }
    Ok(())
}
