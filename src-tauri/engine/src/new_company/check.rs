//! Before the commit: every reference of the new company leads to a row that it may refer to, and its rows
//! are those that were written.
//!
//! What rows refer to was seen while they were sent. The server is asked about those alone for which nothing
//! was found that way, and about rows that may not stand as they were sent.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::plan::stopped;
use crate::closure::{Unseen, Watch, broken};
use crate::company::Opened;
use crate::difference::{TablePair, count_rows};
use crate::model::TableName;
use crate::pg::Session;
use crate::restore::broken_reference;
use crate::scope::Membership;
use crate::{Code, Error, Result};

/// What was sent.
pub(super) struct Sent<'a> {
    /// The tables, with their columns.
    pub(super) pairs: &'a [TablePair],
    /// How many rows were written, by table.
    pub(super) counts: &'a BTreeMap<TableName, u64>,
    /// Tables that did not take all of them.
    pub(super) lost: BTreeSet<&'a TableName>,
    /// Tables some of whose rows came otherwise, or stand otherwise than they were seen.
    pub(super) otherwise: BTreeSet<&'a TableName>,
    /// What saw the rows.
    pub(super) watch: Arc<Watch>,
}

impl Sent<'_> {
    /// Tables with rows, in the order in which they were written.
    fn tables(&self) -> impl Iterator<Item = &TablePair> {
        let is_filled =
            |pair: &&TablePair| self.counts.get(&pair.table).is_some_and(|count| *count > 0);
        self.pairs.iter().filter(is_filled)
    }

    /// Whether every row of a table bears the key of the company, or of its group, since it was written so.
    fn bears_the_key(&self, opened: &Opened, pair: &TablePair) -> bool {
        let scope = opened.scope.tables.get(&pair.table);
        match scope.map(|scope| &scope.membership) {
            Some(Membership::Column(own) | Membership::Group(own)) => {
                pair.columns.contains(own) && !self.otherwise.contains(&pair.table)
            }
            _ => false,
        }
    }
}

/// Checks the rows that were sent.
///
/// # Errors
/// `references_broken` naming the table and the constraint; `other_company` where rows are not the new
/// company's; errors of the connection and of this computer's disk.
pub(super) async fn check(session: &mut Session, opened: &Opened, sent: Sent<'_>) -> Result<()> {
    let uncertain = sent
        .tables()
        .filter(|pair| !sent.bears_the_key(opened, pair));
    let uncertain: Vec<TableName> = uncertain.map(|pair| pair.table.clone()).collect();
    let found = count_rows(session, &opened.schema, &opened.scope, &uncertain).await?;
    for table in &uncertain {
        if found.get(table) != sent.counts.get(table) {
            return Err(Error::new(
                Code::OtherCompany,
                "The archive holds rows that would not be the new company's; everything was rolled back.",
            )
            .with("table", table));
        }
    }
    let asked = asked(session, opened, sent).await?;
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
async fn asked(session: &mut Session, opened: &Opened, sent: Sent<'_>) -> Result<Vec<TableName>> {
    let tables: Vec<TableName> = sent.tables().map(|pair| pair.table.clone()).collect();
    let Sent {
        lost,
        otherwise,
        watch,
        ..
    } = sent;
    let (referred, seen) = watch.referred_to();
    watch.offer(&Unseen::read(session, opened, referred, seen).await?)?;
    let suspects = tokio::task::spawn_blocking(move || watch.suspects());
    let suspects = suspects.await.map_err(|_| stopped())??;
    let is_asked = |table: &TableName| {
        let found = opened.schema.tables.get(table);
        let mut references = found.iter().flat_map(|table| &table.references);
        suspects.contains(table)
            || otherwise.contains(table)
            || references.any(|reference| lost.contains(&reference.target))
    };
    Ok(tables.into_iter().filter(is_asked).collect())
}
