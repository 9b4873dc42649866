//! References that lead nowhere before a restore takes their rows away or turns them: the safety snapshot
//! lists them, so that a revert may put just those back as they were.

use std::collections::{BTreeMap, BTreeSet};

use super::batch::{Batches, Pick, TypedColumns};
use super::referred::Referred;
use crate::Result;
use crate::company::Opened;
use crate::difference::{Effect, Finding, TableDifference};
use crate::model::{Reference, Table, TableName};
use crate::pg::{Ident, Qualified, Session, fetch_text_arrays};
use crate::rows::push_escaped;

/// Values as raw COPY fields, tab-separated, with how many rows have them.
type Values = (BTreeSet<Vec<u8>>, u64);

/// By table and columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Nowhere(pub(super) BTreeMap<(TableName, Vec<String>), Values>);

impl Nowhere {
    /// Follows the references that rows lose which go or change.
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
                let (values, row_count) = lost(session, opened, difference, reference).await?;
                if row_count > 0 {
                    let place = (name.clone(), reference.columns.clone());
                    nowhere.0.insert(place, (values, row_count));
                }
            }
        }
        Ok(nowhere)
    }

    /// What somebody must know who could not put these references back.
    pub(super) fn findings(&self) -> impl Iterator<Item = Finding> {
        self.0.iter().map(|((table, columns), (_, row_count))| {
            let reason = "What these rows refer to is not there. A revert has to put that back, which the owner of the tables may not: it will need session_replication_role.";
            Finding::new(Effect::Lost, "no_way_back", table, reason)
                .column(columns.join(", "))
                .rows(*row_count)
        })
    }
}

async fn lost(
    session: &mut Session,
    opened: &Opened,
    difference: &mut TableDifference,
    reference: &Reference,
) -> Result<Values> {
    let none = Values::default();
    let live = difference.pair.live_columns();
    let place = |column: &String| live.iter().position(|name| name == column);
    let positions: Option<Vec<usize>> = reference.columns.iter().map(place).collect();
    let (Some(positions), Some(target)) = (positions, opened.schema.tables.get(&reference.target))
    else {
        return Ok(none);
    };
    let typed = TypedColumns::of(target, &reference.target_columns)?;
    let columns = reference.target_columns.iter();
    let (select, filled): (Vec<String>, Vec<String>) = columns
        .map(|column| {
            let column = Ident(column);
            (
                format!("format('%s', n.{column})"),
                format!("n.{column} IS NOT NULL"),
            )
        })
        .unzip();
    let sql = format!(
        "SELECT {}, count(*)::text FROM {} WHERE {} AND NOT EXISTS (SELECT 1 FROM {} AS p WHERE {}) GROUP BY {}",
        select.join(", "),
        typed.relation("n"),
        filled.join(" AND "),
        Qualified(&reference.target),
        typed.equal("p", "n"),
        (1..=select.len())
            .map(|number| number.to_string())
            .collect::<Vec<_>>()
            .join(", "),
    );
    let (mut values, mut row_count) = none;
    let found = Batches::new(&mut difference.spool, Pick::Found, positions)?;
    let mut batches = found.turning();
    while let Some(batch) = batches.next()? {
        for row in fetch_text_arrays(session, &sql, &batch.columns).await? {
            let Some((count, value)) = row.split_last() else {
                continue;
            };
            let count = count.as_deref().and_then(|count| count.parse::<u64>().ok());
            row_count += count.unwrap_or(0);
            let mut key = Vec::new();
            for (number, field) in value.iter().enumerate() {
                if number > 0 {
                    key.push(b'\t');
                }
                push_escaped(&mut key, field.as_deref().map(str::as_bytes));
            }
            values.insert(key);
        }
    }
    Ok((values, row_count))
}
