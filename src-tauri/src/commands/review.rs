//! The review after a restore: Keep or Revert.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::Timestamp;
use snapback_engine::audit::Action;
use snapback_engine::details::Pages;
use snapback_engine::reporter::Silent;
use snapback_engine::restore::{self, Confirmation};
use snapback_engine::{Outcome, pg, schedule};
use snapback_wire::{
    AfterStep, ArchiveProblem, Difference, FileChanges, JobEvent, JobKind, Labels, RestoreReport,
    RevertPlan, ReviewStatus,
};
use tauri::State;
use tauri::ipc::Channel;

use super::Answer;
use crate::connections::Connections;
use crate::deeds::Noted;
use crate::jobs::{Jobs, Task, elapsed_ms};
use crate::plans::Plans;

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
    let status = ReviewStatus::placed(&status, &Labels::of_company(&opened), &session.actor);
    opened.session.close().await;
    Ok(status)
}

/// The reviews that are open in the database: their ids by their companies. A light question, asked again
/// and again.
#[tauri::command]
pub(crate) async fn reviews(
    connections: State<'_, Connections>,
    connection: String,
) -> Answer<BTreeMap<String, String>> {
    let session = connections.session(&connection).await?;
    let mut asking = pg::Session::open(&session.target.settings).await?;
    let open = restore::open_reviews(&mut asking).await?.into_iter();
    asking.close().await;
    Ok(open
        .map(|(company, id)| (company, id.to_string()))
        .collect())
}

/// Finds out what the restore that waits has changed, from the two archives; `safety` is the safety
/// snapshot's file, where it is not on this computer.
#[tauri::command]
pub(crate) async fn review_changes(
    connections: State<'_, Connections>,
    connection: String,
    plans: State<'_, Plans>,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<Difference>>,
    company: String,
    safety: Option<PathBuf>,
) -> Answer<()> {
    let session = connections.session(&connection).await?;
    let (plans, id) = (plans.inner().clone(), job.clone());
    let task = Task::new(JobKind::Compare, job, Some(&company));
    jobs.run(task, channel, |_, cancel| async move {
        let mut opened = session.open(&company).await?;
        let (options, library) = (
            session.restore_options(Confirmation::None, None),
            &session.library,
        );
        let found = restore::reviewed_difference(
            &mut opened,
            library,
            safety.as_deref(),
            &options,
            &cancel,
        );
        let found = found.await?;
        let status = restore::review_status(&mut opened, library).await?;
        let files = status.files.as_ref().map(FileChanges::from);
        let ends = ("before".to_owned(), "restored".to_owned());
        let labels = Labels::of_company(&opened);
        let pages = |tables| Pages::new(&opened, tables);
        let told = plans.show_archives(id, ends, found, &labels, pages);
        Ok(Outcome::Completed(Difference { files, ..told }))
    })
    .await;
    Ok(())
}

/// Keeps what was restored because its safety snapshot is gone for good.
#[tauri::command]
pub(crate) async fn keep_without_safety(
    connections: State<'_, Connections>,
    connection: String,
    company: String,
) -> Answer<()> {
    let session = connections.session(&connection).await?;
    let mut opened = session.open(&company).await?;
    let (library, actor) = (&session.library, &session.actor);
    let kept = restore::keep_without_safety(&mut opened, library, actor, &Silent).await;
    opened.session.close().await;
    let noted = Noted::new(&session, Action::Keep).on(&company);
    noted.of("without safety snapshot").ending(kept).await?;
    Ok(())
}

/// What the application derives, and what a person is to look after, once a restore is done.
#[tauri::command]
pub(crate) async fn after_steps(
    connections: State<'_, Connections>,
    connection: String,
) -> Answer<Vec<AfterStep>> {
    let session = connections.session(&connection).await?;
    let steps = restore::after_steps_of(&session.target.profile);
    Ok(steps.iter().map(AfterStep::from).collect())
}

/// Brings up to date again what the application derives.
#[tauri::command]
pub(crate) async fn repeat_after_steps(
    connections: State<'_, Connections>,
    connection: String,
    company: String,
) -> Answer<Vec<AfterStep>> {
    let session = connections.session(&connection).await?;
    let mut opened = session.open(&company).await?;
    let steps = restore::repeat_after_steps(&mut opened).await?;
    opened.session.close().await;
    Ok(steps.iter().map(AfterStep::from).collect())
}

/// Puts uploaded files in their place that a restore or a revert has left to do.
#[tauri::command]
pub(crate) async fn finish_files(
    connections: State<'_, Connections>,
    connection: String,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<Vec<ArchiveProblem>>>,
    company: String,
) -> Answer<()> {
    let session = connections.session(&connection).await?;
    let task = Task::new(JobKind::FinishFiles, job, Some(&company));
    jobs.run(task, channel, |watch, _| async move {
        let store = session.storage.open().await?;
        let mut opened = session.open(&company).await?;
        let problems = restore::finish_files(&mut opened, &store, &*watch).await?;
        opened.session.close().await;
        Ok(Outcome::Completed(
            problems.iter().map(ArchiveProblem::from).collect(),
        ))
    })
    .await;
    Ok(())
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
    let library = &session.library;
    let kept = restore::keep(&mut opened, library, &session.actor, &Silent).await;
    opened.session.close().await;
    let noted = Noted::new(&session, Action::Keep).on(&company);
    let kept = noted.ending(kept).await?;
    let safety = Path::new(&kept.safety_path);
    if let Err(error) = schedule::let_go(library, safety, Timestamp::now()) {
        tracing::info!(code = %error.code(), "the safety snapshot stays");
    }
    Ok(())
}

/// Finds out what a revert would change, and what others have written since.
#[tauri::command]
pub(crate) async fn revert_plan(
    connections: State<'_, Connections>,
    connection: String,
    plans: State<'_, Plans>,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<RevertPlan>>,
    company: String,
    safety: Option<PathBuf>,
) -> Answer<()> {
    let session = connections.session(&connection).await?;
    let (plans, id) = (plans.inner().clone(), job.clone());
    let task = Task::new(JobKind::Compare, job, Some(&company));
    jobs.run(task, channel, |watch, cancel| async move {
        let mut opened = session.open(&company).await?;
        let files = session.files_of_review(&mut opened).await?;
        let options = session.restore_options(Confirmation::None, files);
        let library = &session.library;
        let safety = safety.as_deref();
        let found =
            restore::revert_plan(&mut opened, library, safety, &options, &*watch, &cancel).await?;
        Ok(found.map(|(plan, since)| plans.show_revert(id, plan, &since, &opened)))
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
    safety: Option<PathBuf>,
) -> Answer<()> {
    let (session, since) = (connections.session(&connection).await?, Instant::now());
    let noted = Noted::new(&session, Action::Revert).on(&company);
    let task = Task::new(JobKind::Revert, job, Some(&company)).noted(noted);
    jobs.run(task, channel, |watch, cancel| async move {
        let mut opened = session.open(&company).await?;
        let consent = consent.map_or(Confirmation::None, Confirmation::Plan);
        let files = session.files_of_review(&mut opened).await?;
        let options = session.restore_options(consent, files);
        let library = &session.library;
        let safety = safety.as_deref();
        let done =
            restore::revert(&mut opened, library, safety, &options, &*watch, &cancel).await?;
        let labels = Labels::of_company(&opened);
        Ok(done.map(|done| RestoreReport::new(&done, &labels, elapsed_ms(since))))
    })
    .await;
    Ok(())
}
