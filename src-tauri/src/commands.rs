//! What the window may ask: each command is wire → engine → wire.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use snapback_engine::archive::Reader;
use snapback_engine::restore::{self, Confirmation};
use snapback_engine::{company, snapshot};
use snapback_wire::{
    ArchiveEntry, Company, Connection, Contents, CreateReport, JobEvent, Labels, Plan,
    RestoreReport, RevertPlan, ReviewStatus, WireError,
};
use tauri::State;
use tauri::ipc::Channel;

use crate::demo;
use crate::jobs::{Jobs, elapsed_ms};
use crate::session::Begun;

type Answer<T> = Result<T, WireError>;

/// Begins the session: connects, starting the demo database where it is the one in use.
#[tauri::command]
pub(crate) async fn connect(begun: State<'_, Begun>) -> Answer<Connection> {
    let session = begun.begin().await?;
    Ok(Connection {
        title: session.title.clone(),
        demo_company: session.demo.as_ref().map(|_| demo::company()),
    })
}

/// The companies of the database, by name.
#[tauri::command]
pub(crate) async fn companies(begun: State<'_, Begun>) -> Answer<Vec<Company>> {
    let session = begun.begin().await?;
    let found = company::companies(&session.target).await?;
    Ok(found.iter().map(Company::from).collect())
}

/// What a company holds now.
#[tauri::command]
pub(crate) async fn contents(begun: State<'_, Begun>, company: String) -> Answer<Contents> {
    let mut opened = begun.begin().await?.open(&company).await?;
    let contents = snapshot::contents(&mut opened).await?;
    let contents = Contents::new(contents, &opened);
    opened.session.close().await;
    Ok(contents)
}

/// The archives of all companies in the library, newest first.
#[tauri::command]
pub(crate) async fn archives(begun: State<'_, Begun>) -> Answer<Vec<ArchiveEntry>> {
    let session = begun.begin().await?;
    let entries = session.library.list()?;
    Ok(entries.iter().map(ArchiveEntry::from).collect())
}

/// Whether a restore of the company waits for Keep or Revert.
#[tauri::command]
pub(crate) async fn review(begun: State<'_, Begun>, company: String) -> Answer<ReviewStatus> {
    let session = begun.begin().await?;
    let mut opened = session.open(&company).await?;
    let status = restore::review_status(&mut opened, &session.library).await?;
    let status = ReviewStatus::new(&status, &Labels::of_company(&opened));
    opened.session.close().await;
    Ok(status)
}

/// Backs up a company.
#[tauri::command]
pub(crate) async fn create(
    begun: State<'_, Begun>,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<CreateReport>>,
    company: String,
    label: Option<String>,
) -> Answer<()> {
    let (session, since) = (begun.begin().await?, Instant::now());
    jobs.run(job, channel, |watch, cancel| async move {
        let mut opened = session.open(&company).await?;
        let options = session.create_options(&opened, label)?;
        let made =
            snapshot::create(&mut opened, &session.library, options, &*watch, &cancel).await?;
        let labels = Labels::of_company(&opened);
        Ok(made.map(|made| CreateReport::new(&made, &labels, elapsed_ms(since))))
    })
    .await;
    Ok(())
}

/// Finds out what restoring an archive would change.
#[tauri::command]
pub(crate) async fn plan(
    begun: State<'_, Begun>,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<Plan>>,
    company: String,
    archive: String,
) -> Answer<()> {
    let session = begun.begin().await?;
    jobs.run(job, channel, |watch, cancel| async move {
        let mut opened = session.open(&company).await?;
        let reader = Arc::new(Reader::open(Path::new(&archive))?);
        let options = session.restore_options(Confirmation::None);
        let plan = restore::plan(&mut opened, &reader, &options, &*watch, &cancel).await?;
        Ok(plan.map(|plan| Plan::new(&plan, &Labels::of_company(&opened))))
    })
    .await;
    Ok(())
}

/// Restores an archive; `consent` is the digest of the plan that the person said yes to.
#[tauri::command]
pub(crate) async fn restore(
    begun: State<'_, Begun>,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<RestoreReport>>,
    company: String,
    archive: String,
    consent: String,
) -> Answer<()> {
    let (session, since) = (begun.begin().await?, Instant::now());
    jobs.run(job, channel, |watch, cancel| async move {
        let mut opened = session.open(&company).await?;
        let reader = Arc::new(Reader::open(Path::new(&archive))?);
        let options = session.restore_options(Confirmation::Plan(consent));
        let library = &session.library;
        let done = restore::run(&mut opened, &reader, library, &options, &*watch, &cancel).await?;
        let labels = Labels::of_company(&opened);
        Ok(done.map(|done| RestoreReport::new(&done, &labels, elapsed_ms(since))))
    })
    .await;
    Ok(())
}

/// Keeps what was restored.
#[tauri::command]
pub(crate) async fn keep(begun: State<'_, Begun>, company: String) -> Answer<()> {
    let session = begun.begin().await?;
    let mut opened = session.open(&company).await?;
    restore::keep(&mut opened, &session.library, &session.actor).await?;
    opened.session.close().await;
    Ok(())
}

/// Finds out what a revert would change, and what others have written since.
#[tauri::command]
pub(crate) async fn revert_plan(
    begun: State<'_, Begun>,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<RevertPlan>>,
    company: String,
) -> Answer<()> {
    let session = begun.begin().await?;
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
    begun: State<'_, Begun>,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<RestoreReport>>,
    company: String,
    consent: Option<String>,
) -> Answer<()> {
    let (session, since) = (begun.begin().await?, Instant::now());
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

/// Damages the demo's company. Where the database is not the demo's, nothing happens.
#[tauri::command]
pub(crate) async fn damage(begun: State<'_, Begun>) -> Answer<()> {
    match &begun.begin().await?.demo {
        Some(demo) => demo::damage(demo).await,
        None => Ok(()),
    }
}

/// Asks a job to stop.
#[tauri::command]
pub(crate) fn cancel(jobs: State<'_, Jobs>, job: &str) {
    jobs.cancel(job);
}
