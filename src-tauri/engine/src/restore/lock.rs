//! Locks: one restore of a company at a time, writers held off late and shortly, and the proof that the
//! touched tables are still as they were read.

use std::time::{Duration, Instant};

use crate::company::Opened;
use crate::difference::live;
use crate::model::{CompanyId, TableName};
use crate::pg::{Qualified, Session, Settings};
use crate::{Code, Error, Result};

/// The first key of our advisory locks: "SNAP" in ASCII.
const LOCK_CLASS: i32 = 0x534E_4150;
/// First wait between two tries for the table locks; doubled up to half a second.
const FIRST_BACKOFF: Duration = Duration::from_millis(20);

/// The company's lock, held by a session of its own until it is closed or the connection dies.
#[derive(Debug)]
pub(super) struct CompanyLock {
    session: Session,
}

impl CompanyLock {
    /// Takes the lock, or says that another restore has it.
    ///
    /// # Errors
    /// `company_busy`; errors of the connection.
    pub(super) async fn acquire(settings: &Settings, company: &CompanyId) -> Result<Self> {
        Self::acquire_within(settings, company, Duration::ZERO).await
    }

    /// Takes the lock, waiting for another holder to let go: the server may still be at work for a
    /// client that is gone.
    ///
    /// # Errors
    /// As [`CompanyLock::acquire`].
    pub(super) async fn acquire_within(
        settings: &Settings,
        company: &CompanyId,
        patience: Duration,
    ) -> Result<Self> {
        let mut session = Session::open(settings).await?;
        let sql = format!("SELECT pg_try_advisory_lock({LOCK_CLASS}, hashtext($1))::text");
        let began = Instant::now();
        loop {
            let rows = session
                .fetch_text_rows(&sql, &[Some(company.as_str())])
                .await?;
            if rows.into_iter().flatten().next().flatten().as_deref() == Some("true") {
                return Ok(Self { session });
            }
            if began.elapsed() >= patience {
                return Err(Error::new(
                    Code::CompanyBusy,
                    "Another restore of this company is running.",
                )
                .hint("Wait until it has ended; `snapback review` tells how it ended."));
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Lets go. A server that is told that a session is over may take a moment to let go by itself.
    pub(super) async fn release(mut self) {
        drop(self.session.run("SELECT pg_advisory_unlock_all()").await);
        self.session.close().await;
    }
}

/// Begins the applying transaction and takes its locks, all at once and never waiting in line: a waiting
/// LOCK would stall other companies' writers. Backs off and tries again for as long as `patience` says.
///
/// # Errors
/// `lock_not_had`; errors of the connection. The transaction is open only when it succeeds.
pub(crate) async fn begin_locked(
    session: &mut Session,
    tables: &[TableName],
    patience: Duration,
) -> Result<()> {
    let names: Vec<String> = tables
        .iter()
        .map(|table| Qualified(table).to_string())
        .collect();
    let lock = format!(
        "LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE NOWAIT",
        names.join(", ")
    );
    let began = Instant::now();
    let mut backoff = FIRST_BACKOFF;
    loop {
        session.begin_read_committed().await?;
        // A computer that dies must not keep its locks; one that works sends statements all the time.
        session
            .run("SET LOCAL idle_in_transaction_session_timeout = '60s'; SET LOCAL lock_timeout = '5s'; SET LOCAL synchronous_commit = on")
            .await?;
        if tables.is_empty() {
            return Ok(());
        }
        match session.run(&lock).await {
            Ok(_) => return Ok(()),
            Err(error) if error.code() == Code::LockNotHad && began.elapsed() < patience => {
                session.rollback().await?;
                tokio::time::sleep(backoff).await;
                backoff = (backoff * 2).min(Duration::from_millis(500));
            }
            Err(error) => {
                session.rollback().await?;
                return Err(if error.code() == Code::LockNotHad {
                    Error::new(
                        Code::LockNotHad,
                        "Others were writing to the tables of this restore all the time.",
                    )
                    .hint("Try again in a quieter moment; nothing was changed.")
                } else {
                    error
                });
            }
        }
    }
}

/// A table with how many of the company's rows were read.
pub(super) type ReadTable = (TableName, u64);

/// Which of the locked tables are no longer as the snapshot saw them: another number of rows, or a row
/// version that the snapshot does not see. The same number and no newer version are the same rows.
///
/// # Errors
/// Errors of the connection.
pub(super) async fn changed_since(
    session: &mut Session,
    opened: &Opened,
    tables: &[ReadTable],
    snapshot: &str,
) -> Result<Vec<TableName>> {
    let mut changed = Vec::new();
    // Row versions carry 32 bits of a transaction's number; its distance to the snapshot's oldest gives
    // the rest. A distance beyond that of any running transaction is one of long ago.
    let newer = "age(t.xmin) BETWEEN 0 AND s.reach AND NOT pg_visible_in_snapshot((s.oldest + s.reach - age(t.xmin))::text::xid8, s.seen)";
    let snapshot_sql = "(SELECT x.seen, pg_snapshot_xmin(x.seen)::text::bigint AS oldest, \
        age((pg_snapshot_xmin(x.seen)::text::bigint % 4294967296)::text::xid) AS reach FROM (SELECT $1::text::pg_snapshot AS seen) AS x) AS s";
    for chunk in tables.chunks(64) {
        let parts: Vec<String> = chunk
            .iter()
            .enumerate()
            .map(|(number, (table, _))| {
                let from = live::from_where(&opened.schema, &opened.scope, table);
                let from = from.replacen(" AS t WHERE ", &format!(" AS t, {snapshot_sql} WHERE "), 1);
                format!("SELECT {number}::text, count(*)::text, (count(*) FILTER (WHERE {newer}))::text {from}")
            })
            .collect();
        for row in session
            .fetch_text_rows(&parts.join(" UNION ALL "), &[Some(snapshot)])
            .await?
        {
            let [number, count, newer] = <[Option<String>; 3]>::try_from(row).unwrap_or_default();
            let place = number.and_then(|number| number.parse::<usize>().ok());
            let Some((table, read)) = place.and_then(|place| chunk.get(place)) else {
                continue;
            };
            if count.as_deref() != Some(&read.to_string()) || newer.as_deref() != Some("0") {
                changed.push(table.clone());
            }
        }
    }
    Ok(changed)
}
