//! The uploaded files of a restore: put aside before anything is locked, switched once the rows are committed.

use futures_util::FutureExt as _;
use uuid::Uuid;

use super::files::{self, FilesDifference, FilesReport, Move};
use super::prepare::with_heartbeat;
use super::run::{Ready, Restore};
use crate::Result;
use crate::pg::Session;
use crate::reporter::Step;

/// Uploaded files that differ, and what is done with them.
pub(super) struct FilesWork {
    pub(super) id: Uuid,
    pub(super) difference: FilesDifference,
    pub(super) moves: Vec<Move>,
}

impl Restore<'_> {
    /// Puts the new content of uploaded files aside, before anything is locked.
    pub(super) async fn stage(&self, session: &mut Session, ready: &mut Ready) -> Result<()> {
        let (Some(storage), Some(work), Some(reader)) =
            (&self.storage, &mut ready.files, self.wanted.reader())
        else {
            return Ok(());
        };
        let (difference, id) = (&work.difference, work.id);
        let staging = files::stage(storage, reader, difference, id, self.reporter, self.cancel);
        work.moves = with_heartbeat(session, self.options.hold_writers, staging.boxed()).await?;
        self.reporter.step(Step::FilesStaged);
        Ok(())
    }

    /// Leaves nothing of what was put aside.
    pub(super) async fn unstage(&self, ready: &Ready) {
        if let (Some(storage), Some(work)) = (&self.storage, &ready.files) {
            files::unstage(storage.store.as_ref(), &work.moves).await;
        }
    }

    /// Switches the files of a restore that holds. What cannot be done is told, and waits in the journal
    /// for whoever comes next.
    pub(super) async fn switch_files(&mut self, work: &FilesWork) -> Option<FilesReport> {
        let storage = self.storage.as_ref()?;
        let FilesDifference {
            added,
            replaced,
            removed,
            unchanged,
            ..
        } = &work.difference;
        let mut report = FilesReport {
            added: added.len() as u64,
            replaced: replaced.len() as u64,
            removed: removed.len() as u64,
            unchanged: unchanged.len() as u64,
            byte_count: work.difference.byte_count(),
            problems: Vec::new(),
        };
        report.problems =
            files::settle_work(self.opened, storage, (work.id, &work.moves), self.reporter).await;
        Some(report)
    }
}
