//! Values that no two rows may have alike, whosever they are, in columns where nothing else changes: how many the backup
//! has of them, how many of those are taken, and what is proposed.

use tokio::sync::mpsc;

use super::carry::{Carry, position};
use super::plan::stopped;
use super::read::Source;
use crate::Result;
use crate::company::Opened;
use crate::difference::{Effect, Finding, TablePair};
use crate::model::TableName;
use crate::pg::{Ident, Qualified, count_by_arrays};
use crate::rekey::{Rule, Rules};
use crate::rows::{field_at, text_of};

/// Values that are asked about at once.
const AT_ONCE: usize = 5_000;

/// The values of one such column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedUnique {
    /// The table.
    pub table: TableName,
    /// The column.
    pub column: String,
    /// Values in the backup.
    pub value_count: u64,
    /// How many of them rows have that are there.
    pub taken_count: u64,
    /// What the copy has in their place.
    pub proposal: Proposal,
}

/// What is proposed for values that may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proposal {
    /// Each ends in letters of its own.
    MakeDistinct,
    /// They stay, and must be free.
    Keep,
}

/// Counts the values of each column whose rule says so.
///
/// # Errors
/// Errors of the archive and of the connection; `cancelled`.
pub(super) async fn uniques(
    opened: &mut Opened,
    source: &Source,
    carry: &Carry,
    rules: &Rules,
    proposal: Proposal,
) -> Result<Vec<PlannedUnique>> {
    let mut found = Vec::new();
    for pair in &carry.written {
        let Some(of_table) = rules.tables.get(&pair.table) else {
            continue;
        };
        for (place, column) in pair.columns.iter().enumerate() {
            if !matches!(of_table.column(column), Rule::Distinct { .. }) {
                continue;
            }
            let (value_count, taken_count) = count(opened, source, pair, place, column).await?;
            if value_count > 0 {
                found.push(PlannedUnique {
                    table: pair.table.clone(),
                    column: column.clone(),
                    value_count,
                    taken_count: taken_count.min(value_count),
                    proposal,
                });
            }
        }
    }
    Ok(found)
}

/// How many values there are in the archive, and how many of those in the database.
async fn count(
    opened: &mut Opened,
    source: &Source,
    pair: &TablePair,
    place: usize,
    column: &str,
) -> Result<(u64, u64)> {
    let table = opened.schema.tables.get(&pair.table);
    let Some(known) = table.and_then(|table| table.column(column)) else {
        return Ok((0, 0));
    };
    // Values are compared as the column's own type compares them, by its index.
    let sql = format!(
        "SELECT count(DISTINCT t.{column}) FROM {table} AS t WHERE t.{column} = ANY ($1::text[]::{type_name}[])",
        column = Ident(column),
        table = Qualified(&pair.table),
        type_name = known.type_name,
    );
    let (sender, mut receiver) = mpsc::channel::<Vec<Option<String>>>(2);
    let (from, archived, position) = (source.clone(), pair.clone(), position(pair, place));
    let reading = tokio::task::spawn_blocking(move || {
        let mut values = Vec::new();
        // Whoever asks about them has failed, and tells why.
        let send = |values: Vec<_>| sender.blocking_send(values).map_err(|_| stopped());
        from.each_row(&archived, |line| {
            let value = field_at(line, position).map(text_of).transpose()?;
            values.extend(value.flatten().map(Some));
            match values.len() >= AT_ONCE {
                true => send(std::mem::take(&mut values)),
                false => Ok(()),
            }
        })?;
        send(values)
    });
    let (mut value_count, mut taken_count) = (0, 0);
    while let Some(values) = receiver.recv().await {
        value_count += values.len() as u64;
        taken_count += count_by_arrays(&mut opened.session, &sql, &[values]).await?;
    }
    reading.await.map_err(|_| stopped())??;
    Ok((value_count, taken_count))
}

/// What a person should know of them.
pub(super) fn findings(uniques: &[PlannedUnique]) -> impl Iterator<Item = Finding> {
    uniques.iter().filter_map(|unique| {
        let PlannedUnique {
            table,
            column,
            value_count,
            taken_count,
            proposal,
        } = unique;
        let (effect, code, proposed) = match (proposal, taken_count) {
            (Proposal::MakeDistinct, _) => (
                Effect::Defaulted,
                "made_distinct",
                "The copy's end in letters of their own.",
            ),
            (Proposal::Keep, 0) => return None,
            (Proposal::Keep, _) => (
                Effect::Blocked,
                "unique_taken",
                "Where ids stay, all of them must be free.",
            ),
        };
        let reason = format!(
            "Values that no two rows may have alike, whosever they are: {value_count} in the backup, {taken_count} of them taken here. {proposed}"
        );
        Some(Finding::new(effect, code, table, reason).column(column))
    })
}
