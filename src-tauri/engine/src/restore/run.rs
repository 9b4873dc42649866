use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::judge::Judgement;
use super::lock::{self, CompanyLock};
use super::pass::{self, PassSettings, PassedTable, Safety};
use super::plan::{all_findings, digest, judged, refuse_foreign, totals};
use super::state::{self, Held, NewReview, Review};
use super::{apply, check, safety};
use crate::archive::{Fingerprint, Finished, Manifest, Reader};
use crate::cancel::{CancelToken, Outcome, checkpoint, outcome};
use crate::company::{Actor, Opened, server_time};
use crate::difference::{Counts, Effect, Finding, Pairing, TableDifference, Verdict, pair};
use crate::library::Library;
use crate::model::{AfterRestore, TableName};
use crate::pg::{ExportedSnapshot, Qualified, Session};
use crate::pg::{RestorePath, Rights};
use crate::reporter::{Counters, Phase, Reporter, Warning};
use crate::rows::SortSettings;
use crate::scope;
use crate::{Code, Error, Result};

/// Passes over tables that others keep writing to, before the restore refuses.
const MOST_PASSES: usize = 3;
/// How often the session that holds locks gives a sign of life while others read.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Whether writers of the company's tables are held off during the whole restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HoldWriters {
    /// Only those of the touched tables, for the moment of applying.
    #[default]
    Late,
    /// All of them, from before the rows are read: for companies that never stand still.
    FromTheStart,
}

/// What the person has agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Confirmation {
    /// Nothing: a restore that would lose something is refused.
    #[default]
    None,
    /// Whatever it is.
    Everything,
    /// Exactly the plan with that digest.
    Plan(String),
}

/// What a restore must be told.
#[derive(Debug, Clone)]
pub struct RestoreOptions {
    /// Who restores.
    pub actor: Actor,
    /// Now, by this computer's clock.
    pub now: Timestamp,
    /// An owner-only folder for spill files.
    pub spill_folder: PathBuf,
    /// What the person has agreed to.
    pub confirmation: Confirmation,
    /// Whether writers are held off from the start.
    pub hold_writers: HoldWriters,
    /// How long the locks on the touched tables are tried for.
    pub lock_patience: Duration,
    /// Connections that read side by side.
    pub worker_count: usize,
    /// Bytes of rows that one connection sorts in memory.
    pub sort_budget_bytes: usize,
    /// Bytes of COPY text above which a row is refused.
    pub row_limit_bytes: usize,
}

impl RestoreOptions {
    /// The usual settings.
    #[must_use]
    pub fn new(actor: Actor, now: Timestamp, spill_folder: PathBuf) -> Self {
        Self {
            actor,
            now,
            spill_folder,
            confirmation: Confirmation::None,
            hold_writers: HoldWriters::Late,
            lock_patience: Duration::from_secs(15),
            worker_count: 3,
            sort_budget_bytes: 12 << 20,
            row_limit_bytes: 256 << 20,
        }
    }

    pub(super) fn pass_settings(&self) -> PassSettings {
        PassSettings {
            worker_count: self.worker_count,
            sort: SortSettings {
                budget_bytes: self.sort_budget_bytes,
                spill_folder: self.spill_folder.clone(),
            },
            row_limit_bytes: self.row_limit_bytes,
            safety: Safety::Take,
        }
    }
}

/// What a restore did.
#[derive(Debug, Clone)]
pub struct RestoreReport {
    /// The review that now waits for Keep or Revert; `None` where nothing differed, or after a revert.
    pub review: Option<Uuid>,
    /// Rows that came back, changed and went, by table.
    pub counts: BTreeMap<TableName, Counts>,
    /// All tables together.
    pub totals: Counts,
    /// What was left out, defaulted or noted.
    pub findings: Vec<Finding>,
    /// The safety snapshot; `None` where nothing differed.
    pub safety: Option<Finished>,
    /// What the application derives, and whether it was brought up to date.
    pub after: Vec<AfterStep>,
}

