//! The second reading: every row is rewritten on its way into its table, by COPY.
//!
//! Rows of tables in which a person is part of something unique go through a table of their own first, from
//! where those are taken that do not collide: people in whose place one stands cannot both keep theirs.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::carry::{Knowledge, filled};
use super::ground::taken;
use super::plan::stopped;
use super::read::Source;
use crate::cancel::{CancelToken, checkpoint};
use crate::company::Opened;
use crate::difference::TablePair;
use crate::model::Reference;
use crate::pg::{Ident, Qualified, Session};
use crate::rekey::{Rule, TableTally};
use crate::reporter::{Counters, Reporter, Step};
use crate::{Code, Error, Result};

/// Bytes of COPY text sent at once.
const COPY_BYTES: usize = 1 << 20;
/// Such pieces that wait to be sent.
const WAITING: usize = 3;
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
    pub(super) counters: Arc<Counters>,
    pub(super) reporter: &'a dyn Reporter,
    pub(super) cancel: &'a CancelToken,
}

impl Loading<'_> {
    /// Loads one table; columns in `cut` are empty until [`Loading::patch`].
    ///
    /// # Errors
    /// `ids_taken` where ids were to be kept and are not free; errors of the archive and of the connection;
    /// `cancelled`.
    pub(super) async fn table(
        &mut self,
        session: &mut Session,
        pair: &TablePair,
        cut: &BTreeSet<&str>,
    ) -> Result<Loaded> {
        checkpoint(self.cancel)?;
        let is_staged = self.is_staged(pair);
        let columns = list(&pair.columns);
        let loaded = match is_staged {
            false => {
                let into = Qualified(&pair.table).to_string();
                let tally = self.copy(session, &into, &columns, pair, cut).await?;
                Loaded {
                    row_count: tally.row_count,
                    collided: 0,
                    tally,
                }
            }
            true => self.staged(session, pair, cut).await?,
        };
        self.reporter.step(Step::TableApplied);
        Ok(loaded)
    }

    fn is_staged(&self, pair: &TablePair) -> bool {
        let rules = self.known.rules.tables.get(&pair.table);
        rules.is_some_and(|rules| rules.names_people_once) || !filled(pair).is_empty()
    }

    async fn staged(
        &mut self,
        session: &mut Session,
        pair: &TablePair,
        cut: &BTreeSet<&str>,
    ) -> Result<Loaded> {
        let columns = list(&pair.columns);
        let table = Qualified(&pair.table).to_string();
        stage(session, &table, &columns).await?;
        let tally = self.copy(session, STAGED, &columns, pair, cut).await?;
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
    /// As [`Loading::table`].
    pub(super) async fn patch(
        &mut self,
        session: &mut Session,
        pair: &TablePair,
        cut: &BTreeSet<&str>,
    ) -> Result<()> {
        let is_wanted =
            |column: &&String| pair.key_columns.contains(column) || cut.contains(column.as_str());
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
        self.copy(session, STAGED, &columns, &part, &BTreeSet::new())
            .await?;
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
        &mut self,
        session: &mut Session,
        into: &str,
        columns: &str,
        pair: &TablePair,
        cut: &BTreeSet<&str>,
    ) -> Result<TableTally> {
        let (sender, mut receiver) = mpsc::channel::<(Vec<u8>, u64)>(WAITING);
        let (from, known, pair) = (self.from.clone(), Arc::clone(&self.known), pair.clone());
        let cut: BTreeSet<String> = cut.iter().map(|&column| column.to_owned()).collect();
        let rewriting = tokio::task::spawn_blocking(move || {
            let cut = cut.iter().map(String::as_str).collect();
            rewrite(&from, &known, &pair, &cut, &sender)
        });
        let mut copy = session
            .copy_in(&format!("COPY {into} ({columns}) FROM STDIN"))
            .await?;
        while let Some((text, row_count)) = receiver.recv().await {
            copy.send(&text).await?;
            self.counters.add(row_count, text.len() as u64);
        }
        let tally = match rewriting.await.map_err(|_| stopped())? {
            Ok(tally) => tally,
            Err(error) => {
                copy.abort().await?;
                return Err(error);
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

fn rewrite(
    from: &Source,
    known: &Knowledge,
    pair: &TablePair,
    cut: &BTreeSet<&str>,
    sender: &mpsc::Sender<(Vec<u8>, u64)>,
) -> Result<TableTally> {
    let rewriter = known.rewriter(pair, cut);
    let mut tally = TableTally::default();
    let mut text = Vec::with_capacity(COPY_BYTES + (COPY_BYTES >> 3));
    let mut sent = 0;
    let send = |text: &mut Vec<u8>, row_count: u64| {
        let full = std::mem::replace(text, Vec::with_capacity(COPY_BYTES + (COPY_BYTES >> 3)));
        // Whoever received it has failed, and tells why.
        sender
            .blocking_send((full, row_count))
            .map_err(|_| stopped())
    };
    from.each_row(pair, |line| {
        rewriter.row(line, &mut text, &mut tally);
        if text.len() >= COPY_BYTES {
            send(&mut text, tally.row_count - sent)?;
            sent = tally.row_count;
        }
        Ok(())
    })?;
    send(&mut text, tally.row_count - sent)?;
    Ok(tally)
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
