//! What the application derives by triggers that were silent: brought up to date after the commit, since a
//! failure there does not undo a restore.

use super::options::AfterStep;
use crate::Result;
use crate::company::Opened;
use crate::model::{AfterRestore, Profile, TableName};
use crate::pg::{Qualified, Session};

/// Does again, after a restore, what the application derives.
///
/// # Errors
/// `connection_read_only`. What fails is in the steps.
pub async fn repeat_after_steps(opened: &mut Opened) -> Result<Vec<AfterStep>> {
    opened.require_writes()?;
    let Opened {
        session, profile, ..
    } = opened;
    Ok(after_steps(session, &profile.after_restore, &profile.schema).await)
}

/// What the application derives, without doing anything about it.
#[must_use]
pub fn after_steps_of(profile: &Profile) -> Vec<AfterStep> {
    let steps = profile.after_restore.iter();
    steps
        .map(|step| AfterStep {
            what: step.what.clone(),
            by_hand: step.by_hand.clone(),
            failure: None,
            row_count: None,
        })
        .collect()
}

/// Brings up to date what the application derives; failures are reported and can be repeated.
pub(crate) async fn after_steps(
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
            row_count: None,
        });
    }
    done
}
