//! Second places: where every backup is copied to, what is there, and what is brought back.

use std::sync::Arc;

use jiff::Timestamp;
use snapback_engine::audit::Action;
use snapback_engine::library::{Added, Library};
use snapback_engine::places::{self, PlaceBook};
use snapback_engine::reporter::{Counters, Phase, Reporter};
use snapback_engine::{CancelToken, Outcome, Result};
use snapback_host::places as reached;
use snapback_wire::{AddReport, JobEvent, JobKind, ProtectionReport, StorageKeys};
use tauri::State;
use tauri::ipc::Channel;

use super::Answer;
use super::protection::report;
use crate::connections::Connections;
use crate::deeds::Noted;
use crate::jobs::{Jobs, Task};

/// Copies every backup there from now on, once the place was found to let us in.
#[tauri::command]
pub(crate) async fn add_place(
    connections: State<'_, Connections>,
    connection: String,
    address: String,
    keys: Option<StorageKeys>,
) -> Answer<ProtectionReport> {
    let session = connections.session(&connection).await?;
    let added = match session.require_everywhere().await {
        Ok(()) => add(&session.library, address.trim(), keys).await,
        refused => refused,
    };
    let noted = Noted::new(&session, Action::Place).of("add");
    noted.ending(added).await?;
    report(session).await
}

/// Where the keychain does not keep the keys nothing is added: nobody could copy anything there at night.
async fn add(library: &Library, address: &str, keys: Option<StorageKeys>) -> Result<()> {
    let (keys, cancel) = (keys.map(Into::into), CancelToken::new());
    let adding = reached::add(library, address, keys, Timestamp::now(), &cancel);
    let (place, not_kept) = adding.await?;
    let Some(error) = not_kept else {
        return Ok(());
    };
    reached::remove(library, place.number).await?;
    Err(error)
}

/// Looks whether a place can be reached; the names of the archives there, newest first.
#[tauri::command]
pub(crate) async fn look_at_place(
    connections: State<'_, Connections>,
    connection: String,
    number: u32,
) -> Answer<Vec<String>> {
    let session = connections.session(&connection).await?;
    session.require_everywhere().await?;
    let book = PlaceBook::open(&session.library)?;
    let destination = reached::open(book.place(number)?, &CancelToken::new()).await?;
    let mut there = places::present(&destination).await?;
    there.reverse();
    Ok(there)
}

/// Copies nothing more to a place. What is there stays.
#[tauri::command]
pub(crate) async fn remove_place(
    connections: State<'_, Connections>,
    connection: String,
    number: u32,
) -> Answer<ProtectionReport> {
    let session = connections.session(&connection).await?;
    let removed = match session.require_everywhere().await {
        Ok(()) => reached::remove(&session.library, number).await.map(drop),
        refused => refused,
    };
    let noted = Noted::new(&session, Action::Place).of("remove");
    noted.ending(removed).await?;
    report(session).await
}

/// Brings an archive back from a place, once every byte of it has been checked.
#[tauri::command]
pub(crate) async fn fetch_archive(
    connections: State<'_, Connections>,
    connection: String,
    jobs: State<'_, Jobs>,
    job: String,
    channel: Channel<JobEvent<AddReport>>,
    number: u32,
    file: String,
) -> Answer<()> {
    let session = connections.session(&connection).await?;
    let noted = Noted::new(&session, Action::Place).of("fetch");
    let task = Task::new(JobKind::Add, job, None).noted(noted.clone());
    jobs.run(task, channel, |watch, cancel| async move {
        session.require_everywhere().await?;
        let library = &session.library;
        let book = PlaceBook::open(library)?;
        let destination = reached::open(book.place(number)?, &cancel).await?;
        let counters = Arc::new(Counters::default());
        watch.phase(Phase::Verifying, None, Arc::clone(&counters));
        let added = places::fetch(library, &destination, &file, &counters, &cancel).await?;
        let (Added::New(entry) | Added::Known(entry)) = &added;
        noted.says(entry);
        Ok(Outcome::Completed(AddReport::from(&added)))
    })
    .await;
    Ok(())
}