/// Something that the application derives itself, after the restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AfterStep {
    /// What it is, for people.
    pub what: String,
    /// What a person is to do, where nothing could be called or the call failed.
    pub by_hand: Option<String>,
    /// The code of the failure, where there was one.
    pub failure: Option<Code>,
}

/// What the computer that restores notes before the commit, to find out afterwards how it ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Journal {
    /// Where the database is, without user and password.
    pub(super) database: String,
    /// The company.
    pub(super) company_id: String,
    /// The review that the transaction opens, or that it closes.
    pub(super) review: Uuid,
    /// The transaction's number (`xid8`).
    pub(super) transaction_id: String,
    /// The safety snapshot.
    pub(super) safety_path: PathBuf,
    /// The archive that is restored.
    pub(super) source_path: PathBuf,
}

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
    outcome(
        restore(
            opened,
            reader,
            library,
            options,
            Mode::Restore,
            reporter,
            cancel,
        )
        .await,
    )
}

pub(super) async fn restore(
    opened: &mut Opened,
    reader: &Arc<Reader>,
    library: &Library,
    options: &RestoreOptions,
    mode: Mode,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<RestoreReport> {
    reporter.phase(Phase::Planning, None, Arc::default());
    refuse_foreign(opened, reader.manifest())?;
    require_rights(opened).await?;
    let company_lock = CompanyLock::acquire(&opened.settings, opened.company()).await?;
    state::install(&mut opened.session).await?;
    refuse_open_review(opened, &mode).await?;
    let mut restore = Restore {
        pairing: pair(
            reader.manifest(),
            &opened.schema,
            &opened.scope,
            &opened.profile,
        ),
        opened,
        reader,
        library,
        options,
        mode,
        reporter,
        cancel,
        passed: BTreeMap::new(),
        held: BTreeMap::new(),
    };
    let report = restore.run().await;
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

async fn require_rights(opened: &mut Opened) -> Result<()> {
    let written = opened.tables_where(crate::scope::Disposition::is_written);
    let rights = Rights::read(&mut opened.session, &written).await?;
    match rights.restore_path() {
        RestorePath::Superuser | RestorePath::ReplicaRole => Ok(()),
        RestorePath::PlainOwner => Err(Error::new(Code::MissingRight, "This role may not silence triggers, which a restore needs.")
            .hint("As an administrator: GRANT SET ON PARAMETER session_replication_role TO this role (Postgres 15 and later).")),
        RestorePath::Not { missing, remedy } => Err(Error::new(Code::MissingRight, missing).hint(remedy)),
    }
}

struct Restore<'a> {
    opened: &'a mut Opened,
    reader: &'a Arc<Reader>,
    library: &'a Library,
    options: &'a RestoreOptions,
    mode: Mode,
    pairing: Pairing,
    reporter: &'a dyn Reporter,
    cancel: &'a CancelToken,
    passed: BTreeMap<TableName, PassedTable>,
    held: BTreeMap<TableName, Held>,
}

/// A restore that may be applied: everything is decided and saved.
struct Ready {
    differences: BTreeMap<TableName, TableDifference>,
    judgement: Judgement,
    findings: Vec<Finding>,
    safety: (Finished, Manifest),
    snapshot: String,
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
            if ready
                .differences
                .values()
                .all(|found| !found.pair.written || found.counts().is_unchanged())
            {
                return self.nothing_to_do(ready).await;
            }
            let changed = self.lock(&mut session, &ready).await?;
            if changed.is_empty() {
                let applied = self.apply(&mut session, &mut ready).await;
                if applied
                    .as_ref()
                    .is_err_and(|error| error.code() != Code::OutcomeUnknown)
                {
                    discard(&ready.safety.0);
                }
                applied?;
                return self.finish(session, ready).await;
            }
            discard(&ready.safety.0);
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
        Err(Error::new(Code::ChangedMeanwhile, "Others keep writing to tables that this restore touches.")
            .hint("Try again in a quieter moment, or hold writers off from the start with --hold-writers.")
            .with("area", area.unwrap_or_default())
            .with("tables", names(&tables)))
    }

    /// Reads, compares, judges, asks for consent and saves the state found.
    async fn prepare(
        &mut self,
        session: &mut Session,
        again: Option<&HashSet<TableName>>,
    ) -> Result<Ready> {
        let snapshot = Arc::new(
            ExportedSnapshot::take(&self.opened.settings, &self.opened.archived_tables()).await?,
        );
        let settings = self.options.pass_settings();
        let source = pass::Source {
            opened: self.opened,
            reader: self.reader,
            pairing: &self.pairing,
        };
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
        let time = server_time(&mut self.opened.session).await?;
        let text = snapshot.text().to_owned();
        drop(snapshot);
        let mut differences = BTreeMap::new();
        for (table, passed) in &mut self.passed {
            if let Some(difference) = passed.difference.take() {
                differences.insert(table.clone(), difference);
            }
        }
        let before = digest(&differences);
        let judgement = judged(self.opened, &mut differences, self.options, &self.held).await?;
        let findings = all_findings(&self.pairing, &differences, &judgement);
        self.require_consent(&differences, &findings, &before)?;
        let label = self.safety_label();
        let target =
            self.library
                .new_archive_path(self.opened.company(), self.options.now, Some(&label))?;
        let safety = safety::write(
            self.opened,
            &self.passed,
            &target,
            label,
            &self.options.actor,
            time,
        )?;
        Ok(Ready {
            differences,
            judgement,
            findings,
            safety,
            snapshot: text,
        })
    }

    fn give_back(&mut self, differences: BTreeMap<TableName, TableDifference>) {
        for (table, difference) in differences {
            if let Some(passed) = self.passed.get_mut(&table) {
                passed.difference = Some(difference);
            }
        }
    }

    fn safety_label(&self) -> String {
        match &self.mode {
            Mode::Restore => "before restore".to_owned(),
            Mode::Revert(_) => "before revert".to_owned(),
        }
    }

    fn require_consent(
        &self,
        differences: &BTreeMap<TableName, TableDifference>,
        findings: &[Finding],
        digest_before: &str,
    ) -> Result<()> {
        if Verdict::of(findings) == Verdict::NotRestorable {
            let blocked = findings
                .iter()
                .filter(|finding| finding.effect == Effect::Blocked)
                .count();
            let first = findings
                .iter()
                .find(|finding| finding.effect == Effect::Blocked);
            let mut error = Error::new(
                Code::NotRestorable,
                "This archive cannot be restored into this database as it is.",
            )
            .hint("Look at what will change: it lists what stands in the way.")
            .with("finding_count", blocked);
            if let Some(finding) = first {
                error = error
                    .with("finding", finding.code)
                    .because(finding.reason.clone());
                if let Some(table) = &finding.table {
                    error = error.with("table", table);
                }
            }
            return Err(error);
        }
        let totals = totals(differences);
        let loses = totals.extra > 0
            || findings
                .iter()
                .any(|found| matches!(found.effect, Effect::Lost | Effect::Discarded));
        match &self.options.confirmation {
            Confirmation::Everything => Ok(()),
            Confirmation::Plan(expected)
                if expected == digest_before || *expected == digest(differences) =>
            {
                Ok(())
            }
            Confirmation::Plan(_) => Err(Error::new(
                Code::ChangedMeanwhile,
                "Others wrote since the preview was made.",
            )
            .hint("Look at what will change again, and confirm that.")),
            Confirmation::None if loses => Err(Error::new(
                Code::NotConfirmed,
                "Something would be lost, and nobody has confirmed it.",
            )
            .hint("Look at it with --dry-run, then say --yes.")
            .with("rows_that_go", totals.extra)),
            Confirmation::None => Ok(()),
        }
    }

    /// Locks the touched tables and says which of them are no longer as they were read. The transaction
    /// stays open when none is.
    async fn lock(&mut self, session: &mut Session, ready: &Ready) -> Result<Vec<TableName>> {
        self.reporter.phase(Phase::Locking, None, Arc::default());
        checkpoint(self.cancel)?;
        if self.options.hold_writers == HoldWriters::FromTheStart {
            return Ok(Vec::new());
        }
        let touched = touched(ready);
        let tables: Vec<TableName> = touched.iter().cloned().collect();
        lock::begin_locked(session, &tables, self.options.lock_patience).await?;
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
        if !changed.is_empty() {
            session.rollback().await?;
        }
        Ok(changed)
    }

    async fn apply(&mut self, session: &mut Session, ready: &mut Ready) -> Result<()> {
        let review = Uuid::now_v7();
        let counters = Arc::new(Counters::default());
        let total = totals(&ready.differences).differing();
        self.reporter
            .phase(Phase::Applying, Some(total), Arc::clone(&counters));
        let order = scope::order(&self.opened.schema, &self.opened.scope);
        let locked = touched(ready);
        let work = apply::Work {
            opened: self.opened,
            order: &order.parents_first,
            differences: &mut ready.differences,
            leaving: &ready.judgement.leaving,
            hold_for: matches!(self.mode, Mode::Restore).then_some(review),
            held: &self.held,
        };
        let applied = apply::apply(session, work, &counters, self.cancel).await;
        let result = match applied {
            Ok(()) => self.check_and_commit(session, ready, review, &locked).await,
            Err(error) => Err(error),
        };
        match result {
            Ok(()) => Ok(()),
            Err(error) if error.code() == Code::OutcomeUnknown => Err(error),
            Err(error) => {
                // The server rolls back by itself where the connection is gone.
                drop(session.rollback().await);
                Err(error)
            }
        }
    }

    async fn check_and_commit(
        &mut self,
        session: &mut Session,
        ready: &mut Ready,
        review: Uuid,
        locked: &HashSet<TableName>,
    ) -> Result<()> {
        self.reporter.phase(Phase::Checking, None, Arc::default());
        check::check(
            session,
            self.opened,
            &mut ready.differences,
            locked,
            self.cancel,
        )
        .await?;
        let counts = written_counts(&ready.differences);
        let fingerprints: BTreeMap<TableName, Option<Fingerprint>> = ready
            .differences
            .iter()
            .filter(|(_, difference)| difference.pair.written)
            .map(|(table, difference)| (table.clone(), difference.after))
            .collect();
        let (company, actor) = (self.opened.company().clone(), &self.options.actor);
        let (review, action) = match &self.mode {
            Mode::Restore => {
                let new = NewReview {
                    id: review,
                    company: &company,
                    actor,
                    source: self.reader.manifest(),
                    safety: &ready.safety.0,
                    safety_id: ready.safety.1.id,
                    counts: &counts,
                    fingerprints: &fingerprints,
                };
                state::record(session, &new).await?;
                (review, "restore")
            }
            Mode::Revert(earlier) => {
                state::close(session, earlier.id, "reverted").await?;
                (earlier.id, "revert")
            }
        };
        let details = json!({ "counts": state::counts_json(&counts), "source": self.reader.manifest().id, "safety": ready.safety.1.id });
        state::audit(session, action, &company, actor, Some(review), &details).await?;
        checkpoint(self.cancel)?;
        self.reporter.phase(Phase::Committing, None, Arc::default());
        let transaction_id = session
            .fetch_text_rows("SELECT pg_current_xact_id()::text", &[])
            .await?;
        let transaction_id = transaction_id
            .into_iter()
            .flatten()
            .next()
            .flatten()
            .unwrap_or_default();
        let journal = Journal {
            database: self.opened.settings.target(),
            company_id: company.id.to_string(),
            review,
            transaction_id,
            safety_path: ready.safety.0.path.clone(),
            source_path: self.reader.path().to_owned(),
        };
        self.library.write_state(&journal_name(review), &journal)?;
        let committed = session.commit().await;
        match &committed {
            // Who reviews needs to know which archives must stay, so the journal stays with it.
            Ok(()) if matches!(self.mode, Mode::Restore) => {
                self.library.write_state(&review_name(review), &journal)?
            }
            Ok(()) => self.library.remove_state(&review_name(review))?,
            Err(_) => {}
        }
        if committed
            .as_ref()
            .map_or_else(|error| error.code() != Code::OutcomeUnknown, |()| true)
        {
            self.library.remove_state(&journal_name(review))?;
        }
        committed
    }

    async fn nothing_to_do(&mut self, ready: Ready) -> Result<RestoreReport> {
        discard(&ready.safety.0);
        if let Mode::Revert(review) = &self.mode {
            let company = self.opened.company().clone();
            let session = &mut self.opened.session;
            session.begin_read_committed().await?;
            state::close(session, review.id, "reverted").await?;
            state::audit(
                session,
                "revert",
                &company,
                &self.options.actor,
                Some(review.id),
                &json!({ "counts": {} }),
            )
            .await?;
            session.commit().await?;
            self.library.remove_state(&review_name(review.id))?;
        }
        Ok(RestoreReport {
            review: None,
            counts: BTreeMap::new(),
            totals: totals(&ready.differences),
            findings: ready.findings,
            safety: None,
            after: Vec::new(),
        })
    }

    async fn finish(&mut self, session: Session, ready: Ready) -> Result<RestoreReport> {
        session.close().await;
        let after = after_steps(
            &mut self.opened.session,
            &self.opened.profile.after_restore,
            &self.opened.profile.schema,
        )
        .await;
        let review = match &self.mode {
            Mode::Restore => {
                let company = self.opened.company().clone();
                state::open_review(&mut self.opened.session, &company)
                    .await?
                    .map(|review| review.id)
            }
            Mode::Revert(_) => None,
        };
        Ok(RestoreReport {
            review,
            counts: written_counts(&ready.differences),
            totals: totals(&ready.differences),
            findings: ready.findings,
            safety: Some(ready.safety.0),
            after,
        })
    }
}

