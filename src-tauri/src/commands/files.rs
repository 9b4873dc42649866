//! Uploaded files inside an archive: looking at one, and taking one out.

use std::path::PathBuf;

use snapback_engine::archive::{FileEntry, Reader};
use snapback_engine::audit::Action;
use snapback_engine::company::Role;
use snapback_engine::library::Entry;
use snapback_engine::{Code, Error, Outcome};
use snapback_wire::{CopyReport, FilePreview, JobEvent, JobKind};
use tauri::State;
use tauri::ipc::Channel;

use super::Answer;
use crate::connections::Connections;
use crate::deeds::Noted;
use crate::jobs::{Jobs, Task, blocking};
use crate::session::Session;

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
    let preview = blocking(move || {
        let (reader, entry) = find(&session, &archive, &bucket, &key)?;
        reader.preview(&entry)
    });
    Ok(preview.await?.into())
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
            let (reader, entry) = find(&session, &archive, &bucket, &key)?;
            reader.save_file(&entry, &target, &cancel)?;
            Ok(CopyReport::new(&[target]))
        });
        Ok(Outcome::Completed(saved.await?))
    })
    .await;
    Ok(())
}

/// A file of an archive of the library.
fn find(
    session: &Session,
    archive: &Entry,
    bucket: &str,
    key: &str,
) -> Result<(Reader, FileEntry), Error> {
    let reader = session.library.open_archive(&archive.path)?;
    let mut files = reader.manifest().files.iter().flatten();
    let found = files.find(|entry| entry.bucket == bucket && entry.key == key);
    let found = found
        .cloned()
        .ok_or_else(|| Error::new(Code::NoSuchArchive, "This file is not in the archive."))?;
    Ok((reader, found))
}
