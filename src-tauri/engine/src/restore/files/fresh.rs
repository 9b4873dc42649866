//! Uploaded files of a company that is only made: put aside before the rows are written, noted in the
//! transaction that writes these, and switched after its commit, by the same journal as a restore's. That
//! they are about to be put aside is noted before: nobody comes to a company that was not made and takes
//! away what waits for it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

use super::pending::{clear_abandoned, forget_begun, note_begun};
use super::stage::{put_aside, record, unstage};
use super::{FilesReport, Move, NewContent, Storage, is_of_rows, settle_work};
use crate::archive::{FileEntry, Reader};
use crate::cancel::CancelToken;
use crate::company::{Actor, Opened};
use crate::difference::{Effect, Finding};
use crate::files::{FileName, Store};
use crate::pg::Session;
use crate::reporter::{Reporter, Step};
use crate::restore::lock::CompanyLock;
use crate::restore::{RestoreRights, state};
use crate::{Code, Error, Result, uploads};

/// Files that a new company gets, under the names that they have there.
pub(crate) struct FreshFiles {
    storage: Storage,
    operation: Uuid,
    wanted: Vec<(FileName, FileEntry)>,
    moves: Vec<Move>,
    /// Buckets that are made for them.
    made: Vec<String>,
    /// The new company's lock, from before anything is put aside until everything is in its place.
    lock: Option<CompanyLock>,
}

impl fmt::Debug for FreshFiles {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("FreshFiles");
        shown.field("wanted", &self.wanted.len()).finish()
    }
}

impl FreshFiles {
    /// Looks whether those files can lie where they are named, and says what cannot be carried. A bucket of
    /// the company's own is made with them; where rows say what is in the storage, one must say so of it.
    ///
    /// # Errors
    /// `archive_unsafe_path` where one would lie elsewhere than among the company's; `ids_taken` where
    /// one is there already; `invalid_profile`; those of the store.
    pub(crate) async fn plan(
        opened: &Opened,
        store: &Arc<dyn Store>,
        wanted: Vec<(FileName, FileEntry)>,
        has_bucket_row: bool,
    ) -> Result<(Self, Vec<Finding>)> {
        let places = uploads::places(opened)?;
        let mut names = BTreeSet::new();
        for (name, _) in &wanted {
            if !places.iter().any(|place| place.holds(name)) || !names.insert(name.clone()) {
                return Err(Error::new(
                    Code::ArchiveUnsafePath,
                    "A file of the archive would lie elsewhere than among the company's files.",
                )
                .with("file", name));
            }
        }
        let (mut there, mut made) = (BTreeSet::new(), Vec::new());
        for place in &places {
            let Some(listing) = store.list(place).await? else {
                let is_own = place.bucket == opened.company().id.as_str();
                let may_come = has_bucket_row || !is_of_rows(store.as_ref());
                let is_needed = names.iter().any(|name| name.bucket == place.bucket);
                if is_own && may_come && is_needed {
                    there.insert(place.bucket.clone());
                    made.push(place.bucket.clone());
                }
                continue;
            };
            there.insert(place.bucket.clone());
            if let Some(taken) = listing.files.iter().find(|file| names.contains(&file.name)) {
                return Err(Error::new(
                    Code::IdsTaken,
                    "A file of that name is in the storage already.",
                )
                .hint("Let the new company have ids of its own, or make it without files.")
                .with("file", &taken.name));
            }
        }
        let mut nowhere: BTreeMap<String, u64> = BTreeMap::new();
        let (wanted, left): (Vec<_>, Vec<_>) = wanted
            .into_iter()
            .partition(|(name, _)| there.contains(&name.bucket));
        for (name, _) in left {
            *nowhere.entry(name.bucket).or_default() += 1;
        }
        let findings = nowhere.into_iter().map(|(bucket, count)| Finding {
            effect: Effect::Discarded,
            code: "no_bucket",
            table: None,
            column: None,
            row_count: None,
            reason: format!(
                "The storage has no bucket {bucket}, so {count} of the uploaded files are not carried."
            ),
        });
        let planned = Self {
            storage: Storage {
                store: Arc::clone(store),
                places,
            },
            operation: Uuid::new_v4(),
            wanted,
            moves: Vec::new(),
            made,
            lock: None,
        };
        Ok((planned, findings.collect()))
    }

