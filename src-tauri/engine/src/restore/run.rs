use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use uuid::Uuid;

use super::after::after_steps;
use super::apply::{self, sqlstate};
use super::commit::written_counts;
use super::consent::explained;
use super::files::{self, Storage};
use super::judge::{self, Judgement};
use super::known::KnownBroken;
use super::lock::{self, CompanyLock};
use super::options::{HoldWriters, RestoreOptions, RestoreReport};
use super::pass::PassedTable;
use super::picked::Selection;
use super::plan::totals;
use super::rights::{References, RestoreRights};
use super::seen::Seen;
use super::sign_out::{self, Sessions};
use super::state::{self, Held, Review};
use super::wanted::Wanted;
use super::with_files::FilesWork;
use crate::archive::{Finished, Manifest, Reader};
use crate::cancel::{CancelToken, Outcome, checkpoint, outcome};
use crate::company::Opened;
use crate::difference::{Finding, TableDifference};
use crate::library::Library;
use crate::model::TableName;
use crate::pg::Session;
use crate::reporter::{Counters, Phase, Reporter, Step, Warning};
use crate::{Code, Error, Result};

/// Passes over tables that others keep writing to, before the restore refuses.
const MOST_PASSES: usize = 3;

/// The SQLSTATE of a key or unique value that is there already.
const UNIQUE_VIOLATION: &str = "23505";

/// Whether a restore is an ordinary one or takes an earlier one back.
pub(super) enum Mode {
    /// Opens a review.
    Restore,
    /// Closes that one and opens none.
    Revert(Box<Review>),
}

