//! What a new company would be, and making it.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use snapback_engine::audit::Action;
use snapback_engine::company::Role;
use snapback_engine::new_company::{self, NewOptions, NewPlan};
use snapback_engine::{CancelToken, Outcome, Result, company};
use snapback_wire::{
    AppUser, JobEvent, JobKind, Labels, NewCompanyPlan, NewCompanyReport, NewCompanyRequest,
    NewCompanySource,
};
use tauri::State;
use tauri::ipc::Channel;

use super::Answer;
use crate::connections::Connections;
use crate::deeds::Noted;
use crate::drafts::Drafts;
use crate::jobs::{Jobs, Task, Watch, blocking, elapsed_ms};
use crate::session::{Session, actor};

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

/// Finds it out, whatever it is made from.
async fn plan(
    session: Arc<Session>,
    source: NewCompanySource,
    options: NewOptions,
    watch: &Watch,
    cancel: &CancelToken,
) -> Result<Outcome<NewPlan>> {
    let opening = match source {
        NewCompanySource::Backup(path) => {
            let entry = session.archive(&path, Role::Admin).await?;
            let session = Arc::clone(&session);
            blocking(move || session.library.open_archive(&entry.path).map(Arc::new)).await
        }
        NewCompanySource::Template(name) => {
            blocking(move || Ok(snapback_host::gallery(None).find(&name)?.reader)).await
        }
        NewCompanySource::Blank(currency) => {
            let currency = currency.as_deref();
            let target = &session.target;
            return new_company::plan_blank(target, currency, options, watch, cancel).await;
        }
    };
    new_company::plan(&session.target, &opening?, options, watch, cancel).await
}

/// Finds out what a new company would be. It can be made by the job's id until it is
/// forgotten, or another one is planned.
#[tauri::command]
pub(crate) async fn plan_new_company(
    connections: State<'_, Connections>,
    connection: String,
    drafts: State<'_, Drafts>,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<NewCompanyPlan>>,
    source: NewCompanySource,
    request: NewCompanyRequest,
) -> Answer<()> {
    let session = connections.session(&connection).await?;
    let (drafts, id) = (drafts.inner().clone(), job.clone());
    jobs.run(
        Task::new(JobKind::Compare, job, None),
        channel,
        |watch, cancel| async move {
            let files = session.files(request.include).await?;
            let options = request.options(
                session.actor.clone(),
                Timestamp::now(),
                files,
                session.library.spool_folder(),
            );
            let plan = plan(session, source, options, &watch, &cancel).await?;
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
            let noted = Noted::by(&actor(), &plan.opened().settings, Action::New);
            let noted = noted.on(plan.opened().company().id.as_str());
            let made = new_company::run(plan, &*watch, &cancel).await;
            let made = noted.ending(made).await?;
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
