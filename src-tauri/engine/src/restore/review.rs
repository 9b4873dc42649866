use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::commit::{forget, warn_not_noted};
use super::files::{self, PendingFiles, ReviewedFiles};
use super::journal::{Journal, Writes, review_name};
use super::known::KnownBroken;
use super::lock::CompanyLock;
use super::options::{Confirmation, RestoreOptions, RestoreReport};
use super::plan::{Plan, make_plan};
use super::run::{Mode, restore};
use super::sign_out::{self, SignedOut};
use super::state::{self, Review};
use super::waiting::forget_closed;
use super::wanted::Wanted;
use crate::archive::{Reader, file_hash};
use crate::cancel::{CancelToken, Outcome, outcome};
use crate::company::{Actor, Opened};
use crate::library::Library;
use crate::model::TableName;
use crate::pg::Session;
use crate::reporter::{Reporter, Step};
use crate::{Code, Error, Result};

/// How long a server is given to end a transaction whose client is gone.
const SETTLING: Duration = Duration::from_secs(30);

/// How it stands with a company's last restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewStatus {
    /// The restore that waits for Keep or Revert.
    pub open: Option<Review>,
    /// How restores ended whose commit was not answered, now that the server has told.
    pub settled: Vec<Settled>,
    /// What the open one does to uploaded files; `None` where it leaves them alone.
    pub files: Option<ReviewedFiles>,
    /// Files that a restore or a revert has still to put in their place.
    pub waiting: Option<PendingFiles>,
    /// Whose sessions were ended just now, where the open one was to end them and was cut off before.
    pub signed_out: Option<Box<SignedOut>>,
}

/// How a restore ended whose commit was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It holds.
    Committed,
    /// It never took place.
    RolledBack,
}

/// Shows the open review, and finds out how restores from this computer ended that were cut off at their
/// commit.
///
/// # Errors
/// `outcome_unknown` while the server is still at work on such a restore; errors of the connection.
pub async fn review_status(opened: &mut Opened, library: &Library) -> Result<ReviewStatus> {
    let settled = settle(opened, library).await?;
    let company = opened.company().clone();
    let open = state::open_review(&mut opened.session, &company).await?;
    let database = opened.settings.target();
    let still_open = open.as_ref().map(|review| review.id);
    forget_closed(library, &database, company.id.as_str(), still_open)?;
    let files = match still_open {
        Some(review) => files::reviewed_files(&mut opened.session, review).await?,
        None => None,
    };
    let signed_out = match &open {
        Some(review) => Box::pin(sign_out::make_up(opened, review)).await?,
        None => None,
    };
    Ok(ReviewStatus {
        open,
        settled,
        files,
        waiting: files::pending_files(opened).await?,
        signed_out: signed_out.map(Box::new),
    })
}

async fn settle(opened: &mut Opened, library: &Library) -> Result<Vec<Settled>> {
    let mut settled = Vec::new();
    for name in library.state_names()? {
        if !name.starts_with("commit-") {
            continue;
        }
        let Some(journal) = library.read_state::<Journal>(&name)? else {
            continue;
        };
        if journal.database != opened.settings.target()
            || journal.company_id != opened.company().id.as_str()
        {
            continue;
        }
        // The lock is held by the server for as long as it works on the restore.
        let lock = CompanyLock::acquire_within(&opened.settings, &opened.company().id, SETTLING)
            .await
            .map_err(|error| {
                if error.code() == Code::CompanyBusy {
                    still_at_work()
                } else {
                    error
                }
            })?;
        let ended = ended(&mut opened.session, &journal).await;
        lock.release().await;
        let ended = ended?.ok_or_else(still_at_work)?;
        match (ended, journal.writes) {
            (Settled::Committed, Writes::Opened) => {
                library.write_state(&review_name(journal.review), &journal)?;
            }
            (Settled::Committed, Writes::Reverted) => {
                library.remove_state(&review_name(journal.review))?;
            }
            (Settled::RolledBack, _) => {}
        }
        library.remove_state(&name)?;
        settled.push(ended);
    }
    Ok(settled)
}

fn still_at_work() -> Error {
    Error::new(
        Code::OutcomeUnknown,
        "The server is still at work on a restore that was cut off.",
    )
    .hint("Ask again in a moment.")
}

