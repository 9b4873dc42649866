//! What a restore that waits for Keep or Revert has changed, told from the two archives alone: the state
//! that it found and the one that it brought back.

use std::path::Path;

use super::options::RestoreOptions;
use super::review::{open_safety, require_open};
use crate::cancel::CancelToken;
use crate::company::Opened;
use crate::difference::{Finding, TableDifference, compare_archives};
use crate::library::Library;
use crate::rows::SortSettings;
use crate::scope::Disposition;
use crate::{Code, Error, Result};

/// Compares the safety snapshot of the open review with the archive that was restored, in the tables
/// that a restore writes.
///
/// # Errors
/// `no_review`; `no_such_archive` where one of the two is not on this computer; archive errors;
/// `cancelled`.
pub async fn reviewed_difference(
    opened: &mut Opened,
    library: &Library,
    given: Option<&Path>,
    options: &RestoreOptions,
    cancel: &CancelToken,
) -> Result<(Vec<TableDifference>, Vec<Finding>)> {
    let review = require_open(opened).await?;
    let safety = open_safety(library, &review, &options.actor, given)?;
    let source = library.find(&review.source_id.to_string())?;
    let source = library.open_archive(&source.path)?;
    let sort: SortSettings = options.pass_settings().sort;
    let (profile, cancel) = (opened.profile.clone(), cancel.clone());
    let comparing = tokio::task::spawn_blocking(move || {
        compare_archives(&safety, &source, &profile, &sort, &cancel)
    });
    let (tables, findings) = comparing
        .await
        .map_err(|_| Error::new(Code::Defect, "Comparing came to an end."))??;
    let written = opened.tables_where(Disposition::is_written);
    let tables = tables.into_iter().map(|found| found.difference);
    Ok((
        tables
            .filter(|found| written.contains(&found.pair.table))
            .collect(),
        findings,
    ))
}
