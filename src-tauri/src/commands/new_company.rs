//! What a new company would be, and making it.

use std::sync::Arc;
use std::time::Instant;

use snapback_engine::{company, new_company};
use snapback_wire::{
    AppUser, JobEvent, JobKind, Labels, NewCompanyPlan, NewCompanyReport, NewCompanyRequest,
};
use tauri::State;
use tauri::ipc::Channel;

use super::Answer;
use crate::connections::Connections;
use crate::drafts::Drafts;
use crate::jobs::{Jobs, Task, elapsed_ms};

/// Some of the application's users, of whom one may own a new company.
#[tauri::command]
pub(crate) async fn app_users(
    connections: State<'_, Connections>,
    connection: String,
) -> Answer<Vec<AppUser>> {
    let session = connections.session(&connection).await?;
    let users = company::users(&session.target).await?;
    Ok(users.into_iter().filter_map(AppUser::new).collect())
}

/// Finds out what a new company from an archive would be. It can be made by the job's id until it is
/// forgotten, or another one is planned.
#[tauri::command]
pub(crate) async fn plan_new_company(
    connections: State<'_, Connections>,
    connection: String,
    drafts: State<'_, Drafts>,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<NewCompanyPlan>>,
    archive: String,
    request: NewCompanyRequest,
) -> Answer<()> {
    let session = connections.session(&connection).await?;
    let (drafts, id) = (drafts.inner().clone(), job.clone());
    jobs.run(
        Task::new(JobKind::Compare, job, None),
        channel,
        |watch, cancel| async move {
            let reader = Arc::new(session.reader(&archive)?);
            let options = request.options(session.actor.clone());
            let plan =
                new_company::plan(&session.target, &reader, options, &*watch, &cancel).await?;
            Ok(plan.map(|plan| {
                let told = NewCompanyPlan::new(&plan, &Labels::of_company(plan.opened()));
                drafts.keep(id, plan);
                told
            }))
        },
    )
    .await;
    Ok(())
}

/// Makes the company that was planned.
#[tauri::command]
pub(crate) async fn make_new_company(
    drafts: State<'_, Drafts>,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<NewCompanyReport>>,
    plan: String,
) -> Answer<()> {
    let (drafts, since) = (drafts.inner().clone(), Instant::now());
    jobs.run(
        Task::new(JobKind::NewCompany, job, None),
        channel,
        |watch, cancel| async move {
            let plan = drafts.take(&plan)?;
            let labels = Labels::of_company(plan.opened());
            let made = new_company::run(plan, &*watch, &cancel).await?;
            Ok(made.map(|made| NewCompanyReport::new(&made, &labels, elapsed_ms(since))))
        },
    )
    .await;
    Ok(())
}

/// Forgets what was planned.
#[tauri::command]
pub(crate) fn forget_new_company(drafts: State<'_, Drafts>, plan: &str) {
    // One that was made, or was followed by another, is not there any more.
    drop(drafts.take(plan));
}
