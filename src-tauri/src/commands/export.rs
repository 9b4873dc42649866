//! Handing a company's rows over as files for others.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use snapback_engine::audit::Action;
use snapback_engine::company::Role;
use snapback_engine::reporter::{Counters, Phase, Reporter};
use snapback_engine::{Outcome, export, profile};
use snapback_wire::{ExportReport, ExportRequest, JobEvent, JobKind};
use tauri::State;
use tauri::ipc::Channel;

use super::Answer;
use crate::connections::Connections;
use crate::deeds::Noted;
use crate::jobs::{Jobs, Task, blocking, elapsed_ms};

/// Writes the rows of a backup, or of the company as it is where none is named, to where the person wants them.
#[tauri::command]
pub(crate) async fn export(
    connections: State<'_, Connections>,
    connection: String,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<ExportReport>>,
    company: String,
    archive: Option<String>,
    wanted: ExportRequest,
    target: PathBuf,
) -> Answer<()> {
    let (session, since) = (connections.session(&connection).await?, Instant::now());
    let noted = Noted::new(&session, Action::Export).on(&company);
    let task = Task::new(JobKind::Export, job, Some(&company)).noted(noted.clone());
    jobs.run(task, channel, |watch, cancel| async move {
        let include = wanted.include;
        let options = wanted.options(target);
        let Some(archive) = archive else {
            let files = session.files(include).await?;
            let mut opened = session.open(&company).await?;
            let (library, who) = (&session.library, (session.actor.clone(), Timestamp::now()));
            let done = export::export_company(
                &mut opened,
                library,
                who,
                &options,
                files,
                &*watch,
                &cancel,
            );
            let done = done.await?;
            opened.session.close().await;
            return Ok(done.map(|done| ExportReport::new(done, elapsed_ms(since))));
        };
        let entry = session.archive(&archive, Role::Viewer).await?;
        noted.says(&entry);
        session.require_of(&entry, Role::Operator).await?;
        let reader = session.library.open_archive(&entry.path)?;
        let counters = Arc::new(Counters::default());
        let row_count = reader.manifest().row_count;
        watch.phase(Phase::Exporting, Some(row_count), Arc::clone(&counters));
        let known = profile::built_in(&reader.manifest().profile);
        let known = known.unwrap_or_else(|| session.target.profile.clone());
        let exporting =
            blocking(move || export::export(&reader, Some(&known), &options, &counters, &cancel));
        let done = exporting.await?;
        Ok(Outcome::Completed(ExportReport::new(
            done,
            elapsed_ms(since),
        )))
    })
    .await;
    Ok(())
}
