//! The second reading: every row is rewritten on its way into its table, by COPY.
//!
//! Rows of tables in which a person is part of something unique go through a table of their own first, from
//! where those are taken that do not collide: people in whose place one stands cannot both keep theirs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::carry::{Knowledge, filled};
use super::ground::taken;
use super::plan::stopped;
use super::read::Source;
use super::rewriting::{Rewriting, Rewritten};
use crate::cancel::{CancelToken, checkpoint};
use crate::closure::Watch;
use crate::company::Opened;
use crate::difference::TablePair;
use crate::model::{Reference, TableName};
use crate::pg::{Ident, Qualified, Session};
use crate::rekey::{Rule, TableTally};
use crate::reporter::{Counters, Reporter, Step};
use crate::scope::Cut;
use crate::{Code, Error, Result};

/// The table through which rows go that may collide.
const STAGED: &str = "pg_temp.snapback_staged";
/// The SQLSTATE of a key or unique value that is there already.
const UNIQUE_VIOLATION: &str = "23505";

/// What loading one table came to.
#[derive(Debug, Clone, Default)]
pub(super) struct Loaded {
    /// What was done to the rows.
    pub(super) tally: TableTally,
    /// Rows that are in the table now.
    pub(super) row_count: u64,
    /// Rows that were not taken, since another one has their unique values.
    pub(super) collided: u64,
}

/// Loads tables, one after the other.
pub(super) struct Loading<'a> {
    pub(super) opened: &'a Opened,
    pub(super) from: &'a Source,
    pub(super) known: Arc<Knowledge>,
    /// Where circles of references are cut.
    pub(super) cuts: &'a [Cut],
    /// Sees what the rows refer to, and what they offer.
    pub(super) watch: &'a Arc<Watch>,
    pub(super) counters: Arc<Counters>,
    pub(super) reporter: &'a dyn Reporter,
    pub(super) cancel: &'a CancelToken,
}

