//! What a person must have agreed to before anything is written.

use std::collections::BTreeMap;

use super::files::{FilesDifference, with_files};
use super::options::Confirmation;
use super::plan::{digest, totals};
use crate::difference::{Effect, Finding, TableDifference, Verdict};
use crate::model::TableName;
use crate::{Code, Error, Result};

/// Refuses a restore that cannot be done, and one that would lose something to which nobody agreed.
///
/// # Errors
/// What `refused` says, `changed_meanwhile`, `not_confirmed`.
pub(super) fn require_consent(
    confirmation: &Confirmation,
    differences: &BTreeMap<TableName, TableDifference>,
    files: Option<&FilesDifference>,
    findings: &[Finding],
    digest_before: &str,
    refused: impl FnOnce() -> Error,
) -> Result<()> {
    if Verdict::of(findings) == Verdict::NotRestorable {
        return Err(explained(refused(), findings));
    }
    let totals = totals(differences);
    let files_that_go = files.map_or(0, |files| files.removed.len());
    let loses = totals.extra > 0
        || files_that_go > 0
        || findings
            .iter()
            .any(|found| matches!(found.effect, Effect::Lost | Effect::Discarded));
    match confirmation {
        Confirmation::Everything => Ok(()),
        Confirmation::Plan(expected)
            if *expected == with_files(digest_before, files)
                || *expected == with_files(&digest(differences), files) =>
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
        .hint("Look at it first (--dry-run), then confirm it (--yes).")
        .with("rows_that_go", totals.extra)
        .with("files_that_go", files_that_go)),
        Confirmation::None => Ok(()),
    }
}

/// The refusal of a restore, with the first of the findings that block it.
pub(super) fn explained(refused: Error, findings: &[Finding]) -> Error {
    let mut blocking = findings
        .iter()
        .filter(|finding| finding.effect == Effect::Blocked);
    let count = blocking.clone().count();
    let mut error = refused.with("finding_count", count);
    if let Some(finding) = blocking.next() {
        error = error
            .with("finding", finding.code)
            .because(finding.reason.clone());
        if let Some(table) = &finding.table {
            error = error.with("table", table);
        }
    }
    error
}