/// How the transaction of a journal ended; `None` while it runs.
///
/// Its number only tells whether it still runs: a server that was killed gives the numbers of what it lost
/// to others. What the transaction would have written tells the rest.
async fn ended(session: &mut Session, journal: &Journal) -> Result<Option<Settled>> {
    let running = "SELECT count(*)::text FROM pg_locks WHERE locktype = 'transactionid' AND granted \
                   AND transactionid = $1::text::xid8::xid";
    let running = session
        .fetch_text_rows(running, &[Some(&journal.transaction_id)])
        .await?;
    if running.into_iter().flatten().next().flatten().as_deref() != Some("0") {
        return Ok(None);
    }
    if !state::is_installed(session).await? {
        return Ok(Some(Settled::RolledBack));
    }
    let found = session
        .fetch_text_rows(
            "SELECT state FROM snapback.review WHERE id = $1::text::uuid",
            &[Some(&journal.review.to_string())],
        )
        .await?;
    let found = found.into_iter().flatten().next().flatten();
    let is_written = match journal.writes {
        Writes::Opened => found.is_some(),
        Writes::Reverted => found.as_deref() == Some("reverted"),
    };
    Ok(Some(if is_written {
        Settled::Committed
    } else {
        Settled::RolledBack
    }))
}

pub(super) async fn require_open(opened: &mut Opened) -> Result<Review> {
    let company = opened.company().clone();
    let found = state::open_review(&mut opened.session, &company).await?;
    found.ok_or_else(|| {
        Error::new(
            Code::NoReview,
            "No restore of this company waits for Keep or Revert.",
        )
    })
}

/// Where the safety snapshot of a review lies, as far as this computer can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SafetyPlace {
    /// On this computer, where the review says.
    Here,
    /// On the computer that restored.
    Elsewhere,
    /// It was on this computer, and its file is not there any more.
    Gone,
}

impl SafetyPlace {
    /// Looks for the safety snapshot of that review. That its content is right is found out when it is
    /// opened.
    #[must_use]
    pub fn of(review: &Review, actor: &Actor) -> Self {
        match (
            review.host == actor.host,
            Path::new(&review.safety_path).exists(),
        ) {
            (true, true) => Self::Here,
            (true, false) => Self::Gone,
            (false, _) => Self::Elsewhere,
        }
    }
}

/// Keeps what was restored: closes the review; held secrets go. The safety snapshot stays in the library.
///
/// # Errors
/// `no_review`, `company_busy`, `connection_read_only`; errors of the connection.
pub async fn keep(
    opened: &mut Opened,
    library: &Library,
    actor: &Actor,
    reporter: &dyn Reporter,
) -> Result<Review> {
    close_as_kept(opened, library, actor, |_| json!({}), reporter).await
}

/// Keeps what was restored because its safety snapshot is gone for good, which the audit trail then
/// says.
///
/// # Errors
/// As [`keep`].
pub async fn keep_without_safety(
    opened: &mut Opened,
    library: &Library,
    actor: &Actor,
    reporter: &dyn Reporter,
) -> Result<Review> {
    let details = |review: &Review| json!({ "safety_snapshot": "gone", "host": review.host, "path": review.safety_path });
    close_as_kept(opened, library, actor, details, reporter).await
}

async fn close_as_kept(
    opened: &mut Opened,
    library: &Library,
    actor: &Actor,
    details: impl FnOnce(&Review) -> Value,
    reporter: &dyn Reporter,
) -> Result<Review> {
    opened.require_writes()?;
    settle(opened, library).await?;
    let review = require_open(opened).await?;
    Box::pin(sign_out::make_up(opened, &review)).await?;
    let lock = CompanyLock::acquire(&opened.settings, &opened.company().id).await?;
    reporter.step(Step::CompanyLocked);
    if let Err(error) = files::refuse_pending(opened, None, reporter).await {
        lock.release().await;
        return Err(error);
    }
    let company = opened.company().clone();
    let session = &mut opened.session;
    session.begin_read_committed().await?;
    state::close(session, review.id, "kept").await?;
    files::forget_review(session, review.id).await?;
    state::audit(
        session,
        "keep",
        &company,
        actor,
        Some(review.id),
        &details(&review),
    )
    .await?;
    reporter.step(Step::ReviewWritten);
    session.commit().await?;
    reporter.step(Step::Committed);
    lock.release().await;
    warn_not_noted(reporter, forget(library, review.id, reporter));
    Ok(review)
}