impl Loading<'_> {
    /// Loads tables, one after the other; columns that are cut are empty until [`Loading::patch`].
    ///
    /// # Errors
    /// `ids_taken` where ids were to be kept and are not free; errors of the archive and of the connection;
    /// `cancelled`.
    pub(super) async fn tables(
        &mut self,
        session: &mut Session,
        pairs: &[TablePair],
    ) -> Result<BTreeMap<TableName, Loaded>> {
        let mut loaded = BTreeMap::new();
        // What a staged table does not take is known once it is loaded; rows of later ones must not refer to that.
        let go_together =
            |one: &TablePair, next: &TablePair| !self.is_staged(one) && !self.is_staged(next);
        let runs: Vec<&[TablePair]> = pairs.chunk_by(go_together).collect();
        for run in runs {
            let tables = run.iter().map(|pair| (pair.clone(), self.cut(pair)));
            let watch = Some(Arc::clone(self.watch));
            let rewriting = Rewriting::begin(self.from, &self.known, tables.collect(), watch);
            let done = match run {
                [pair] if self.is_staged(pair) => {
                    vec![self.staged(session, pair, rewriting).await?]
                }
                _ => self.straight(session, run, rewriting).await?,
            };
            let tables = run.iter().map(|pair| pair.table.clone());
            loaded.extend(tables.zip(done));
        }
        Ok(loaded)
    }

    /// Tables that take every row as it is sent.
    async fn straight(
        &self,
        session: &mut Session,
        pairs: &[TablePair],
        mut rewriting: Rewriting,
    ) -> Result<Vec<Loaded>> {
        let mut loaded = Vec::with_capacity(pairs.len());
        for pair in pairs {
            checkpoint(self.cancel)?;
            let into = Qualified(&pair.table).to_string();
            let tally = self.copy(session, (&into, pair), &mut rewriting).await?;
            self.reporter.step(Step::TableApplied);
            loaded.push(Loaded {
                row_count: tally.row_count,
                collided: 0,
                tally,
            });
        }
        rewriting.end().await?;
        Ok(loaded)
    }

    /// The columns of a table that are empty for now.
    pub(super) fn cut(&self, pair: &TablePair) -> BTreeSet<String> {
        let cuts = self.cuts.iter().filter(|cut| cut.table == pair.table);
        cuts.map(|cut| cut.column.clone()).collect()
    }

    /// Whether rows of the table go through one of their own, and so may not all be taken as they were sent.
    pub(super) fn is_staged(&self, pair: &TablePair) -> bool {
        let rules = self.known.rules.tables.get(&pair.table);
        rules.is_some_and(|rules| rules.names_people_once) || !filled(pair).is_empty()
    }

    async fn staged(
        &mut self,
        session: &mut Session,
        pair: &TablePair,
        mut rewriting: Rewriting,
    ) -> Result<Loaded> {
        checkpoint(self.cancel)?;
        let columns = list(&pair.columns);
        let table = Qualified(&pair.table).to_string();
        stage(session, &table, &columns).await?;
        let tally = self.copy(session, (STAGED, pair), &mut rewriting).await?;
        rewriting.end().await?;
        let filled = filled(pair);
        let found = self.opened.schema.tables.get(&pair.table);
        let values: Vec<String> = pair
            .columns
            .iter()
            .map(|name| {
                let default = found
                    .and_then(|table| table.column(name)?.default.as_ref())
                    .filter(|_| filled.contains(&name));
                let column = Ident(name);
                match default {
                    Some(default) => format!("coalesce(s.{column}, {default})"),
                    None => format!("s.{column}"),
                }
            })
            .collect();
        let row_count = session
            .run(&format!(
                "INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {} FROM {STAGED} AS s ON CONFLICT DO NOTHING",
                values.join(", ")
            ))
            .await?;
        let collided = tally.row_count.saturating_sub(row_count);
        if collided > 0 {
            self.note_lost(session, pair).await?;
        }
        session.run(&format!("DROP TABLE {STAGED}")).await?;
        self.reporter.step(Step::TableApplied);
        Ok(Loaded {
            tally,
            row_count,
            collided,
        })
    }

    /// Notes the new ids of rows that were not taken: what refers to them leads nowhere.
    async fn note_lost(&mut self, session: &mut Session, pair: &TablePair) -> Result<()> {
        let Some(rules) = self.known.rules.tables.get(&pair.table) else {
            return Ok(());
        };
        let own = pair
            .columns
            .iter()
            .filter(|column| matches!(rules.column(column), Rule::Own { .. }));
        let referred = |column: &&String| is_referred_to(self.opened, pair, column);
        let own: Vec<String> = own.filter(referred).cloned().collect();
        let mut lost = Vec::new();
        for column in &own {
            let sql = format!(
                "SELECT s.{column}::text FROM {STAGED} AS s WHERE NOT EXISTS (SELECT 1 FROM {} AS t WHERE t.{column} = s.{column})",
                Qualified(&pair.table),
                column = Ident(column),
            );
            lost.extend(session.fetch_text_rows(&sql, &[]).await?);
        }
        let known = Arc::get_mut(&mut self.known).ok_or_else(stopped)?;
        for id in lost.into_iter().flatten().flatten() {
            known.ids.is_lost(id.as_bytes());
        }
        Ok(())
    }

    /// Fills the columns that were empty while the rows of their circle arrived.
    ///
    /// # Errors
    /// As [`Loading::tables`].
    pub(super) async fn patch(&mut self, session: &mut Session, pair: &TablePair) -> Result<()> {
        let cut = self.cut(pair);
        let is_wanted =
            |column: &&String| pair.key_columns.contains(column) || cut.contains(*column);
        let places: Vec<usize> = pair
            .columns
            .iter()
            .enumerate()
            .filter(|(_, column)| is_wanted(column))
            .map(|(place, _)| place)
            .collect();
        let mut part = pair.clone();
        part.columns = pair.columns.iter().filter(is_wanted).cloned().collect();
        part.projection = Some(
            places
                .into_iter()
                .map(|place| super::carry::position(pair, place))
                .collect(),
        );
        let table = Qualified(&pair.table).to_string();
        let columns = list(&part.columns);
        stage(session, &table, &columns).await?;
        let table_alone = vec![(part.clone(), BTreeSet::new())];
        let mut rewriting = Rewriting::begin(self.from, &self.known, table_alone, None);
        self.copy(session, (STAGED, &part), &mut rewriting).await?;
        rewriting.end().await?;
        let set: Vec<String> = cut
            .iter()
            .map(|column| format!("{0} = s.{0}", Ident(column)))
            .collect();
        let filled: Vec<String> = cut
            .iter()
            .map(|column| format!("s.{} IS NOT NULL", Ident(column)))
            .collect();
        let same: Vec<String> = pair
            .key_columns
            .iter()
            .map(|column| format!("t.{0} = s.{0}", Ident(column)))
            .collect();
        session
            .run(&format!(
                "UPDATE {table} AS t SET {} FROM {STAGED} AS s WHERE {} AND ({}); DROP TABLE {STAGED}",
                set.join(", "),
                same.join(" AND "),
                filled.join(" OR "),
            ))
            .await?;
        Ok(())
    }

    /// Sends the rewritten rows of a table.
    async fn copy(
        &self,
        session: &mut Session,
        (into, pair): (&str, &TablePair),
        rewriting: &mut Rewriting,
    ) -> Result<TableTally> {
        let columns = list(&pair.columns);
        let mut copy = session
            .copy_in(&format!("COPY {into} ({columns}) FROM STDIN"))
            .await?;
        let tally = loop {
            match rewriting.next().await {
                Ok(Rewritten::Text(text, row_count)) => {
                    copy.send(&text).await?;
                    self.counters.add(row_count, text.len() as u64);
                }
                Ok(Rewritten::End(tally)) => break tally,
                Err(error) => {
                    copy.abort().await?;
                    return Err(error);
                }
            }
        };
        let row_count = copy.finish().await.map_err(|error| {
            let state = error.context().get("sqlstate").map(String::as_str);
            match self.known.ids.renewal().keeps() && state == Some(UNIQUE_VIOLATION) {
                true => taken(),
                false => error,
            }
        })?;
        if row_count == tally.row_count {
            return Ok(tally);
        }
        Err(Error::new(
            Code::Defect,
            "The server took another number of rows than was sent.",
        ))
    }
}

/// Makes the table through which rows go.
async fn stage(session: &mut Session, table: &str, columns: &str) -> Result<()> {
    let sql = format!(
        "CREATE TEMPORARY TABLE snapback_staged ON COMMIT DROP AS SELECT {columns} FROM {table} WITH NO DATA"
    );
    session.run(&sql).await?;
    Ok(())
}

fn list(columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|name| Ident(name).to_string()).collect();
    columns.join(", ")
}

fn is_referred_to(opened: &Opened, pair: &TablePair, column: &str) -> bool {
    let leads_there = |reference: &Reference| {
        reference.target == pair.table && reference.target_columns.iter().any(|name| name == column)
    };
    let tables = opened.schema.tables.values();
    tables
        .into_iter()
        .any(|table| table.references.iter().any(leads_there))
}
