//! Making a backup.

use std::time::Instant;

use snapback_engine::audit::Action;
use snapback_engine::{Outcome, snapshot};
use snapback_wire::{CorruptedRows, CreateReport, Include, JobEvent, JobKind, Labels};
use tauri::State;
use tauri::ipc::Channel;

use super::Answer;
use crate::connections::Connections;
use crate::deeds::Noted;
use crate::jobs::{Jobs, Task, elapsed_ms};

/// Backs up a company; `corrupted` says what becomes of rows that must refer to another company's.
#[tauri::command]
pub(crate) async fn create(
    connections: State<'_, Connections>,
    connection: String,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<CreateReport>>,
    company: String,
    label: Option<String>,
    corrupted: CorruptedRows,
    include: Include,
) -> Answer<()> {
    let (session, since) = (connections.session(&connection).await?, Instant::now());
    let noted = Noted::new(&session, Action::Create).on(&company);
    let task = Task::new(JobKind::Create, job, Some(&company)).noted(noted.clone());
    jobs.run(task, channel, |watch, cancel| async move {
        let files = session.files(include).await?;
        let mut opened = session.open(&company).await?;
        let options = session.create_options(&opened, label, corrupted.into(), files)?;
        let made =
            snapshot::create(&mut opened, &session.library, options, &*watch, &cancel).await?;
        let labels = Labels::of_company(&opened);
        let elapsed_ms = elapsed_ms(since);
        if let Outcome::Completed(made) = &made {
            session.library.note_elapsed(made.manifest.id, elapsed_ms)?;
            noted.says(&session.library.entry(made.archive.path.clone())?);
        }
        Ok(made.map(|made| CreateReport::new(&made, &labels, elapsed_ms)))
    })
    .await;
    Ok(())
}
