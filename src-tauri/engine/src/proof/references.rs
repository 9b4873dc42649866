//! References, rebuilt as the server's own foreign keys.

use std::collections::{BTreeMap, BTreeSet};

use super::certificate::{FindingKind, GapKind};
use super::prove::Proving;
use super::tables::{has_columns, refusal};
use crate::Result;
use crate::model::{Reference, Table, TableName};
use crate::pg::{Ident, Qualified};
use crate::rows::push_escaped;

const FOREIGN_KEY_VIOLATION: &str = "23503";

/// Rebuilds the references of a table, once the keys of all tables are there.
pub(super) async fn rebuild(
    proving: &mut Proving<'_>,
    name: &TableName,
    table: &Table,
) -> Result<()> {
    let mut outside: BTreeMap<&TableName, u64> = BTreeMap::new();
    for reference in &table.references {
        if proving.reader.manifest().table(&reference.target).is_none() {
            *outside.entry(&reference.target).or_default() += 1;
        } else if has_columns(proving, name, &reference.columns)
            && has_columns(proving, &reference.target, &reference.target_columns)
        {
            rebuild_one(proving, name, reference).await?;
        } else {
            let constraint = Some(reference.name.as_str());
            proving.gap(GapKind::ReferenceNotRebuilt, Some(name), constraint, None);
        }
    }
    for (target, count) in outside {
        let target = target.to_string();
        proving.gap(
            GapKind::LeadsOutside,
            Some(name),
            Some(&target),
            Some(count),
        );
    }
    Ok(())
}

async fn rebuild_one(
    proving: &mut Proving<'_>,
    table: &TableName,
    reference: &Reference,
) -> Result<()> {
    let sql = format!(
        "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({})",
        Qualified(table),
        Ident(&reference.name),
        list(&reference.columns),
        Qualified(&reference.target),
        list(&reference.target_columns),
    );
    let Err(error) = proving.session.run(&sql).await else {
        proving.proven.reference_count += 1;
        return Ok(());
    };
    let state = refusal(error)?;
    let constraint = Some(reference.name.as_str());
    if state != FOREIGN_KEY_VIOLATION {
        proving.gap(GapKind::ReferenceNotRebuilt, Some(table), constraint, None);
        return Ok(());
    }
    let nowhere = nowhere(proving, table, reference).await?;
    let known = Known::of(proving, table, reference);
    let (mut shared, mut broken, mut wrong) = (0, 0, 0);
    for value in &nowhere {
        if known.shared.contains(value) {
            shared += 1;
        } else if known.broken.contains(value) || !reference.validated {
            broken += 1;
        } else if known.are_all_listed {
            wrong += 1;
        }
    }
    let unlisted = nowhere.len() as u64 - shared - broken - wrong;
    for (count, what) in [
        (shared, GapKind::LeadsToShared),
        (broken, GapKind::KnownBroken),
        (unlisted, GapKind::ReferenceNotRebuilt),
    ] {
        if count > 0 {
            proving.gap(what, Some(table), constraint, Some(count));
        }
    }
    if wrong > 0 {
        let name = Some(reference.name.clone());
        proving.find_in(
            table,
            FindingKind::LeadsNowhere,
            name,
            Some(wrong),
            Some(state),
        );
    } else if unlisted == 0 {
        proving.proven.reference_count += 1;
    }
    Ok(())
}

/// Keys that the archive names although their rows are not inside.
struct Known {
    /// Of rows that all companies share.
    shared: BTreeSet<Vec<u8>>,
    /// That led nowhere when it was made.
    broken: BTreeSet<Vec<u8>>,
    /// Whether all of the shared ones are named.
    are_all_listed: bool,
}

impl Known {
    fn of(proving: &Proving<'_>, table: &TableName, reference: &Reference) -> Self {
        let manifest = proving.reader.manifest();
        let shared = manifest.shared_references.iter().filter(|shared| {
            shared.table == reference.target && shared.columns == reference.target_columns
        });
        let keys = |values: &[String]| values.join("\t").into_bytes();
        let broken = manifest
            .broken_references
            .iter()
            .filter(|broken| broken.table == *table && broken.columns == reference.columns);
        Self {
            are_all_listed: shared.clone().all(|shared| shared.complete),
            shared: shared
                .flat_map(|shared| shared.keys.iter().map(|key| keys(key)))
                .collect(),
            broken: broken
                .flat_map(|broken| broken.keys.iter().map(|key| key.clone().into_bytes()))
                .collect(),
        }
    }
}

/// The values of a reference that no row of the other table has, as COPY text.
async fn nowhere(
    proving: &mut Proving<'_>,
    table: &TableName,
    reference: &Reference,
) -> Result<Vec<Vec<u8>>> {
    let (columns, targets) = (&reference.columns, &reference.target_columns);
    let texts = columns
        .iter()
        .map(|column| format!("c.{}::text", Ident(column)));
    let filled = columns
        .iter()
        .map(|column| format!("c.{} IS NOT NULL", Ident(column)));
    let same = columns
        .iter()
        .zip(targets)
        .map(|(column, target)| format!("t.{} = c.{}", Ident(target), Ident(column)));
    let sql = format!(
        "SELECT DISTINCT {} FROM {} AS c WHERE {} AND NOT EXISTS (SELECT 1 FROM {} AS t WHERE {})",
        texts.collect::<Vec<_>>().join(", "),
        Qualified(table),
        filled.collect::<Vec<_>>().join(" AND "),
        Qualified(&reference.target),
        same.collect::<Vec<_>>().join(" AND "),
    );
    let rows = proving.session.fetch_text_rows(&sql, &[]).await?;
    let line = |values: Vec<Option<String>>| {
        let mut line = Vec::new();
        for (place, value) in values.iter().enumerate() {
            if place > 0 {
                line.push(b'\t');
            }
            push_escaped(&mut line, value.as_ref().map(String::as_bytes));
        }
        line
    };
    Ok(rows.into_iter().map(line).collect())
}

fn list(columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|name| Ident(name).to_string()).collect();
    columns.join(", ")
}
