//! What is wrong with a company's rows, and cleaning it.

use std::time::Instant;

use snapback_engine::audit::Action;
use snapback_engine::doctor;
use snapback_engine::restore::Confirmation;
use snapback_wire::{CleanReport, DoctorReport, JobEvent, JobKind, Plan};
use tauri::State;
use tauri::ipc::Channel;

use super::Answer;
use crate::connections::Connections;
use crate::deeds::Noted;
use crate::jobs::{Jobs, Task, elapsed_ms};
use crate::plans::Plans;

/// Looks at every reference of the company's rows.
#[tauri::command]
pub(crate) async fn examine(
    connections: State<'_, Connections>,
    connection: String,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<DoctorReport>>,
    company: String,
) -> Answer<()> {
    let (session, since) = (connections.session(&connection).await?, Instant::now());
    let task = Task::new(JobKind::Examine, job, Some(&company));
    jobs.run(task, channel, |watch, cancel| async move {
        let mut opened = session.open(&company).await?;
        let found = doctor::examine(&mut opened, &*watch, &cancel).await?;
        Ok(found.map(|found| DoctorReport::new(&found, &opened, elapsed_ms(since))))
    })
    .await;
    Ok(())
}

/// Finds out what cleaning would change. The rows can be asked for by the job's id until the plan is closed.
#[tauri::command]
pub(crate) async fn clean_plan(
    connections: State<'_, Connections>,
    connection: String,
    plans: State<'_, Plans>,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<Plan>>,
    company: String,
) -> Answer<()> {
    let session = connections.session(&connection).await?;
    let (plans, id) = (plans.inner().clone(), job.clone());
    let task = Task::new(JobKind::Compare, job, Some(&company));
    jobs.run(task, channel, |watch, cancel| async move {
        let mut opened = session.open(&company).await?;
        let options = session.restore_options(Confirmation::None, None);
        let plan = doctor::plan(&mut opened, &options, &*watch, &cancel).await?;
        Ok(plan.map(|plan| plans.show(id, plan, &opened)))
    })
    .await;
    Ok(())
}

/// Cleans the company; `consent` is the digest of the plan that the person said yes to.
#[tauri::command]
pub(crate) async fn clean(
    connections: State<'_, Connections>,
    connection: String,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<CleanReport>>,
    company: String,
    consent: String,
) -> Answer<()> {
    let (session, since) = (connections.session(&connection).await?, Instant::now());
    let noted = Noted::new(&session, Action::Clean).on(&company);
    let task = Task::new(JobKind::Clean, job, Some(&company)).noted(noted);
    jobs.run(task, channel, |watch, cancel| async move {
        let mut opened = session.open(&company).await?;
        let options = session.restore_options(Confirmation::Plan(consent), None);
        let library = &session.library;
        let done = doctor::clean(&mut opened, library, &options, &*watch, &cancel).await?;
        Ok(done.map(|done| CleanReport::new(&done, &opened, elapsed_ms(since))))
    })
    .await;
    Ok(())
}
