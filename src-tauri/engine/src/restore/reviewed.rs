//! What a restore that waits for Keep or Revert has changed, told from the two archives alone: the state
//! that it found and the one that it brought back.

use std::path::Path;
use std::sync::Arc;

use super::options::RestoreOptions;
use super::review::{open_safety, require_open};
use crate::archive::Reader;
use crate::cancel::CancelToken;
use crate::company::Opened;
use crate::difference::{Finding, TableDifference, compare_archives};
use crate::library::Library;
use crate::model::Profile;
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
    let ends = [safety, Arc::new(source)];
    let (tables, findings) = archived_difference(&opened.profile, ends, options, cancel).await?;
    let written = opened.tables_where(Disposition::is_written);
    Ok((
        tables
            .into_iter()
            .filter(|found| written.contains(&found.pair.table))
            .collect(),
        findings,
    ))
}

/// What it takes to get from one archive of a company to another, without any database.
///
/// # Errors
/// As [`compare_archives`].
pub async fn archived_difference(
    profile: &Profile,
    [from, to]: [Arc<Reader>; 2],
    options: &RestoreOptions,
    cancel: &CancelToken,
) -> Result<(Vec<TableDifference>, Vec<Finding>)> {
    let sort: SortSettings = options.pass_settings().sort;
    let (profile, cancel) = (profile.clone(), cancel.clone());
    let comparing =
        tokio::task::spawn_blocking(move || compare_archives(&from, &to, &profile, &sort, &cancel));
    let stopped = |_| Error::new(Code::Defect, "Comparing came to an end.");
    let (tables, findings) = comparing.await.map_err(stopped)??;
    let tables = tables.into_iter().map(|found| found.difference);
    Ok((tables.collect(), findings))
}
