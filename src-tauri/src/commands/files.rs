//! Uploaded files inside an archive: looking at one, and taking one out.

use std::path::PathBuf;

use snapback_engine::Outcome;
use snapback_engine::audit::Action;
use snapback_engine::company::Role;
use snapback_wire::{CopyReport, FilePreview, JobEvent, JobKind};
use tauri::State;
use tauri::ipc::Channel;

use super::Answer;
use crate::connections::Connections;
use crate::deeds::Noted;
use crate::inside;
use crate::jobs::{Jobs, Task, blocking};

/// What can be shown of a file.
#[tauri::command]
pub(crate) async fn preview_file(
    connections: State<'_, Connections>,
    connection: String,
    archive: String,
    bucket: String,
    key: String,
) -> Answer<FilePreview> {
    let session = connections.session(&connection).await?;
    let archive = session.archive(&archive, Role::Viewer).await?;
    let preview = blocking(move || inside::preview(&session.library, &archive.path, &bucket, &key));
    Ok(preview.await?)
}

/// Writes a file to where the person wants it, in place of what is there.
#[tauri::command]
pub(crate) async fn save_file(
    connections: State<'_, Connections>,
    connection: String,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<CopyReport>>,
    archive: String,
    bucket: String,
    key: String,
    target: PathBuf,
) -> Answer<()> {
    let session = connections.session(&connection).await?;
    let noted = Noted::new(&session, Action::Export).of("uploaded file");
    let task = Task::new(JobKind::Copy, job, None).noted(noted.clone());
    jobs.run(task, channel, |_, cancel| async move {
        let archive = session.archive(&archive, Role::Viewer).await?;
        noted.says(&archive);
        session.require_of(&archive, Role::Operator).await?;
        let saved = blocking(move || {
            let file = (bucket.as_str(), key.as_str());
            inside::save(&session.library, &archive.path, file, target, &cancel)
        });
        Ok(Outcome::Completed(saved.await?))
    })
    .await;
    Ok(())
}
