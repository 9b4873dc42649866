//! References that lead nowhere before a restore takes their rows away, turns them or gives them what they
//! refer to: the safety snapshot lists them, so that a revert may put just those back as they were. Rows that
//! the snapshot holds and the restore leaves alone are found in it, and need no list.

use std::collections::{BTreeMap, BTreeSet};

use super::batch::{Batches, Pick, TypedColumns, columns_of, texts_of};
use super::judge;
use super::known::raw;
use super::referred::Referred;
use crate::Result;
use crate::company::Opened;
use crate::difference::{Effect, Finding, TableDifference, live};
use crate::model::{Reference, Table, TableName};
use crate::pg::{Ident, Qualified, Session, fetch_text_arrays};

/// Values of one reference that lead nowhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lost {
    /// As raw COPY fields, tab-separated.
    pub(super) values: BTreeSet<Vec<u8>>,
    /// How many rows have them.
    pub(super) row_count: u64,
    /// Whether the table is one that is not compared.
    pub(super) outside: bool,
}

impl Lost {
    /// Adds values with how many rows have them, as a query returned them.
    fn gather(&mut self, rows: Vec<Vec<Option<String>>>) {
        for row in rows {
            let Some((count, value)) = row.split_last() else {
                continue;
            };
            let count = count.as_deref().and_then(|count| count.parse::<u64>().ok());
            self.row_count += count.unwrap_or(0);
            self.values.insert(raw(value));
        }
    }
}

/// By table and columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Nowhere(pub(super) BTreeMap<(TableName, Vec<String>), Lost>);

impl Nowhere {
    /// Follows the references that rows lose which go or change, and those of rows that are not compared to
    /// rows that come back.
    ///
    /// # Errors
    /// Errors of the connection and of this computer's disk.
    pub(super) async fn of(
        session: &mut Session,
        opened: &Opened,
        differences: &mut BTreeMap<TableName, TableDifference>,
    ) -> Result<Self> {
        let mut nowhere = Self::default();
        let mut losing: Vec<(&TableName, &Table, &mut TableDifference)> = differences
            .iter_mut()
            .filter_map(|(name, difference)| {
                let counts = difference.counts();
                let loses = difference.pair.written && counts.extra + counts.changed > 0;
                let table = opened.schema.tables.get(name).filter(|_| loses)?;
                Some((name, table, difference))
            })
            .collect();
        let mut referred = Referred::new(opened, None).found().turning();
        for (_, table, difference) in &mut losing {
            let references = table.references.iter();
            let followed: Vec<_> = references.map(|reference| (reference, None)).collect();
            referred.follow(session, difference, &followed).await?;
        }
        let lacking = referred.lacking(session).await?;
        for (name, table, difference) in losing {
            let leads_there = |reference: &&Reference| {
                lacking.contains(&(reference.target.clone(), reference.target_columns.clone()))
            };
            for reference in table.references.iter().filter(leads_there) {
                let lost = lost(session, opened, difference, reference).await?;
                if lost.row_count > 0 {
                    let place = (name.clone(), reference.columns.clone());
                    nowhere.0.insert(place, lost);
                }
            }
        }
        for (child, reference) in outside(opened, differences) {
            if let Some(difference) = differences.get_mut(&reference.target) {
                let rows = (&child, &reference);
                let lost = forsaken(session, opened, difference, rows).await?;
                let place = (child, reference.columns);
                let found = nowhere.0.entry(place).or_default();
                found.values.extend(lost.values);
                found.row_count += lost.row_count;
                found.outside = true;
            }
        }
        nowhere.0.retain(|_, found| found.row_count > 0);
        Ok(nowhere)
    }

    /// What somebody must know who could not put these references back.
    pub(super) fn findings(&self) -> impl Iterator<Item = Finding> {
        self.0.iter().map(|((table, columns), lost)| {
            let reason = "What these rows refer to is not there. A revert has to put that back, which the owner of the tables may not: it will need session_replication_role.";
            Finding::new(Effect::Lost, "no_way_back", table, reason)
                .column(columns.join(", "))
                .rows(lost.row_count)
        })
    }
}

