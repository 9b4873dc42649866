//! What restoring would change, and doing it.

use std::sync::Arc;
use std::time::Instant;

use snapback_engine::audit::Action;
use snapback_engine::company::Role;
use snapback_engine::restore::{self, Confirmation, Sessions};
use snapback_wire::{JobEvent, JobKind, Labels, Plan, RestoreReport, RestoreRequest};
use tauri::State;
use tauri::ipc::Channel;

use super::Answer;
use crate::connections::Connections;
use crate::deeds::Noted;
use crate::jobs::{Jobs, Task, elapsed_ms};
use crate::plans::Plans;

/// Finds out what restoring an archive would change, or taking some of its rows back. The rows can be asked for by the job's id until
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
    wanted: RestoreRequest,
) -> Answer<()> {
    let session = connections.session(&connection).await?;
    let (plans, id) = (plans.inner().clone(), job.clone());
    let task = Task::new(JobKind::Compare, job, Some(&company));
    jobs.run(task, channel, |watch, cancel| async move {
        let mut opened = session.open(&company).await?;
        let reader = Arc::new(session.reader(&wanted.archive, Role::Viewer).await?);
        let files = session.files(wanted.include).await?;
        let options = session.restore_options(Confirmation::None, files);
        let plan = match wanted.selection.map(Into::into) {
            None => restore::plan(&mut opened, &reader, &options, &*watch, &cancel).await?,
            Some(rows) => {
                let opened = &mut opened;
                restore::picked_plan(opened, &reader, &rows, &options, &*watch, &cancel).await?
            }
        };
        Ok(plan.map(|plan| plans.show(id, plan, &opened)))
    })
    .await;
    Ok(())
}

/// Restores an archive, or takes some of its rows back; `consent` is the digest of the plan that the person said yes to.
#[tauri::command]
pub(crate) async fn restore(
    connections: State<'_, Connections>,
    connection: String,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<RestoreReport>>,
    company: String,
    wanted: RestoreRequest,
    consent: String,
) -> Answer<()> {
    let (session, since) = (connections.session(&connection).await?, Instant::now());
    let action = match wanted.selection {
        None => Action::Restore,
        Some(_) => Action::RestoreRows,
    };
    let mut noted = Noted::new(&session, action).on(&company);
    if wanted.sign_out {
        noted = noted.of("sign out");
    }
    let task = Task::new(JobKind::Restore, job, Some(&company)).noted(noted.clone());
    jobs.run(task, channel, |watch, cancel| async move {
        let entry = session.archive(&wanted.archive, Role::Viewer).await?;
        noted.says(&entry);
        let mut opened = session.open(&company).await?;
        let reader = Arc::new(session.library.open_archive(&entry.path)?);
        let files = session.files(wanted.include).await?;
        let mut options = session.restore_options(Confirmation::Plan(consent), files);
        if wanted.sign_out {
            options.sessions = Sessions::End;
        }
        let library = &session.library;
        let done = match wanted.selection.map(Into::into) {
            None => {
                let opened = &mut opened;
                restore::run(opened, &reader, library, &options, &*watch, &cancel).await?
            }
            Some(rows) => {
                let (opened, rows) = (&mut opened, (&reader, &rows));
                restore::run_picked(opened, rows, library, &options, &*watch, &cancel).await?
            }
        };
        let labels = Labels::of_company(&opened);
        Ok(done.map(|done| RestoreReport::new(&done, &labels, elapsed_ms(since))))
    })
    .await;
    Ok(())
}
