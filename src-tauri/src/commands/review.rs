//! The review after a restore: Keep or Revert.

use std::time::Instant;

use snapback_engine::reporter::Silent;
use snapback_engine::restore::{self, Confirmation};
use snapback_wire::{JobEvent, Labels, RestoreReport, RevertPlan, ReviewStatus};
use tauri::State;
use tauri::ipc::Channel;

use super::Answer;
use crate::connections::Connections;
use crate::jobs::{Jobs, elapsed_ms};

/// Whether a restore of the company waits for Keep or Revert.
#[tauri::command]
pub(crate) async fn review(
    connections: State<'_, Connections>,
    connection: String,
    company: String,
) -> Answer<ReviewStatus> {
    let session = connections.session(&connection).await?;
    let mut opened = session.open(&company).await?;
    let status = restore::review_status(&mut opened, &session.library).await?;
    let status = ReviewStatus::new(&status, &Labels::of_company(&opened));
    opened.session.close().await;
    Ok(status)
}

/// Keeps what was restored.
#[tauri::command]
pub(crate) async fn keep(
    connections: State<'_, Connections>,
    connection: String,
    company: String,
) -> Answer<()> {
    let session = connections.session(&connection).await?;
    let mut opened = session.open(&company).await?;
    restore::keep(&mut opened, &session.library, &session.actor, &Silent).await?;
    opened.session.close().await;
    Ok(())
}

/// Finds out what a revert would change, and what others have written since.
#[tauri::command]
pub(crate) async fn revert_plan(
    connections: State<'_, Connections>,
    connection: String,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<RevertPlan>>,
    company: String,
) -> Answer<()> {
    let session = connections.session(&connection).await?;
    jobs.run(job, channel, |watch, cancel| async move {
        let mut opened = session.open(&company).await?;
        let options = session.restore_options(Confirmation::None);
        let library = &session.library;
        let found =
            restore::revert_plan(&mut opened, library, None, &options, &*watch, &cancel).await?;
        let labels = Labels::of_company(&opened);
        Ok(found.map(|(plan, since)| RevertPlan::new(&plan, &since, &labels)))
    })
    .await;
    Ok(())
}

/// Takes a restore back; without a consent only where nobody has written since.
#[tauri::command]
pub(crate) async fn revert(
    connections: State<'_, Connections>,
    connection: String,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<RestoreReport>>,
    company: String,
    consent: Option<String>,
) -> Answer<()> {
    let (session, since) = (connections.session(&connection).await?, Instant::now());
    jobs.run(job, channel, |watch, cancel| async move {
        let mut opened = session.open(&company).await?;
        let consent = consent.map_or(Confirmation::None, Confirmation::Plan);
        let options = session.restore_options(consent);
        let library = &session.library;
        let done = restore::revert(&mut opened, library, None, &options, &*watch, &cancel).await?;
        let labels = Labels::of_company(&opened);
        Ok(done.map(|done| RestoreReport::new(&done, &labels, elapsed_ms(since))))
    })
    .await;
    Ok(())
}