/// References of tables that are not compared to tables of which rows come back. What the application makes
/// again goes with what it refers to, and needs no way back.
fn outside(
    opened: &Opened,
    differences: &BTreeMap<TableName, TableDifference>,
) -> Vec<(TableName, Reference)> {
    let comes =
        |difference: &TableDifference| difference.pair.written && difference.counts().missing > 0;
    let coming = differences.iter().filter(|(_, found)| comes(found));
    let referring = coming.flat_map(|(name, _)| judge::referring(opened, name));
    let stays = |child: &TableName| {
        let scope = opened.scope.tables.get(child);
        !differences.contains_key(child)
            && scope.is_some_and(|scope| !judge::is_made_again(&scope.disposition))
    };
    referring.filter(|(child, _)| stays(child)).collect()
}

/// What rows refer to that comes back.
async fn forsaken(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    (child, reference): (&TableName, &Reference),
) -> Result<Lost> {
    let pair = &difference.pair;
    let place = |column: &String| pair.position(column);
    let positions: Option<Vec<usize>> = reference.target_columns.iter().map(place).collect();
    let (Some(positions), Some(target)) = (positions, opened.schema.tables.get(&pair.table)) else {
        return Ok(Lost::default());
    };
    let typed = TypedColumns::of(target, &reference.target_columns)?;
    let here = columns_of("c", &reference.columns);
    let sql = format!(
        "SELECT {}, count(*)::text FROM {} AS c WHERE ({here}) IN (SELECT {there} FROM {}) \
         AND NOT EXISTS (SELECT 1 FROM {} AS p WHERE ({}) = ({here})) GROUP BY {here}",
        texts_of("c", &reference.columns),
        live::relation(&opened.schema, child),
        typed.relation("n"),
        live::relation(&opened.schema, &pair.table),
        columns_of("p", &reference.target_columns),
        there = columns_of("n", &reference.target_columns),
    );
    let mut lost = Lost::default();
    let mut batches = Batches::new(&mut difference.spool, Pick::Missing, positions)?;
    while let Some(batch) = batches.next()? {
        lost.gather(fetch_text_arrays(session, &sql, &batch.columns).await?);
    }
    Ok(lost)
}

fn filled(columns: &[String]) -> String {
    let columns = columns.iter();
    let filled = columns.map(|column| format!("n.{} IS NOT NULL", Ident(column)));
    filled.collect::<Vec<_>>().join(" AND ")
}

async fn lost(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    reference: &Reference,
) -> Result<Lost> {
    let live = difference.pair.live_columns();
    let place = |column: &String| live.iter().position(|name| name == column);
    let positions: Option<Vec<usize>> = reference.columns.iter().map(place).collect();
    let (Some(positions), Some(target)) = (positions, opened.schema.tables.get(&reference.target))
    else {
        return Ok(Lost::default());
    };
    let typed = TypedColumns::of(target, &reference.target_columns)?;
    let sql = format!(
        "SELECT {}, count(*)::text FROM {} WHERE {} AND NOT EXISTS (SELECT 1 FROM {} AS p WHERE {}) GROUP BY {}",
        texts_of("n", &reference.target_columns),
        typed.relation("n"),
        filled(&reference.target_columns),
        Qualified(&reference.target),
        typed.equal("p", "n"),
        (1..=typed.width())
            .map(|number| number.to_string())
            .collect::<Vec<_>>()
            .join(", "),
    );
    let mut lost = Lost::default();
    let found = Batches::new(&mut difference.spool, Pick::Found, positions)?;
    let mut batches = found.turning();
    while let Some(batch) = batches.next()? {
        lost.gather(fetch_text_arrays(session, &sql, &batch.columns).await?);
    }
    Ok(lost)
}