pub(super) fn journal_name(review: Uuid) -> String {
    format!("commit-{review}")
}

pub(super) fn review_name(review: Uuid) -> String {
    format!("review-{review}")
}

/// A safety snapshot of a restore that did not take place is not kept.
fn discard(safety: &Finished) {
    // One that cannot be removed is listed like any other archive.
    drop(std::fs::remove_file(&safety.path));
}

fn written_counts(
    differences: &BTreeMap<TableName, TableDifference>,
) -> BTreeMap<TableName, Counts> {
    let written = differences
        .iter()
        .filter(|(_, found)| found.pair.written && !found.counts().is_unchanged());
    written
        .map(|(table, found)| (table.clone(), found.counts()))
        .collect()
}

/// The tables whose rows are written, and those whose rows go along.
fn touched(ready: &Ready) -> HashSet<TableName> {
    let written = written_counts(&ready.differences).into_keys();
    written
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

/// Reads while the session that holds locks gives signs of life, where it holds them already.
async fn with_heartbeat<T>(
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

/// Brings up to date what the application derives; failures are reported and can be repeated.
async fn after_steps(
    session: &mut Session,
    steps: &[AfterRestore],
    schema: &str,
) -> Vec<AfterStep> {
    let mut done = Vec::new();
    for step in steps {
        let failure = match &step.refresh {
            Some(view) => {
                let view = TableName::new(schema, view);
                session
                    .run(&format!("REFRESH MATERIALIZED VIEW {}", Qualified(&view)))
                    .await
                    .err()
                    .map(|error| error.code())
            }
            None => None,
        };
        done.push(AfterStep {
            what: step.what.clone(),
            by_hand: step.by_hand.clone(),
            failure,
        });
    }
    done
}
