//! What restoring would change, and doing it.

use std::sync::Arc;
use std::time::Instant;

use snapback_engine::restore::{self, Confirmation};
use snapback_wire::{Include, JobEvent, JobKind, Labels, Plan, RestoreReport};
use tauri::State;
use tauri::ipc::Channel;

use super::Answer;
use crate::connections::Connections;
use crate::jobs::{Jobs, Task, elapsed_ms};
use crate::plans::Plans;

/// Finds out what restoring an archive would change. The rows can be asked for by the job's id until
/// the plan is closed.
#[tauri::command]
pub(crate) async fn plan(
    connections: State<'_, Connections>,
    connection: String,
    plans: State<'_, Plans>,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<Plan>>,
    company: String,
    archive: String,
    include: Include,
) -> Answer<()> {
    let session = connections.session(&connection).await?;
    let (plans, id) = (plans.inner().clone(), job.clone());
    let task = Task::new(JobKind::Compare, job, Some(&company));
    jobs.run(task, channel, |watch, cancel| async move {
        let mut opened = session.open(&company).await?;
        let reader = Arc::new(session.reader(&archive)?);
        let files = session.files(include).await?;
        let options = session.restore_options(Confirmation::None, files);
        let plan = restore::plan(&mut opened, &reader, &options, &*watch, &cancel).await?;
        Ok(plan.map(|plan| plans.show(id, plan, &opened)))
    })
    .await;
    Ok(())
}

/// Restores an archive; `consent` is the digest of the plan that the person said yes to.
#[tauri::command]
pub(crate) async fn restore(
    connections: State<'_, Connections>,
    connection: String,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<RestoreReport>>,
    company: String,
    archive: String,
    include: Include,
    consent: String,
) -> Answer<()> {
    let (session, since) = (connections.session(&connection).await?, Instant::now());
    let task = Task::new(JobKind::Restore, job, Some(&company));
    jobs.run(task, channel, |watch, cancel| async move {
        let mut opened = session.open(&company).await?;
        let reader = Arc::new(session.reader(&archive)?);
        let files = session.files(include).await?;
        let options = session.restore_options(Confirmation::Plan(consent), files);
        let library = &session.library;
        let done = restore::run(&mut opened, &reader, library, &options, &*watch, &cancel).await?;
        let labels = Labels::of_company(&opened);
        Ok(done.map(|done| RestoreReport::new(&done, &labels, elapsed_ms(since))))
    })
    .await;
    Ok(())
}
