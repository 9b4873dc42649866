//! Rows of the archive as the new company has them, rewritten ahead of the server on a thread that may wait.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::carry::Knowledge;
use super::plan::stopped;
use super::read::Source;
use crate::Result;
use crate::closure::Watch;
use crate::difference::TablePair;
use crate::rekey::{Fate, TableTally};
use crate::rows::fields;

/// Bytes of COPY text sent at once: few, since the server has nothing to do until the first come.
const COPY_BYTES: usize = 64 << 10;
/// Such pieces that wait to be sent: where the server is slow with one table, the next are rewritten meanwhile.
const WAITING: usize = 128;

/// Tables that are rewritten, one after the other.
pub(super) struct Rewriting {
    received: mpsc::Receiver<Rewritten>,
    ended: JoinHandle<Result<()>>,
}

/// What comes of it.
pub(super) enum Rewritten {
    /// COPY text of so many rows.
    Text(Vec<u8>, u64),
    /// There is no more of this table.
    End(TableTally),
}

impl Rewriting {
    /// Begins with the first of those tables, of each of which some columns are empty for now; a watch sees
    /// the rows.
    pub(super) fn begin(
        from: &Source,
        known: &Arc<Knowledge>,
        tables: Vec<(TablePair, BTreeSet<String>)>,
        watch: Option<Arc<Watch>>,
    ) -> Self {
        let (sender, received) = mpsc::channel(WAITING);
        let (from, known) = (from.clone(), Arc::clone(known));
        let ended = tokio::task::spawn_blocking(move || {
            for table in &tables {
                rewrite(&from, &known, table, watch.as_ref(), &sender)?;
            }
            Ok(())
        });
        Self { received, ended }
    }

    /// What comes next; what the thread failed with, once.
    ///
    /// # Errors
    /// Errors of the archive and of this computer's disk; `cancelled`.
    pub(super) async fn next(&mut self) -> Result<Rewritten> {
        match self.received.recv().await {
            Some(rewritten) => Ok(rewritten),
            None => {
                let ended = (&mut self.ended).await.map_err(|_| stopped())?;
                Err(ended.err().unwrap_or_else(stopped))
            }
        }
    }

    /// Waits until the thread is done with everything that it was given, and holds nothing any more.
    ///
    /// # Errors
    /// As [`Rewriting::next`].
    pub(super) async fn end(self) -> Result<()> {
        self.ended.await.map_err(|_| stopped())?
    }
}

fn rewrite(
    from: &Source,
    known: &Knowledge,
    (pair, cut): &(TablePair, BTreeSet<String>),
    watch: Option<&Arc<Watch>>,
    sender: &mpsc::Sender<Rewritten>,
) -> Result<()> {
    let cut = cut.iter().map(String::as_str).collect();
    let rewriter = known.rewriter(pair, &cut);
    let mut witness = watch.and_then(|watch| watch.witness(&pair.table, &pair.columns));
    let mut tally = TableTally::default();
    let mut text = Vec::with_capacity(COPY_BYTES + (COPY_BYTES >> 3));
    let mut sent = 0;
    // Whoever received it has failed, and tells why.
    let send = |rewritten| sender.blocking_send(rewritten).map_err(|_| stopped());
    from.each_row(pair, |line| {
        let begun = text.len();
        let fate = rewriter.row(line, &mut text, &mut tally);
        if let Some(witness) = witness.as_mut().filter(|_| fate == Fate::Carried) {
            let row = text.get(begun..text.len().saturating_sub(1));
            witness.see(&fields(row.unwrap_or_default()).collect::<Vec<_>>())?;
        }
        if text.len() >= COPY_BYTES {
            let full = std::mem::replace(
                &mut text,
                Vec::with_capacity(COPY_BYTES + (COPY_BYTES >> 3)),
            );
            send(Rewritten::Text(full, tally.row_count - sent))?;
            sent = tally.row_count;
        }
        Ok(())
    })?;
    if let Some(witness) = witness {
        witness.finish()?;
    }
    send(Rewritten::Text(text, tally.row_count - sent))?;
    send(Rewritten::End(tally))
}