    /// How many there are, and their length.
    pub(crate) fn count(&self) -> (u64, u64) {
        let bytes = self.wanted.iter().map(|(_, entry)| entry.byte_count).sum();
        (self.wanted.len() as u64, bytes)
    }

    /// The rights, with those on rows that name versions of files.
    ///
    /// # Errors
    /// Errors of the connection.
    pub(crate) async fn rights(
        &self,
        opened: &mut Opened,
        rights: RestoreRights,
    ) -> Result<RestoreRights> {
        rights.with_files(opened, Some(&self.storage)).await
    }

    /// Puts their content aside.
    ///
    /// # Errors
    /// `company_busy`; those of the store and of the archive; `missing_right`; `cancelled`. Nothing stays
    /// aside then.
    pub(crate) async fn stage(
        &mut self,
        opened: &mut Opened,
        reader: &Arc<Reader>,
        actor: &Actor,
        reporter: &dyn Reporter,
        cancel: &CancelToken,
    ) -> Result<()> {
        let store = Arc::clone(&self.storage.store);
        let company = opened.company().id.clone();
        state::install_files(&mut opened.session).await?;
        // What others have left there is in nobody's way.
        drop(clear_abandoned(opened, store.as_ref()).await);
        self.lock = Some(CompanyLock::acquire(&opened.settings, &company).await?);
        let begun = (self.operation, &company);
        note_begun(&mut opened.session, begun, store.as_ref(), actor).await?;
        let moves = self.wanted.iter().enumerate();
        let moves = moves.map(|(number, (name, entry))| {
            let aside = store.aside(name.clone(), self.operation, number);
            Move {
                name: aside.name,
                found: None,
                new: Some(NewContent {
                    waits_as: aside.waits_as,
                    entry: entry.clone(),
                }),
            }
        });
        let moves: Vec<Move> = moves.collect();
        let (_, total) = self.count();
        let staged = match self.make_buckets(store.as_ref()).await {
            Ok(()) => put_aside(store.as_ref(), reader, moves, total, reporter, cancel).await,
            Err(error) => Err(error),
        };
        match staged {
            Ok(moves) => self.moves = moves,
            Err(error) => {
                self.give_up(opened).await;
                return Err(error);
            }
        }
        reporter.step(Step::FilesStaged);
        Ok(())
    }

    async fn make_buckets(&self, store: &dyn Store) -> Result<()> {
        for bucket in &self.made {
            store.make_bucket(bucket).await?;
        }
        Ok(())
    }

    /// Takes what waits away again: the company is not made. What cannot be taken away stays noted.
    pub(crate) async fn give_up(&mut self, opened: &mut Opened) {
        let store = self.storage.store.as_ref();
        unstage(store, &self.moves).await;
        for bucket in &self.made {
            store.remove_bucket(bucket).await;
        }
        if self.nothing_waits(store).await.unwrap_or(false) {
            drop(forget_begun(&mut opened.session, &self.operation.to_string()).await);
        }
        self.let_go().await;
    }

    /// Whether nothing is put aside any more in the company's places.
    async fn nothing_waits(&self, store: &dyn Store) -> Result<bool> {
        for place in &self.storage.places {
            if !store.left_over(place).await?.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn let_go(&mut self) {
        if let Some(lock) = self.lock.take() {
            lock.release().await;
        }
    }

    /// Writes down in the transaction of the rows what is to become of each file.
    ///
    /// # Errors
    /// `changed_meanwhile`; errors of the connection.
    pub(crate) async fn record(
        &self,
        session: &mut Session,
        opened: &Opened,
        actor: &Actor,
    ) -> Result<()> {
        // No review waits for them: the work stands for itself.
        let work = (self.operation, self.operation);
        record(session, opened, &self.storage, &self.moves, work, actor).await
    }

    /// Switches them after the commit. What cannot be done is told, and waits in the journal for whoever
    /// comes next.
    pub(crate) async fn settle(
        &mut self,
        opened: &mut Opened,
        reporter: &dyn Reporter,
    ) -> FilesReport {
        let (added, byte_count) = self.count();
        let work = (self.operation, self.moves.as_slice());
        let problems = settle_work(opened, &self.storage, work, reporter).await;
        self.let_go().await;
        FilesReport {
            added,
            byte_count,
            problems,
            ..FilesReport::default()
        }
    }
}
