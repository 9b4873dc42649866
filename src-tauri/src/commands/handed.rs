//! Looking into an archive that was handed to the app, by its path alone: no database need be open.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use snapback_engine::audit::Action;
use snapback_engine::library::Library;
use snapback_engine::{Error, Outcome};
use snapback_wire::{
    ArchiveDetails, ArchiveEntry, ArchiveRows, CopyReport, FilePreview, JobEvent, JobKind,
    RowsQuery, SearchReport, Secret,
};
use tauri::State;
use tauri::ipc::Channel;

use super::Answer;
use crate::connections::Connections;
use crate::deeds::Noted;
use crate::inside;
use crate::jobs::{Jobs, Task, blocking};
use crate::shelf::Shelf;

/// What a list would show of it.
#[tauri::command]
pub(crate) async fn handed_archive(
    connections: State<'_, Connections>,
    path: PathBuf,
) -> Answer<ArchiveEntry> {
    let library = connections.shelf.library_with_keys().await?;
    let entry = blocking(move || library.entry(path)).await?;
    Ok((&entry).into())
}

/// What it says about itself.
#[tauri::command]
pub(crate) async fn handed_details(
    connections: State<'_, Connections>,
    path: PathBuf,
) -> Answer<ArchiveDetails> {
    let library = connections.shelf.library().await?;
    Ok(blocking(move || inside::details(&library, &path)).await?)
}

/// Some rows of one table.
#[tauri::command]
pub(crate) async fn handed_rows(
    connections: State<'_, Connections>,
    path: PathBuf,
    table: String,
    query: RowsQuery,
) -> Answer<ArchiveRows> {
    let library = looked_into(&connections.shelf, &path, "rows").await?;
    Ok(blocking(move || inside::rows(&library, &path, &table, query)).await?)
}

/// Looks for a text in every field.
#[tauri::command]
pub(crate) async fn search_handed(
    connections: State<'_, Connections>,
    path: PathBuf,
    text: String,
) -> Answer<SearchReport> {
    let library = looked_into(&connections.shelf, &path, "search").await?;
    Ok(blocking(move || inside::search(&library, &path, &text)).await?)
}

/// What can be shown of an uploaded file.
#[tauri::command]
pub(crate) async fn preview_handed_file(
    connections: State<'_, Connections>,
    path: PathBuf,
    bucket: String,
    key: String,
) -> Answer<FilePreview> {
    let library = connections.shelf.library().await?;
    Ok(blocking(move || inside::preview(&library, &path, &bucket, &key)).await?)
}

/// Writes an uploaded file to where the person wants it, in place of what is there.
#[tauri::command]
pub(crate) async fn save_handed_file(
    connections: State<'_, Connections>,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<CopyReport>>,
    path: PathBuf,
    bucket: String,
    key: String,
    target: PathBuf,
) -> Answer<()> {
    let library = connections.shelf.library().await?;
    let noted = Noted::here(Action::Export)
        .of("uploaded file")
        .about(&library.entry(path.clone())?);
    let task = Task::new(JobKind::Copy, job, None).noted(noted);
    jobs.run(task, channel, |_, cancel| async move {
        let saved = blocking(move || {
            let file = (bucket.as_str(), key.as_str());
            inside::save(&library, &path, file, target, &cancel)
        });
        Ok(Outcome::Completed(saved.await?))
    })
    .await;
    Ok(())
}

/// Opens archives with that passphrase from now on, once it was found to open this one.
#[tauri::command]
pub(crate) async fn unlock_handed(
    connections: State<'_, Connections>,
    path: PathBuf,
    passphrase: Secret,
) -> Answer<()> {
    let library = connections.shelf.library().await?;
    Ok(blocking(move || library.unlock(&path, &passphrase.into())).await?)
}

/// The library, with a note that an archive is looked into.
async fn looked_into(shelf: &Shelf, path: &Path, how: &'static str) -> Result<Arc<Library>, Error> {
    let library = shelf.library().await?;
    let entry = library.entry(path.to_owned())?;
    let noted = || Noted::here(Action::Inspect).about(&entry);
    shelf.looked_at.note(path, how, noted);
    Ok(library)
}
