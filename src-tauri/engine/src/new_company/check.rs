//! Before the commit: every reference of the new company leads to a row that it may refer to, and its rows
//! are those that were written.
//!
//! What rows refer to was seen while they were sent. The server is asked about those alone for which nothing
//! was found that way, and about rows that may not stand as they were sent.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::plan::stopped;
use crate::closure::{Watch, broken};
use crate::company::Opened;
use crate::difference::count_rows;
use crate::model::TableName;
use crate::pg::Session;
use crate::restore::broken_reference;
use crate::{Code, Error, Result};

/// What was sent.
pub(super) struct Sent<'a> {
    /// How many rows were written, by table.
    pub(super) counts: &'a BTreeMap<TableName, u64>,
    /// Tables that did not take all of them.
    pub(super) lost: BTreeSet<&'a TableName>,
    /// Tables some of whose rows came otherwise, or stand otherwise than they were seen.
    pub(super) otherwise: BTreeSet<&'a TableName>,
    /// What saw the rows of those tables.
    pub(super) watch: (Arc<Watch>, &'a [TableName]),
}

/// Checks the rows of those tables, of which so many were written.
///
/// # Errors
/// `references_broken` naming the table and the constraint; `other_company` where rows are not the new
/// company's; errors of the connection and of this computer's disk.
pub(super) async fn check(session: &mut Session, opened: &Opened, sent: Sent<'_>) -> Result<()> {
    let tables: Vec<TableName> = sent
        .counts
        .iter()
        .filter(|(_, row_count)| **row_count > 0)
        .map(|(table, _)| table.clone())
        .collect();
    let found = count_rows(session, &opened.schema, &opened.scope, &tables).await?;
    for table in &tables {
        if found.get(table) != sent.counts.get(table) {
            return Err(Error::new(
                Code::OtherCompany,
                "The archive holds rows that would not be the new company's; everything was rolled back.",
            )
            .with("table", table));
        }
    }
    let asked = asked(session, opened, &tables, sent).await?;
    let broken = broken(session, opened, &asked, |_| true).await?;
    match broken.into_iter().next() {
        Some(broken) => Err(broken_reference(
            &broken.table,
            &broken.reference.name,
            broken.row_count,
        )),
        None => Ok(()),
    }
}

/// The tables about whose references the server is asked.
async fn asked(
    session: &mut Session,
    opened: &Opened,
    tables: &[TableName],
    sent: Sent<'_>,
) -> Result<Vec<TableName>> {
    let Sent {
        lost,
        otherwise,
        watch: (watch, seen),
        ..
    } = sent;
    watch.offer_unseen(session, opened, seen).await?;
    let suspects = tokio::task::spawn_blocking(move || watch.suspects());
    let suspects: BTreeSet<TableName> = suspects
        .await
        .map_err(|_| stopped())??
        .into_iter()
        .collect();
    let is_asked = |table: &&TableName| {
        let found = opened.schema.tables.get(*table);
        let mut references = found.iter().flat_map(|table| &table.references);
        suspects.contains(*table)
            || otherwise.contains(*table)
            || references.any(|reference| lost.contains(&reference.target))
    };
    Ok(tables.iter().filter(is_asked).cloned().collect())
}
