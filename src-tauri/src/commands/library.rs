//! The archives on this computer: looking into one, bringing one in, copying, naming, deleting.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use snapback_engine::audit::Action;
use snapback_engine::company::Role;
use snapback_engine::library::{Added, Entry};
use snapback_engine::model::CompanyId;
use snapback_engine::places::PlaceBook;
use snapback_engine::reporter::{Counters, Phase, Reporter};
use snapback_engine::{Code, Error, Outcome, restore};
use snapback_wire::{
    AddReport, ArchiveDetails, ArchiveEntry, CopyReport, JobEvent, JobKind, Secret,
};
use tauri::State;
use tauri::ipc::Channel;
use tauri_plugin_opener::OpenerExt;

use super::Answer;
use crate::connections::Connections;
use crate::deeds::Noted;
use crate::inside;
use crate::jobs::{Jobs, Task, blocking};

/// The archives of all companies in the library, newest first, and after them those that lie at a second place alone.
#[tauri::command]
pub(crate) async fn archives(
    connections: State<'_, Connections>,
    connection: String,
) -> Answer<Vec<ArchiveEntry>> {
    let session = connections.session(&connection).await?;
    let roles = session.roles().await?;
    let listed = blocking(move || {
        let (library, entries) = (&session.library, session.library.list()?);
        let may_see = |company: Option<&CompanyId>| roles.require_of(company, Role::Viewer).is_ok();
        let offered = entries.iter().filter(|entry| may_see(entry.company_id()));
        let mut listed: Vec<ArchiveEntry> = offered.map(ArchiveEntry::from).collect();
        let book = PlaceBook::open(library)?;
        let elsewhere = book.elsewhere(&entries).into_iter().filter(|found| {
            let about = found.copied.about.as_ref();
            may_see(about.map(|about| &about.company.id))
        });
        listed.extend(elsewhere.map(|found| ArchiveEntry::elsewhere(&found)));
        Ok(listed)
    });
    Ok(listed.await?)
}

/// What an archive says about itself.
#[tauri::command]
pub(crate) async fn archive_details(
    connections: State<'_, Connections>,
    connection: String,
    archive: String,
) -> Answer<ArchiveDetails> {
    let session = connections.session(&connection).await?;
    let archive = session.archive(&archive, Role::Viewer).await?;
    let details = blocking(move || inside::details(&session.library, &archive.path));
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
    let entry = session.archive(&archive, Role::Viewer).await?;
    Ok(match entry.summary() {
        Some(summary) => session.library.elapsed_making(summary.id)?,
        None => None,
    })
}

/// Opens archives with that passphrase from now on, once it was found to open this one.
#[tauri::command]
pub(crate) async fn unlock_archive(
    connections: State<'_, Connections>,
    connection: String,
    path: PathBuf,
    passphrase: Secret,
) -> Answer<()> {
    let session = connections.session(&connection).await?;
    Ok(blocking(move || session.library.unlock(&path, &passphrase.into())).await?)
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
    let task = Task::new(JobKind::Copy, job, None).noted(noted.clone());
    jobs.run(task, channel, |_, cancel| async move {
        let mut entries = Vec::new();
        for archive in &archives {
            let entry = session.archive(archive, Role::Viewer).await?;
            if archives.len() == 1 {
                noted.says(&entry);
            }
            session.require_of(&entry, Role::Operator).await?;
            entries.push(entry);
        }
        let copied = blocking(move || {
            let library = &session.library;
            let copy = |entry: &Entry| {
                if target.is_dir() {
                    return library.save_copy_in(&entry.path, &target, &cancel);
                }
                library.save_copy(&entry.path, &target, &cancel)?;
                Ok(target.clone())
            };
            entries.iter().map(copy).collect::<Result<Vec<_>, _>>()
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
    let entry = session.in_library(&archive, Role::Operator).await?;
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
    let entry = session.in_library(&archive, Role::Viewer).await?;
    let may = session.require_of(&entry, Role::Admin).await;
    let noted = Noted::new(&session, Action::Delete).about(&entry);
    if may.is_err() {
        return Ok(noted.ending(may).await?);
    }
    let needed = restore::archives_under_review(&session.library)?;
    let in_use = |entry: &Entry| needed.contains(&entry.path);
    let deleted = session.library.delete(&entry, in_use);
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
    let session = connections.session(&connection).await?;
    let path = session.in_library(&archive, Role::Viewer).await?.path;
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
