//! The end of the restoring transaction: references checked, review and audit written beside the rows, the
//! transaction's number noted on this computer, then the commit.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use super::check;
use super::journal::{Journal, journal_name, review_name};
use super::options::RestoreReport;
use super::plan::totals;
use super::run::{Mode, Ready, Restore, discard};
use super::state::{self, NewReview};
use crate::archive::Fingerprint;
use crate::cancel::checkpoint;
use crate::difference::{Counts, TableDifference};
use crate::model::TableName;
use crate::pg::Session;
use crate::reporter::Phase;
use crate::{Code, Result};

impl Restore<'_> {
    /// Checks, records and commits.
    pub(super) async fn check_and_commit(
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

    /// Ends a restore that found nothing to write; a revert closes its review all the same.
    pub(super) async fn nothing_to_do(&mut self, ready: Ready) -> Result<RestoreReport> {
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
