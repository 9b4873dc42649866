//! What the application derives by triggers that were silent: brought up to date after the commit, since a
//! failure there does not undo a restore.

use super::options::AfterStep;
use crate::company::Opened;
use crate::model::{AfterRestore, Profile, TableName};
use crate::pg::{Qualified, Session, count_by_arrays, name_columns};
use crate::{Code, Result};

/// Does again, after a restore, what the application derives.
///
/// # Errors
/// `connection_read_only`. What fails is in the steps.
pub async fn repeat_after_steps(opened: &mut Opened) -> Result<Vec<AfterStep>> {
    opened.require_writes()?;
    let steps = opened.profile.after_restore.clone();
    Ok(after_steps(opened, &steps).await)
}

/// What the application derives, without doing anything about it.
#[must_use]
pub fn after_steps_of(profile: &Profile) -> Vec<AfterStep> {
    let steps = profile.after_restore.iter();
    steps.map(|step| told(step, None)).collect()
}

/// Brings up to date what the application derives; failures are reported and can be repeated.
pub(crate) async fn after_steps(opened: &mut Opened, steps: &[AfterRestore]) -> Vec<AfterStep> {
    let schema = &opened.profile.schema;
    let refreshed = |step: &AfterRestore| Some(TableName::new(schema, step.refresh.as_ref()?));
    let views: Vec<TableName> = steps.iter().filter_map(refreshed).collect();
    let mut failures = refresh(opened, &views).await.into_iter();
    let steps = steps.iter();
    steps
        .map(|step| {
            let failure = step.refresh.as_ref().and_then(|_| failures.next()?);
            told(step, failure)
        })
        .collect()
}

fn told(step: &AfterRestore, failure: Option<Code>) -> AfterStep {
    AfterStep {
        what: step.what.clone(),
        by_hand: step.by_hand.clone(),
        failure,
        row_count: None,
    }
}

/// Makes those materialized views anew; what kept each from it. Where none is made from another one, two are
/// made at a time: somebody waits for them.
async fn refresh(opened: &mut Opened, views: &[TableName]) -> Vec<Option<Code>> {
    let (here, there) = views.split_at(views.len().div_ceil(2));
    let beside = match there.is_empty() {
        true => None,
        false => beside(opened, views).await,
    };
    let Some(mut other) = beside else {
        return refresh_in_order(&mut opened.session, views).await;
    };
    let (mut failures, others) = tokio::join!(
        refresh_in_order(&mut opened.session, here),
        refresh_in_order(&mut other, there),
    );
    other.close().await;
    failures.extend(others);
    failures
}

/// A session beside the one that is open, where the order of the views does not matter.
async fn beside(opened: &mut Opened, views: &[TableName]) -> Option<Session> {
    let sql = include_str!("derived_from.sql");
    let tied = count_by_arrays(&mut opened.session, sql, &name_columns(views)).await;
    match tied {
        Ok(0) => Session::open(&opened.settings).await.ok(),
        _ => None,
    }
}

async fn refresh_in_order(session: &mut Session, views: &[TableName]) -> Vec<Option<Code>> {
    let mut failures = Vec::with_capacity(views.len());
    for view in views {
        let sql = format!("REFRESH MATERIALIZED VIEW {}", Qualified(view));
        let failed = session.run(&sql).await.err();
        failures.push(failed.map(|error| error.code()));
    }
    failures
}
