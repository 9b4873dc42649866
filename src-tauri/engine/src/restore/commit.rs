//! The end of the restoring transaction: references checked, review and audit written beside the rows, the
//! transaction's number noted on this computer, then the commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use super::check;
use super::files::{self, FilesReport};
use super::journal::{Journal, Writes, journal_name, review_name};
use super::options::RestoreReport;
use super::plan::totals;
use super::run::{Mode, Ready, Restore, discard};
use super::seen::Seen;
use super::sign_out::{self, Sessions};
use super::state::{self, NewReview};
use crate::cancel::checkpoint;
use crate::difference::{Counts, TableDifference};
use crate::library::Library;
use crate::model::TableName;
use crate::pg::Session;
use crate::reporter::{Phase, Reporter, Step, Warning};
use crate::rows::Fingerprint;
use crate::{Code, Result};

impl Restore<'_> {
    /// Checks, records and commits; the review that was opened or closed. An error other than
    /// `outcome_unknown` says that nothing was committed.
    pub(super) async fn check_and_commit(
        &mut self,
        session: &mut Session,
        ready: &mut Ready,
        review: Uuid,
        seen: Seen<'_>,
    ) -> Result<Uuid> {
        self.reporter.phase(Phase::Checking, None, Arc::default());
        check::check(
            session,
            self.opened,
            &mut ready.differences,
            seen,
            &self.known,
            self.references,
            self.cancel,
        )
        .await?;
        self.reporter.step(Step::ReferencesChecked);
        let counts = written_counts(&ready.differences);
        let fingerprints: BTreeMap<TableName, Option<Fingerprint>> = ready
            .differences
            .iter()
            .filter(|(_, difference)| difference.pair.written)
            .map(|(table, difference)| (table.clone(), difference.after))
            .collect();
        let (company, actor) = (self.opened.company().clone(), &self.options.actor);
        let (source, source_path) = self.wanted.source(&ready.safety);
        let (review, action) = match &self.mode {
            Mode::Restore => {
                let new = NewReview {
                    id: review,
                    company: &company,
                    actor,
                    source,
                    safety: &ready.safety.0,
                    safety_id: ready.safety.1.id,
                    counts: &counts,
                    fingerprints: &fingerprints,
                };
                state::record(session, &new).await?;
                (review, self.wanted.action())
            }
            Mode::Revert(earlier) => {
                state::close(session, earlier.id, "reverted").await?;
                files::forget_review(session, earlier.id).await?;
                (earlier.id, "revert")
            }
        };
        if let (Some(storage), Some(work)) = (&self.storage, &ready.files) {
            let ids = (work.id, review);
            files::record(session, self.opened, storage, &work.moves, ids, actor).await?;
        }
        let details = json!({ "counts": state::counts_json(&counts), "source": source.id, "safety": ready.safety.1.id });
        state::audit(session, action, &company, actor, Some(review), &details).await?;
        if self.options.sessions == Sessions::End {
            sign_out::want(session, &company, actor, review).await?;
        }
        self.reporter.step(Step::ReviewWritten);
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
            writes: match self.mode {
                Mode::Restore => Writes::Opened,
                Mode::Revert(_) => Writes::Reverted,
            },
            transaction_id,
            safety_path: ready.safety.0.path.clone(),
            source_path: source_path.to_owned(),
        };
        self.library.write_state(&journal_name(review), &journal)?;
        self.reporter.step(Step::CommitNoted);
        if let Err(error) = session.commit().await {
            if error.code() != Code::OutcomeUnknown {
                // A note that stays is settled by the next look at the review.
                drop(self.library.remove_state(&journal_name(review)));
            }
            return Err(error);
        }
        self.reporter.step(Step::Committed);
        let noted = self.note_committed(review, &journal);
        warn_not_noted(self.reporter, noted);
        Ok(review)
    }

    /// Notes on this computer what the commit has made true.
    fn note_committed(&self, review: Uuid, journal: &Journal) -> Result<()> {
        if matches!(self.mode, Mode::Revert(_)) {
            return forget(self.library, review, self.reporter);
        }
        // Who reviews needs to know which archives must stay, so the journal stays with it.
        self.library.write_state(&review_name(review), journal)?;
        self.reporter.step(Step::ReviewNoted);
        self.library.remove_state(&journal_name(review))?;
        self.reporter.step(Step::CommitForgotten);
        Ok(())
    }

    /// Ends a restore that found nothing to write; a revert closes its review all the same.
    pub(super) async fn nothing_to_do(&mut self, ready: Ready) -> Result<RestoreReport> {
        discard(&ready.safety.0);
        if let Mode::Revert(review) = &self.mode {
            let company = self.opened.company().clone();
            let session = &mut self.opened.session;
            session.begin_read_committed().await?;
            state::close(session, review.id, "reverted").await?;
            files::forget_review(session, review.id).await?;
            state::audit(
                session,
                "revert",
                &company,
                &self.options.actor,
                Some(review.id),
                &json!({ "counts": {} }),
            )
            .await?;
            self.reporter.step(Step::ReviewWritten);
            session.commit().await?;
            self.reporter.step(Step::Committed);
            let noted = forget(self.library, review.id, self.reporter);
            warn_not_noted(self.reporter, noted);
        }
        Ok(RestoreReport {
            review: None,
            counts: BTreeMap::new(),
            totals: totals(&ready.differences),
            findings: ready.findings,
            safety: None,
            files: ready.files.map(|work| FilesReport {
                unchanged: work.difference.unchanged.len() as u64,
                ..FilesReport::default()
            }),
            after: Vec::new(),
            signed_out: None,
        })
    }
}

/// Forgets a review that was closed: its archives may go.
pub(super) fn forget(library: &Library, review: Uuid, reporter: &dyn Reporter) -> Result<()> {
    library.remove_state(&review_name(review))?;
    reporter.step(Step::ReviewNoted);
    library.remove_state(&journal_name(review))?;
    reporter.step(Step::CommitForgotten);
    Ok(())
}

/// What is committed holds, whatever this computer could note of it: the next look at the review notes
/// the rest.
pub(super) fn warn_not_noted(reporter: &dyn Reporter, noted: Result<()>) {
    if let Err(error) = noted {
        reporter.warning(Warning {
            code: "commit_not_noted",
            message: format!(
                "It is committed, but this computer could not note so: {}",
                error.message()
            ),
        });
    }
}

/// Rows that came back, changed and went, of the tables that are written.
pub(super) fn written_counts(
    differences: &BTreeMap<TableName, TableDifference>,
) -> BTreeMap<TableName, Counts> {
    let written = differences
        .iter()
        .filter(|(_, found)| found.pair.written && !found.counts().is_unchanged());
    written
        .map(|(table, found)| (table.clone(), found.counts()))
        .collect()
}
