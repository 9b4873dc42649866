//! The archives on this computer: looking into one, bringing one in, copying, naming, deleting.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use snapback_engine::audit::Action;
use snapback_engine::library::{Added, Entry};
use snapback_engine::reporter::{Counters, Phase, Reporter};
use snapback_engine::{Code, Error, Outcome, profile, restore};
use snapback_wire::{
    AddReport, ArchiveDetails, ArchiveEntry, CopyReport, JobEvent, JobKind, Labels,
};
use tauri::State;
use tauri::ipc::Channel;
use tauri_plugin_opener::OpenerExt;

use super::Answer;
use crate::connections::Connections;
use crate::deeds::Noted;
use crate::jobs::{Jobs, Task, blocking};

/// The archives of all companies in the library, newest first.
#[tauri::command]
pub(crate) async fn archives(
    connections: State<'_, Connections>,
    connection: String,
) -> Answer<Vec<ArchiveEntry>> {
    let session = connections.session(&connection).await?;
    let entries = blocking(move || session.library.list()).await?;
    Ok(entries.iter().map(ArchiveEntry::from).collect())
}

/// What an archive says about itself.
#[tauri::command]
pub(crate) async fn archive_details(
    connections: State<'_, Connections>,
    connection: String,
    archive: String,
) -> Answer<ArchiveDetails> {
    let session = connections.session(&connection).await?;
    let details = blocking(move || {
        let reader = session.reader(&archive)?;
        let manifest = reader.manifest();
        let labels = Labels::of_archives(&[manifest], profile::built_in(&manifest.profile));
        let made_here = session.library.has_made(&reader)?;
        let (path, size) = (reader.path(), reader.size_bytes());
        Ok(ArchiveDetails::new(
            path, size, made_here, manifest, &labels,
        ))
    });
    Ok(details.await?)
}

/// How long making an archive took, where this computer made it.
#[tauri::command]
pub(crate) async fn elapsed_making(
    connections: State<'_, Connections>,
    connection: String,
    archive: String,
) -> Answer<Option<u64>> {
    let session = connections.session(&connection).await?;
    let entry = session.archive(&archive)?;
    Ok(match entry.summary() {
        Some(summary) => session.library.elapsed_making(summary.id)?,
        None => None,
    })
}

/// Copies an archive from elsewhere into the library, once every byte of it has been checked.
#[tauri::command]
pub(crate) async fn add_archive(
    connections: State<'_, Connections>,
    connection: String,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<AddReport>>,
    path: PathBuf,
) -> Answer<()> {
    let session = connections.session(&connection).await?;
    let noted = Noted::new(&session, Action::Add);
    let task = Task::new(JobKind::Add, job, None).noted(noted.clone());
    jobs.run(task, channel, |watch, cancel| async move {
        let row_total = session.library.open_archive(&path)?.manifest().row_count;
        let counters = Arc::new(Counters::default());
        watch.phase(Phase::Verifying, Some(row_total), Arc::clone(&counters));
        let added = blocking(move || session.library.add(&path, &counters, &cancel)).await?;
        let (Added::New(entry) | Added::Known(entry)) = &added;
        noted.says(entry);
        Ok(Outcome::Completed(AddReport::from(&added)))
    })
    .await;
    Ok(())
}

/// Copies archives out of the library: into a folder, or a single one to a file of any name.
#[tauri::command]
pub(crate) async fn save_copies(
    connections: State<'_, Connections>,
    connection: String,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<CopyReport>>,
    archives: Vec<String>,
    target: PathBuf,
) -> Answer<()> {
    let session = connections.session(&connection).await?;
    let noted = Noted::new(&session, Action::SaveCopy);
    if let [archive] = &archives[..] {
        noted.says(&session.archive(archive)?);
    }
    let task = Task::new(JobKind::Copy, job, None).noted(noted);
    jobs.run(task, channel, |_, cancel| async move {
        let copied = blocking(move || {
            let library = &session.library;
            let copy = |archive: &String| {
                let source = session.archive(archive)?.path;
                if target.is_dir() {
                    return library.save_copy_in(&source, &target, &cancel);
                }
                library.save_copy(&source, &target, &cancel)?;
                Ok(target.clone())
            };
            archives.iter().map(copy).collect::<Result<Vec<_>, _>>()
        });
        Ok(Outcome::Completed(CopyReport::new(&copied.await?)))
    })
    .await;
    Ok(())
}

/// Calls an archive by another name in this library; without one, by the label inside again.
#[tauri::command]
pub(crate) async fn rename_archive(
    connections: State<'_, Connections>,
    connection: String,
    archive: String,
    name: Option<String>,
) -> Answer<()> {
    let session = connections.session(&connection).await?;
    let entry = session.archive(&archive)?;
    let summary = entry.summary().ok_or_else(|| {
        Error::new(
            Code::Usage,
            "An archive that cannot be read cannot be renamed.",
        )
    })?;
    Ok(session.library.rename(summary.id, name.as_deref())?)
}

/// Deletes an archive, unless a review needs it.
#[tauri::command]
pub(crate) async fn delete_archive(
    connections: State<'_, Connections>,
    connection: String,
    archive: String,
) -> Answer<()> {
    let session = connections.session(&connection).await?;
    let entry = session.archive(&archive)?;
    let needed = restore::archives_under_review(&session.library)?;
    let in_use = |entry: &Entry| needed.contains(&entry.path);
    let deleted = session.library.delete(&entry, in_use);
    let noted = Noted::new(&session, Action::Delete).about(&entry);
    Ok(noted.ending(deleted).await?)
}

/// Shows an archive in the system's file manager.
#[tauri::command]
pub(crate) async fn show_in_folder(
    app: tauri::AppHandle,
    connections: State<'_, Connections>,
    connection: String,
    archive: String,
) -> Answer<()> {
    let path = connections
        .session(&connection)
        .await?
        .archive(&archive)?
        .path;
    let folder = path
        .parent()
        .unwrap_or(Path::new("/"))
        .display()
        .to_string();
    let shown = app.opener().reveal_item_in_dir(&path);
    shown.map_err(|error| {
        let failed = Error::new(Code::LocalFile, "The file manager could not be opened.");
        failed
            .hint(format!("The archives lie in {folder}."))
            .because(error.to_string())
            .into()
    })
}
