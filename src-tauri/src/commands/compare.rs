//! Comparing a backup with another one, or with the company as it is. Nothing is written.

use std::sync::Arc;

use snapback_engine::Outcome;
use snapback_engine::company::Role;
use snapback_engine::details::Pages;
use snapback_engine::difference::newer;
use snapback_engine::restore::{self, Confirmation};
use snapback_wire::{Difference, JobEvent, JobKind, Labels};
use tauri::State;
use tauri::ipc::Channel;

use super::Answer;
use crate::connections::Connections;
use crate::jobs::{Jobs, Task};
use crate::plans::Plans;

/// What the live company is called in a difference.
const LIVE: &str = "live";

/// Finds out what it takes to get from one backup to another, for which no database is needed, or to the company
/// as it is where none is named.
/// The rows can be asked for by the job's id until the comparison is closed.
#[tauri::command]
pub(crate) async fn compare(
    connections: State<'_, Connections>,
    connection: String,
    plans: State<'_, Plans>,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<Difference>>,
    company: String,
    from: String,
    to: Option<String>,
) -> Answer<()> {
    let session = connections.session(&connection).await?;
    let (plans, id) = (plans.inner().clone(), job.clone());
    let task = Task::new(JobKind::Compare, job, Some(&company));
    jobs.run(task, channel, |watch, cancel| async move {
        let options = session.restore_options(Confirmation::None, None);
        let from = session.archive(&from, Role::Viewer).await?;
        let reader = Arc::new(session.library.open_archive(&from.path)?);
        let Some(to) = to else {
            let mut opened = session.open(&company).await?;
            let ends = (from.file_name(), LIVE.to_owned());
            let plan = restore::plan(&mut opened, &reader, &options, &*watch, &cancel).await?;
            return Ok(plan.map(|plan| plans.show_since(id, ends, plan, &opened)));
        };
        let to = session.archive(&to, Role::Viewer).await?;
        let readers = [reader, Arc::new(session.library.open_archive(&to.path)?)];
        let ends = (from.file_name(), to.file_name());
        let manifests = [readers[0].manifest().clone(), readers[1].manifest().clone()];
        let target = &session.target;
        let found = restore::archived_difference(&target.profile, readers, &options, &cancel);
        let found = found.await?;
        let [first, second] = &manifests;
        let newer = newer([first, second]);
        let labels = Labels::of_archives(&[first, second], Some(target.profile.clone()));
        let pages = |tables| Pages::of_archives(target, &newer.company, &newer.catalog, tables);
        let told = plans.show_archives(id, ends, found, &labels, pages);
        Ok(Outcome::Completed(told))
    })
    .await;
    Ok(())
}
