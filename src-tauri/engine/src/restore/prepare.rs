//! Everything before the first lock: rows are read and compared, what differs is judged and agreed to, and the
//! state found is saved.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use uuid::Uuid;

use super::consent::require_consent;
use super::files;
use super::judge::Asking;
use super::nowhere::Nowhere;
use super::options::HoldWriters;
use super::pass;
use super::plan::{all_findings, digest, judged};
use super::run::{Ready, Restore};
use super::wanted::Wanted;
use super::with_files::FilesWork;
use crate::Result;
use crate::company::server_time;
use crate::library::require_space;
use crate::model::TableName;
use crate::pg::{ExportedSnapshot, Session};
use crate::reporter::Step;

/// How often the session that holds locks gives a sign of life while others read.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Free bytes on this computer's disk that a restore leaves.
const SPARE_BYTES: u64 = 64 << 20;

impl Restore<'_> {
    /// Reads, compares, judges, asks for consent and saves the state found.
    ///
    /// # Errors
    /// As [`run`](super::run::run).
    pub(super) async fn prepare(
        &mut self,
        session: &mut Session,
        again: Option<&HashSet<TableName>>,
    ) -> Result<Ready> {
        let tables = self.opened.archived_tables();
        // The workers' and one to ask beside them.
        let most = again.map_or(tables.len(), HashSet::len);
        let session_count = self.options.worker_count.min(most) + 1;
        let snapshot = ExportedSnapshot::take_for(&self.opened.settings, &tables, session_count);
        let snapshot = Arc::new(snapshot.await?);
        self.reporter.step(Step::SnapshotTaken);
        // The safety snapshot, its spill files and those of the difference.
        require_space(
            self.library.folder(),
            self.wanted.size_bytes() * 3 + SPARE_BYTES,
        )?;
        let mut looking = snapshot.beside().await?;
        self.opened
            .require_same_schema(&mut looking, &tables)
            .await?;
        looking.close().await;
        self.wanted
            .settle(self.opened, &snapshot, self.references)
            .await?;
        let settings = self.options.pass_settings();
        let source = pass::Source {
            opened: self.opened,
            wanted: &self.wanted,
        };
        // What is wrong with one table may depend on another one.
        let again = again.filter(|_| matches!(self.wanted, Wanted::Archive { .. }));
        let passing = pass::read(
            source,
            &snapshot,
            again,
            &settings,
            self.reporter,
            self.cancel,
        );
        let fresh = with_heartbeat(session, self.options.hold_writers, passing).await?;
        self.passed.extend(fresh);
        self.reporter.step(Step::RowsRead);
        let time = server_time(&mut self.opened.session).await?;
        let text = snapshot.text().to_owned();
        snapshot.leave().await;
        let mut differences = BTreeMap::new();
        for (table, passed) in &mut self.passed {
            if let Some(difference) = passed.difference.take() {
                differences.insert(table.clone(), difference);
            }
        }
        let before = digest(&differences);
        let (opened, options) = (&mut *self.opened, self.options);
        let before_it = (&self.held, &self.known);
        let mut judgement = judged(
            opened,
            &mut differences,
            options,
            before_it,
            (self.references, Asking::ByWriting),
        )
        .await?;
        let mut findings = all_findings(self.wanted.findings(), &differences, &judgement);
        let files = match (&self.storage, self.wanted.reader()) {
            (Some(storage), Some(reader)) => {
                let wanted = reader.manifest();
                let comparing =
                    files::compare(self.opened, storage, wanted, self.reporter, self.cancel);
                Some(with_heartbeat(session, self.options.hold_writers, comparing.boxed()).await?)
            }
            _ => None,
        };
        findings.extend(files.iter().flat_map(|files| files.findings.clone()));
        let refused = || self.wanted.refused();
        require_consent(
            &options.confirmation,
            &differences,
            files.as_ref(),
            &findings,
            &before,
            refused,
        )?;
        self.reporter.step(Step::Agreed);
        let replaced = match (judgement.nowhere.take(), &self.wanted) {
            (Some(looked_at), _) => looked_at,
            (None, Wanted::Cleaned(_)) => Nowhere::default(),
            (None, Wanted::Archive { .. } | Wanted::Picked(_)) => {
                let opened = &mut *self.opened;
                let mut session = Session::open(&opened.settings).await?;
                let replaced = Nowhere::of(&mut session, opened, &mut differences).await;
                session.close().await;
                replaced?
            }
        };
        let writing = self.write_safety(time, &replaced, files.as_ref());
        let safety = with_heartbeat(session, self.options.hold_writers, writing.boxed()).await?;
        let files = files.map(|difference| FilesWork {
            id: Uuid::now_v7(),
            difference,
            moves: Vec::new(),
        });
        Ok(Ready {
            differences,
            judgement,
            findings,
            files,
            safety,
            snapshot: text,
        })
    }
}

/// Reads while the session that holds locks gives signs of life, where it holds them already.
pub(super) async fn with_heartbeat<T>(
    session: &mut Session,
    hold_writers: HoldWriters,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    if hold_writers == HoldWriters::Late {
        return work.await;
    }
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = tokio::time::sleep(HEARTBEAT) => session.ping().await?,
        }
    }
}
