//! What the application derives by triggers that were silent: brought up to date after the commit, since a
//! failure there does not undo a restore.

use super::options::AfterStep;
use crate::model::{AfterRestore, TableName};
use crate::pg::{Qualified, Session};

/// Brings up to date what the application derives; failures are reported and can be repeated.
pub(super) async fn after_steps(
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
