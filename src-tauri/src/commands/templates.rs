//! Backups that are meant to start companies.

use std::sync::Arc;

use jiff::Timestamp;
use snapback_engine::audit::Action;
use snapback_engine::company::Role;
use snapback_engine::reporter::{Counters, Phase, Reporter};
use snapback_engine::template::{self, SaveOptions};
use snapback_engine::{Outcome, profile};
use snapback_wire::{Gallery, JobEvent, JobKind, SavedTemplateReport, TemplateRequest};
use tauri::State;
use tauri::ipc::Channel;

use super::Answer;
use crate::connections::Connections;
use crate::deeds::Noted;
use crate::jobs::{Jobs, Task, blocking};

/// The templates that there are.
#[tauri::command]
pub(crate) async fn templates(
    connections: State<'_, Connections>,
    connection: String,
) -> Answer<Gallery> {
    let session = connections.session(&connection).await?;
    let shown = blocking(move || {
        let gallery = snapback_host::gallery(None);
        let listing = gallery.list()?;
        let folder = gallery.folder.map(|folder| folder.display().to_string());
        let known = &session.target.profile;
        Ok(Gallery::new(folder, listing, |name| {
            let given = Some(known).filter(|known| known.name == name);
            given.cloned().or_else(|| profile::built_in(name))
        }))
    });
    Ok(shown.await?)
}

/// Saves a backup as a template, in the folder of this computer's.
#[tauri::command]
pub(crate) async fn save_template(
    connections: State<'_, Connections>,
    connection: String,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<SavedTemplateReport>>,
    archive: String,
    wanted: TemplateRequest,
) -> Answer<()> {
    let session = connections.session(&connection).await?;
    let noted = Noted::new(&session, Action::SaveCopy).of("template");
    let task = Task::new(JobKind::Template, job, None).noted(noted.clone());
    jobs.run(task, channel, |watch, cancel| async move {
        let entry = session.archive(&archive, Role::Viewer).await?;
        noted.says(&entry);
        session.require_of(&entry, Role::Operator).await?;
        let reader = session.library.open_archive(&entry.path)?;
        let counters = Arc::new(Counters::default());
        let row_count = reader.manifest().row_count;
        watch.phase(Phase::Exporting, Some(row_count), Arc::clone(&counters));
        let saving = blocking(move || {
            let (name, now) = (&reader.manifest().profile, Timestamp::now());
            let given = Some(&session.target.profile).filter(|known| known.name == *name);
            let known = given.cloned().or_else(|| profile::built_in(name));
            let known = known.unwrap_or_else(|| session.target.profile.clone());
            let template = wanted.template(reader.manifest().today())?;
            let options = SaveOptions {
                target: snapback_host::gallery(None).place_for(&template.name, now)?,
                template,
                actor: session.actor.clone(),
                now,
                spill_folder: session.library.spool_folder().to_owned(),
            };
            let saved = template::save(&reader, &known, &options, &counters, &cancel)?;
            session.library.note_made(&saved.manifest, &saved.archive)?;
            Ok(SavedTemplateReport::new(&saved))
        });
        Ok(Outcome::Completed(saving.await?))
    })
    .await;
    Ok(())
}
