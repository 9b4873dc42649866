//! Backups: the list, and making one.

use std::time::Instant;

use snapback_engine::snapshot;
use snapback_wire::{ArchiveEntry, CreateReport, JobEvent, Labels};
use tauri::State;
use tauri::ipc::Channel;

use super::Answer;
use crate::connections::Connections;
use crate::jobs::{Jobs, elapsed_ms};

/// The archives of all companies in the library, newest first.
#[tauri::command]
pub(crate) async fn archives(
    connections: State<'_, Connections>,
    connection: String,
) -> Answer<Vec<ArchiveEntry>> {
    let session = connections.session(&connection).await?;
    let entries = session.library.list()?;
    Ok(entries.iter().map(ArchiveEntry::from).collect())
}

/// Backs up a company.
#[tauri::command]
pub(crate) async fn create(
    connections: State<'_, Connections>,
    connection: String,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<CreateReport>>,
    company: String,
    label: Option<String>,
) -> Answer<()> {
    let (session, since) = (connections.session(&connection).await?, Instant::now());
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
