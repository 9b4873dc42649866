//! The one pass over the live rows: several workers, each reading whole tables as COPY text from one
//! exported snapshot, sorting them on this side and handing them on in order.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use crate::cancel::{CancelToken, checkpoint};
use crate::model::{Company, TableName};
use crate::pg::{ExportedSnapshot, Session};
use crate::reporter::{Counters, Reporter, Step};
use crate::rows::{KeyColumns, SortSettings, SortedRows, Sorter};
use crate::{Code, Error, Result};

/// Tables that a worker reads before it ends its transaction and imports the snapshot again: with
/// their indexes that many hold some 50 locks, and a default server has room for 6,400 in all.
const TABLES_PER_TRANSACTION: usize = 8;
/// Rows between two looks at the cancel token.
const ROWS_PER_CHECK: u64 = 4_096;

/// One table that a pass reads.
#[derive(Debug, Clone)]
pub struct LiveTable {
    /// The table.
    pub table: TableName,
    /// The statement that streams its rows.
    pub copy_sql: String,
    /// How its rows are known.
    pub key: KeyColumns,
    /// Columns of a row; checked, since everything after stands on it.
    pub width: usize,
}

/// How a pass reads.
#[derive(Clone)]
pub struct LivePass {
    /// Whose rows.
    pub company: Company,
    /// The instant they are read at; the workers keep it open.
    pub snapshot: Arc<ExportedSnapshot>,
    /// Connections that read side by side. On two cores three beat two, since a worker that compresses
    /// does not read.
    pub worker_count: usize,
    /// The budget of one worker's sort.
    pub sort: SortSettings,
    /// Bytes of COPY text above which a row is refused.
    pub row_limit_bytes: usize,
    /// What has been read so far.
    pub counters: Arc<Counters>,
    /// To stop.
    pub cancel: CancelToken,
}

impl LivePass {
    /// Reads every table once and hands its rows, in the order of their keys, to `consume`, which runs
    /// on a blocking thread. Results come in the order in which tables were finished.
    ///
    /// # Errors
    /// The first error of any worker; the others are stopped. `cancelled`; `row_too_large`.
    pub async fn each<T, F>(
        &self,
        mut tables: Vec<LiveTable>,
        consume: F,
        reporter: &dyn Reporter,
    ) -> Result<Vec<(TableName, T)>>
    where
        F: Fn(&LiveTable, SortedRows) -> Result<T> + Send + Sync + 'static,
        T: Send + 'static,
    {
        // The largest first: one that is begun last is waited for on one core.
        tables.sort_by_cached_key(|table| {
            let page_count = self.snapshot.page_count(&table.table);
            (Reverse(page_count), table.table.clone())
        });
        let worker_count = self.worker_count.clamp(1, tables.len().max(1));
        let queue = Arc::new(Mutex::new(VecDeque::from(tables)));
        let consume = Arc::new(consume);
        let mut workers = JoinSet::new();
        let (sender, mut finished) = unbounded_channel();
        for _ in 0..worker_count {
            let worker = Worker {
                pass: self.clone(),
                queue: Arc::clone(&queue),
                consume: Arc::clone(&consume),
            };
            let sender = sender.clone();
            workers.spawn(async move {
                if let Err(error) = worker.run(&sender).await {
                    // Nobody listens any more where another worker failed first.
                    drop(sender.send(Err(error)));
                }
            });
        }
        drop(sender);
        let mut results = Vec::new();
        while let Some(read) = finished.recv().await {
            // An error drops the set, which stops the other workers.
            results.push(read?);
            reporter.step(Step::TableRead);
        }
        while let Some(ended) = workers.join_next().await {
            ended.map_err(|_| Error::new(Code::Defect, "A worker of the pass died."))?;
        }
        Ok(results)
    }
}

/// A table that was read and what became of it, or what went wrong.
type Read<T> = Result<(TableName, T)>;

struct Worker<F> {
    pass: LivePass,
    queue: Arc<Mutex<VecDeque<LiveTable>>>,
    consume: Arc<F>,
}

impl<F> Worker<F> {
    fn take(&self) -> Option<LiveTable> {
        self.queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front()
    }

    async fn run<T>(self, finished: &UnboundedSender<Read<T>>) -> Result<()>
    where
        F: Fn(&LiveTable, SortedRows) -> Result<T> + Send + Sync + 'static,
        T: Send + 'static,
    {
        let mut session = self.pass.snapshot.beside().await?;
        session.set_company(&self.pass.company).await?;
        let mut read = 0;
        while let Some(table) = self.take() {
            checkpoint(&self.pass.cancel)?;
            if read % TABLES_PER_TRANSACTION == 0 {
                if read > 0 {
                    session.commit().await?;
                }
                session
                    .begin_snapshot_reader(self.pass.snapshot.id())
                    .await?;
            }
            read += 1;
            let rows = self
                .pass
                .read_sorted(&mut session, &table)
                .await
                .map_err(|error| error.with("table", &table.table))?;
            let consume = Arc::clone(&self.consume);
            let name = table.table.clone();
            let result = tokio::task::spawn_blocking(move || consume(&table, rows))
                .await
                .map_err(|_| Error::new(Code::Defect, "A worker of the pass died."))?;
            let result = result.map_err(|error| error.with("table", &name))?;
            drop(finished.send(Ok((name, result))));
        }
        session.close().await;
        Ok(())
    }
}

impl LivePass {
    async fn read_sorted(&self, session: &mut Session, table: &LiveTable) -> Result<SortedRows> {
        let mut sorter = Sorter::new(table.key.clone(), self.sort.clone());
        let mut copy = session.copy_out(&table.copy_sql).await?;
        let (mut rows, mut bytes) = (0, 0);
        while let Some(data) = copy.next().await? {
            if data.len() > self.row_limit_bytes {
                return Err(Error::new(
                    Code::RowTooLarge,
                    "A row is larger than the limit for one row.",
                )
                .hint("Raise the limit, or take the value out of the row."));
            }
            let mut begin = 0;
            for end in memchr::memchr_iter(b'\n', &data) {
                let line = data.get(begin..end).unwrap_or_default();
                begin = end + 1;
                if memchr::memchr_iter(b'\t', line).count() + 1 != table.width {
                    return Err(Error::new(
                        Code::Defect,
                        "A row does not have as many columns as were asked for.",
                    ));
                }
                sorter.push(line)?;
                rows += 1;
                bytes += line.len() as u64 + 1;
            }
            if rows >= ROWS_PER_CHECK {
                self.counters
                    .add(std::mem::take(&mut rows), std::mem::take(&mut bytes));
                checkpoint(&self.cancel)?;
            }
        }
        self.counters.add(rows, bytes);
        sorter.finish()
    }
}