/// Opens the safety snapshot of a review: the file that it names, or the one that is given instead.
///
/// # Errors
/// `no_such_archive` where it is not on this computer; `archive_damaged` where the file is another one;
/// archive errors.
pub fn open_safety(
    library: &Library,
    review: &Review,
    actor: &Actor,
    given: Option<&Path>,
) -> Result<Arc<Reader>> {
    let path = given.unwrap_or_else(|| Path::new(&review.safety_path));
    if given.is_none() && SafetyPlace::of(review, actor) != SafetyPlace::Here {
        return Err(Error::new(
            Code::NoSuchArchive,
            "The safety snapshot of this restore lies on another computer, or is gone.",
        )
        .hint("Name its file (--safety FILE); it is checked against the review.")
        .with("host", &review.host)
        .with("path", &review.safety_path));
    }
    if file_hash(path)? != review.safety_blake3 {
        return Err(Error::new(
            Code::ArchiveDamaged,
            "This file is not the safety snapshot of this restore, or it was changed.",
        )
        .with("path", path.display()));
    }
    Ok(Arc::new(library.open_archive(path)?))
}

/// What a revert would do, and in which tables somebody has written since the restore.
///
/// # Errors
/// `no_review`, `no_such_archive`, archive errors, errors of the connection.
pub async fn revert_plan(
    opened: &mut Opened,
    library: &Library,
    given: Option<&Path>,
    options: &RestoreOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Outcome<(Plan, Vec<TableName>)>> {
    settle(opened, library).await?;
    let review = require_open(opened).await?;
    let reader = open_safety(library, &review, &options.actor, given)?;
    let options = &for_revert(options, &reader)?;
    let planned = plan_revert(opened, &reader, &review, options, reporter, cancel).await;
    let made = match outcome(planned)? {
        Outcome::Completed(made) => made,
        Outcome::Cancelled => return Ok(Outcome::Cancelled),
    };
    let since = made.tables.iter().filter(|planned| {
        let left = review.fingerprints.get(&planned.table).copied().flatten();
        planned.is_written && left != Some(planned.difference.found)
    });
    let since = since.map(|planned| planned.table.clone()).collect();
    Ok(Outcome::Completed((made, since)))
}

/// Takes a restore back: restores its safety snapshot by the same mechanism, with a safety snapshot of its
/// own, and closes the review. Can be repeated until it succeeds.
///
/// # Errors
/// As [`super::run`]; `no_review`, `no_such_archive`.
pub async fn revert(
    opened: &mut Opened,
    library: &Library,
    given: Option<&Path>,
    options: &RestoreOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Outcome<RestoreReport>> {
    settle(opened, library).await?;
    let review = require_open(opened).await?;
    let reader = open_safety(library, &review, &options.actor, given)?;
    Box::pin(sign_out::make_up(opened, &review)).await?;
    let mut options = for_revert(options, &reader)?;
    if options.confirmation == Confirmation::None {
        options.confirmation =
            unwritten_since(opened, &reader, &review, &options, reporter, cancel).await?;
    }
    let mode = Mode::Revert(Box::new(review));
    outcome(match Wanted::archive(opened, &reader) {
        Ok(wanted) => restore(opened, wanted, library, &options, mode, reporter, cancel).await,
        Err(error) => Err(error),
    })
}

/// A plan in which references that led nowhere before the restore may do so again.
async fn plan_revert(
    opened: &mut Opened,
    reader: &Arc<Reader>,
    review: &Review,
    options: &RestoreOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Plan> {
    let known = KnownBroken::of(reader);
    let wanted = Wanted::archive(opened, reader)?;
    let mut plan = make_plan(opened, wanted, &known, options, reporter, cancel).await?;
    if let Some(files) = &mut plan.files {
        files::find_written_since(&mut opened.session, review.id, files).await?;
    }
    Ok(plan)
}

/// A restore that changed files is reverted with them, and another without.
fn for_revert(options: &RestoreOptions, safety: &Reader) -> Result<RestoreOptions> {
    let mut options = options.clone();
    match safety.manifest().files {
        None => options.files = None,
        Some(_) if options.files.is_none() => return Err(files::storage_needed(None)),
        Some(_) => {}
    }
    Ok(options)
}

/// Reverting what nobody has written to since needs no further consent.
async fn unwritten_since(
    opened: &mut Opened,
    reader: &Arc<Reader>,
    review: &Review,
    options: &RestoreOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Confirmation> {
    let made = plan_revert(opened, reader, review, options, reporter, cancel).await?;
    let is_as_left =
        |table: &TableName, found| review.fingerprints.get(table).copied().flatten() == Some(found);
    let untouched = made
        .tables
        .iter()
        .filter(|planned| planned.is_written)
        .all(|planned| is_as_left(&planned.table, planned.difference.found));
    let files = made.files.as_ref();
    let untouched = untouched && files.is_none_or(|files| files.written_since.is_empty());
    Ok(if untouched {
        Confirmation::Plan(made.digest)
    } else {
        Confirmation::None
    })
}
