//! After applying, before the commit: every reference that the written rows touch leads to a row.
//!
//! Each statement sees what is committed by then, so rows that others wrote meanwhile count. Parents in
//! tables that are not locked are held by FOR KEY SHARE until the commit. Where the server has enforced
//! the references all along, it holds the parents, and rows that went had none left that refer to them.

use std::collections::{BTreeMap, HashSet};

use super::batch::{Batches, Pick, TypedColumns, columns_of, sum, texts_of};
use super::judge;
use super::known::{KnownBroken, raw};
use super::rights::References;
use super::seen::{Own, Seen, followed};
use crate::cancel::{CancelToken, checkpoint};
use crate::company::Opened;
use crate::difference::{TableDifference, count_rows};
use crate::model::{Reference, TableName};
use crate::pg::{Ident, Qualified, Session, TextColumns, fetch_text_arrays};
use crate::{Code, Error, Result};

/// Checks outward for rows that came back or changed, and inward for rows that went or changed.
///
/// # Errors
/// `references_broken`, naming the table and the constraint; errors of the connection.
pub(super) async fn check(
    session: &mut Session,
    opened: &Opened,
    differences: &mut BTreeMap<TableName, TableDifference>,
    mut seen: Seen<'_>,
    known: &KnownBroken,
    references: References,
    cancel: &CancelToken,
) -> Result<()> {
    let written: Vec<TableName> = differences
        .iter()
        .filter(|(_, difference)| difference.pair.written && !difference.counts().is_unchanged())
        .map(|(table, _)| table.clone())
        .collect();
    seen.forget_if_disturbed(session, opened, differences)
        .await?;
    ownership(session, opened, differences, &written, &seen).await?;
    let Seen {
        mut referred,
        tables: seen,
        ..
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
/// company's rows now. What bears the company's key as it was sent need not be counted.
async fn ownership(
    session: &mut Session,
    opened: &Opened,
    differences: &mut BTreeMap<TableName, TableDifference>,
    written: &[TableName],
    seen: &Seen<'_>,
) -> Result<()> {
    let mut uncertain = Vec::new();
    for name in written {
        if let Some(difference) = differences.get_mut(name)
            && !is_own(opened, difference, seen)?
        {
            uncertain.push(name.clone());
        }
    }
    let found = count_rows(session, &opened.schema, &opened.scope, &uncertain).await?;
    for name in &uncertain {
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

/// Whether every written row of a table bears the company's key.
fn is_own(opened: &Opened, difference: &mut TableDifference, seen: &Seen<'_>) -> Result<bool> {
    let counts = difference.counts();
    let Some(own) = Own::of(opened, &difference.pair) else {
        return Ok(false);
    };
    if !seen.stand_as_sent(opened, &difference.pair.table)
        || (counts.missing > 0 && !seen.is_own(&difference.pair.table))
    {
        return Ok(false);
    }
    if counts.changed == 0 {
        return Ok(true);
    }
    let mut rows = difference.spool.reader()?;
    while let Some(change) = rows.next()? {
        if !own.holds(&change) {
            return Ok(false);
        }
    }
    Ok(true)
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
    let (Some(positions), Some(table)) = (positions, opened.schema.tables.get(&pair.table)) else {
        return Ok(());
    };
    let name = pair.table.clone();
    let typed = TypedColumns::led_to(table, reference)?;
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