/// Restores an archive over its company. See the module for the steps.
///
/// # Errors
/// Before the commit every error leaves the database as it was: `review_open`, `company_busy`,
/// `other_company`, `not_restorable`, `not_confirmed`, `lock_not_had`, `changed_meanwhile`,
/// `references_broken`, `missing_right`, archive errors, errors of the connection. At the commit:
/// `outcome_unknown`.
pub async fn run(
    opened: &mut Opened,
    reader: &Arc<Reader>,
    library: &Library,
    options: &RestoreOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Outcome<RestoreReport>> {
    outcome(match Wanted::archive(opened, reader) {
        Ok(wanted) => {
            let mode = Mode::Restore;
            restore(opened, wanted, library, options, mode, reporter, cancel).await
        }
        Err(error) => Err(error),
    })
}

/// Takes some rows of an archive back, with what they need; everything else of the company stays as it is.
///
/// # Errors
/// As [`run`]; `no_such_table`, `no_such_row` and `usage` where the selection is not of the archive.
pub async fn run_picked(
    opened: &mut Opened,
    (reader, selection): (&Arc<Reader>, &Selection),
    library: &Library,
    options: &RestoreOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Outcome<RestoreReport>> {
    outcome(match Wanted::picked(opened, reader, selection, options) {
        Ok(wanted) => {
            let mode = Mode::Restore;
            restore(opened, wanted, library, options, mode, reporter, cancel).await
        }
        Err(error) => Err(error),
    })
}

/// Cleans a company of its broken references: a restore of the state found without them.
///
/// # Errors
/// As [`run`]; `not_cleanable` where rows in question are shared, or others depend on them.
pub async fn clean(
    opened: &mut Opened,
    library: &Library,
    options: &RestoreOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Outcome<RestoreReport>> {
    let (wanted, mode) = (Wanted::cleaned(), Mode::Restore);
    outcome(restore(opened, wanted, library, options, mode, reporter, cancel).await)
}

pub(super) async fn restore(
    opened: &mut Opened,
    wanted: Wanted<'_>,
    library: &Library,
    options: &RestoreOptions,
    mode: Mode,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<RestoreReport> {
    reporter.phase(Phase::Planning, None, Arc::default());
    opened.require_writes()?;
    library.require_key()?;
    let storage = Storage::of(opened, &wanted, options)?;
    let rights = RestoreRights::read(opened).await?;
    let rights = rights.with_files(opened, storage.as_ref()).await?;
    rights.require()?;
    if options.sessions == Sessions::End {
        Box::pin(sign_out::require_sign_out(opened)).await?;
    }
    let company_lock = CompanyLock::acquire(&opened.settings, &opened.company().id).await?;
    reporter.step(Step::CompanyLocked);
    let report = async {
        state::install(&mut opened.session).await?;
        if storage.is_some() {
            state::install_files(&mut opened.session).await?;
        }
        reporter.step(Step::StateInstalled);
        files::refuse_pending(opened, options.files.as_ref(), reporter).await?;
        refuse_open_review(opened, &mode).await?;
        let mut restore = Restore {
            known: match (&mode, &wanted) {
                (Mode::Revert(_), Wanted::Archive { reader, .. }) => KnownBroken::of(reader),
                (_, Wanted::Archive { reader, .. }) => KnownBroken::standing_in(reader),
                _ => KnownBroken::default(),
            },
            opened,
            wanted,
            library,
            options,
            storage,
            mode,
            references: rights.references(),
            reporter,
            cancel,
            passed: BTreeMap::new(),
            held: BTreeMap::new(),
        };
        restore.run().await
    }
    .await;
    company_lock.release().await;
    report
}

async fn refuse_open_review(opened: &mut Opened, mode: &Mode) -> Result<()> {
    let company = opened.company().clone();
    match (
        state::open_review(&mut opened.session, &company).await?,
        mode,
    ) {
        (None, Mode::Restore) => Ok(()),
        (Some(found), Mode::Revert(expected)) if found.id == expected.id => Ok(()),
        (None | Some(_), Mode::Revert(_)) => Err(Error::new(
            Code::NoReview,
            "This review was closed meanwhile.",
        )),
        (Some(found), Mode::Restore) => Err(Error::new(
            Code::ReviewOpen,
            "A restore of this company waits for Keep or Revert.",
        )
        .hint("Keep or revert it first; `snapback review` shows it.")
        .with("os_user", &found.os_user)
        .with("host", &found.host)
        .with("restored_at", found.restored_at)),
    }
}

/// One restore under way.
pub(super) struct Restore<'a> {
    pub(super) opened: &'a mut Opened,
    pub(super) wanted: Wanted<'a>,
    pub(super) library: &'a Library,
    pub(super) options: &'a RestoreOptions,
    /// Where the uploaded files are that are brought back too.
    pub(super) storage: Option<Storage>,
    pub(super) mode: Mode,
    /// References that may lead nowhere once everything is applied.
    pub(super) known: KnownBroken,
    pub(super) references: References,
    pub(super) reporter: &'a dyn Reporter,
    pub(super) cancel: &'a CancelToken,
    pub(super) passed: BTreeMap<TableName, PassedTable>,
    pub(super) held: BTreeMap<TableName, Held>,
}

/// A restore that may be applied: everything is decided and saved.
pub(super) struct Ready {
    pub(super) differences: BTreeMap<TableName, TableDifference>,
    pub(super) judgement: Judgement,
    pub(super) findings: Vec<Finding>,
    pub(super) files: Option<FilesWork>,
    pub(super) safety: (Finished, Manifest),
    pub(super) snapshot: String,
}

impl Ready {
    fn is_unchanged(&self) -> bool {
        let mut rows = self.differences.values();
        let files = self.files.as_ref();
        rows.all(|found| !found.pair.written || found.counts().is_unchanged())
            && files.is_none_or(|files| files.difference.is_unchanged())
    }
}

impl Restore<'_> {
    async fn run(&mut self) -> Result<RestoreReport> {
        if let Mode::Revert(review) = &self.mode {
            let review = review.id;
            let (schema, scope) = (
                Arc::clone(&self.opened.schema),
                Arc::clone(&self.opened.scope),
            );
            for table in self
                .opened
                .tables_where(crate::scope::Disposition::is_written)
            {
                let held =
                    state::held_secrets(&mut self.opened.session, &schema, &scope, &table, review)
                        .await?;
                self.held.insert(table, held);
            }
        }
        let mut session = Session::open(&self.opened.settings).await?;
        session.set_company(self.opened.company()).await?;
        if self.options.hold_writers == HoldWriters::FromTheStart {
            let written = self
                .opened
                .tables_where(crate::scope::Disposition::is_written);
            self.reporter.phase(Phase::Locking, None, Arc::default());
            lock::begin_locked(&mut session, &written, self.options.lock_patience).await?;
        }
        let mut again: Option<HashSet<TableName>> = None;
        for _ in 0..MOST_PASSES {
            let mut ready = self.prepare(&mut session, again.as_ref()).await?;
            if ready.is_unchanged() {
                return self.nothing_to_do(ready).await;
            }
            let locked = match self.stage(&mut session, &mut ready).await {
                Ok(()) => self.lock(&mut session, &ready).await,
                Err(error) => Err(error),
            };
            if locked.is_err() {
                self.give_up(&ready).await;
            }
            let changed = locked?;
            if changed.is_empty() {
                let applied = self.apply(&mut session, &mut ready).await;
                if applied
                    .as_ref()
                    .is_err_and(|error| error.code() != Code::OutcomeUnknown)
                {
                    self.give_up(&ready).await;
                }
                let review = match applied {
                    Err(error) if sqlstate(&error) == Some(UNIQUE_VIOLATION) => {
                        return Err(self.held_by_others(error, &mut ready).await);
                    }
                    applied => applied?,
                };
                return Ok(self.finish(session, ready, review).await);
            }
            self.give_up(&ready).await;
            self.reporter.warning(Warning {
                code: "changed_meanwhile",
                message: format!(
                    "Others wrote to {} meanwhile; it is read again.",
                    names(&changed)
                ),
            });
            // The differences of tables that stood still are kept; their spools are still right.
            self.give_back(ready.differences);
            again = Some(changed.into_iter().collect());
        }
        let tables: Vec<TableName> = again.into_iter().flatten().collect();
        let area = tables
            .first()
            .and_then(|table| self.opened.scope.tables.get(table))
            .map(|found| found.area.clone());
        Err(Error::new(
            Code::ChangedMeanwhile,
            "Others keep writing to tables that this restore touches.",
        )
        .hint("Try again in a quieter moment, or hold writers off from the start (--hold-writers).")
        .with("area", area.unwrap_or_default())
        .with("tables", names(&tables)))
    }

    /// The error of a restore in whose way keys or values stood that others hold: the server has refused
    /// them, and tells now which they are.
    async fn held_by_others(&mut self, error: Error, ready: &mut Ready) -> Error {
        let (opened, references) = (&mut *self.opened, self.references);
        let found = async {
            let mut session = Session::open(&opened.settings).await?;
            session.set_company(opened.company()).await?;
            let differences = &mut ready.differences;
            let found = judge::conflicts(&mut session, opened, differences, references).await;
            session.close().await;
            found
        };
        match found.await {
            Ok(found) if !found.is_empty() => explained(self.wanted.refused(), &found),
            // They are gone again, or rows of the archive share them.
            _ => error,
        }
    }

    /// Leaves nothing of an attempt that is not applied.
    async fn give_up(&self, ready: &Ready) {
        discard(&ready.safety.0);
        self.unstage(ready).await;
    }

    fn give_back(&mut self, differences: BTreeMap<TableName, TableDifference>) {
        for (table, difference) in differences {
            if let Some(passed) = self.passed.get_mut(&table) {
                passed.difference = Some(difference);
            }
        }
    }

    /// Locks the touched tables and says which of them are no longer as they were read. The transaction
    /// stays open when none is.
    async fn lock(&mut self, session: &mut Session, ready: &Ready) -> Result<Vec<TableName>> {
        self.reporter.phase(Phase::Locking, None, Arc::default());
        checkpoint(self.cancel)?;
        if self.options.hold_writers == HoldWriters::FromTheStart {
            self.reporter.step(Step::TablesLocked);
            return Ok(Vec::new());
        }
        let touched = touched(ready);
        let tables: Vec<TableName> = touched.iter().cloned().collect();
        lock::begin_locked(session, &tables, self.options.lock_patience).await?;
        if let Err(error) = self.opened.require_same_schema(session, &tables).await {
            drop(session.rollback().await);
            return Err(error);
        }
        let read: Vec<(TableName, u64)> = ready
            .differences
            .iter()
            .filter(|(table, _)| touched.contains(*table))
            .map(|(table, difference)| {
                let counts = difference.counts();
                (table.clone(), counts.same + counts.extra + counts.changed)
            })
            .collect();
        let changed = lock::changed_since(session, self.opened, &read, &ready.snapshot).await?;
        if changed.is_empty() {
            self.reporter.step(Step::TablesLocked);
        } else {
            session.rollback().await?;
        }
        Ok(changed)
    }

    /// Applies, checks and commits; the review that was opened or closed.
    async fn apply(&mut self, session: &mut Session, ready: &mut Ready) -> Result<Uuid> {
        let review = Uuid::now_v7();
        let counters = Arc::new(Counters::default());
        let total = totals(&ready.differences).differing();
        self.reporter
            .phase(Phase::Applying, Some(total), Arc::clone(&counters));
        let locked = touched(ready);
        let work = apply::Work {
            opened: self.opened,
            course: &ready.judgement.course,
            differences: &mut ready.differences,
            leaving: &ready.judgement.leaving,
            locked: &locked,
            hold_for: matches!(self.mode, Mode::Restore).then_some(review),
            held: &self.held,
            known: &self.known,
            reporter: self.reporter,
        };
        let mut seen = Seen::new(self.opened, &locked, self.references);
        let applied = apply::apply(session, work, &mut seen, &counters, self.cancel).await;
        let result = match applied {
            Ok(()) => {
                self.reporter.step(Step::RowsApplied);
                self.check_and_commit(session, ready, review, seen).await
            }
            Err(error) => Err(error),
        };
        match result {
            Ok(review) => Ok(review),
            Err(error) if error.code() == Code::OutcomeUnknown => Err(error),
            Err(error) => {
                // The server rolls back by itself where the connection is gone.
                drop(session.rollback().await);
                Err(error)
            }
        }
    }

    /// What is left to do once the restore holds. Nothing here may fail: it would be told as a restore
    /// that did not take place.
    async fn finish(&mut self, session: Session, ready: Ready, review: Uuid) -> RestoreReport {
        session.close().await;
        let files = match &ready.files {
            Some(work) => self.switch_files(work).await,
            None => None,
        };
        let steps = self.opened.profile.after_restore.clone();
        let after = after_steps(self.opened, &steps).await;
        self.reporter.step(Step::Derived);
        let signed_out = match self.options.sessions {
            Sessions::Stay => None,
            Sessions::End => {
                let ending = sign_out::end(self.opened, &self.options.actor, review);
                Some(Box::new(Box::pin(ending).await))
            }
        };
        RestoreReport {
            review: matches!(self.mode, Mode::Restore).then_some(review),
            counts: written_counts(&ready.differences),
            totals: totals(&ready.differences),
            findings: ready.findings,
            safety: Some(ready.safety.0),
            files,
            after,
            signed_out,
        }
    }
}

/// A safety snapshot of a restore that did not take place is not kept.
pub(super) fn discard(safety: &Finished) {
    // One that cannot be removed is listed like any other archive.
    drop(std::fs::remove_file(&safety.path));
}

/// The tables whose rows are written, those whose rows go along, and those that are only kept quiet.
fn touched(ready: &Ready) -> HashSet<TableName> {
    let written = written_counts(&ready.differences).into_keys();
    written
        .chain(ready.judgement.quieted.iter().cloned())
        .chain(
            ready
                .judgement
                .leaving
                .iter()
                .map(|leaving| leaving.table.clone()),
        )
        .collect()
}

fn names(tables: &[TableName]) -> String {
    tables
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}
