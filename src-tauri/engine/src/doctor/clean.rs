use super::examine::{Examination, examine};
use super::sequences::Behind;
use crate::Result;
use crate::cancel::{CancelToken, Outcome, outcome};
use crate::company::Opened;
use crate::library::Library;
use crate::reporter::Reporter;
use crate::restore::{self, Plan, RestoreOptions, RestoreReport};

/// What a cleaning did.
#[derive(Debug, Clone)]
pub struct Cleaned {
    /// The rows that went or changed, and the review that waits for Keep or Revert.
    pub restored: RestoreReport,
    /// Sequences that were raised; a revert leaves them as they are.
    pub raised: Vec<Behind>,
    /// What is wrong now.
    pub left: Examination,
}

/// Finds out what cleaning would do to the rows. Changes nothing.
///
/// # Errors
/// `not_cleanable` where there are too many broken rows; errors of the connection.
pub async fn plan(
    opened: &mut Opened,
    options: &RestoreOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Outcome<Plan>> {
    restore::clean_plan(opened, options, reporter, cancel).await
}

/// Cleans the company: the rows in one transaction, with a safety snapshot and a review, then the
/// sequences, since raising one is never rolled back.
///
/// # Errors
/// As [`restore::run`]; `not_cleanable` where rows in question are shared, or others depend on them.
pub async fn clean(
    opened: &mut Opened,
    library: &Library,
    options: &RestoreOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Outcome<Cleaned>> {
    outcome(clean_all(opened, library, options, reporter, cancel).await)
}

async fn clean_all(
    opened: &mut Opened,
    library: &Library,
    options: &RestoreOptions,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Cleaned> {
    let restored = restore::clean(opened, library, options, reporter, cancel)
        .await?
        .completed()?;
    let found = examine(opened, reporter, cancel).await?.completed()?;
    let raised: Vec<Behind> = found
        .sequences
        .iter()
        .filter(|behind| behind.may_raise)
        .cloned()
        .collect();
    if raised.is_empty() {
        return Ok(Cleaned {
            restored,
            raised,
            left: found,
        });
    }
    let columns: Vec<_> = raised
        .iter()
        .map(|behind| {
            (
                behind.table.clone(),
                behind.column.clone(),
                behind.sequence.clone(),
            )
        })
        .collect();
    restore::raise_sequences(opened, &columns, options.lock_patience).await?;
    let left = examine(opened, reporter, cancel).await?.completed()?;
    Ok(Cleaned {
        restored,
        raised,
        left,
    })
}
