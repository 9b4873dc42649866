//! How well companies are protected, and what is done about it: schedules, the system's timer, encryption.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use snapback_engine::archive::{ArchiveKey, ArchiveKeys};
use snapback_engine::audit::Action;
use snapback_engine::library::Library;
use snapback_engine::schedule::{Book, Schedule, USUAL, Whose};
use snapback_engine::{Code, Result};
use snapback_host::{RecoverySheet, archive_keys, keychain, timer};
use snapback_wire::ProtectionReport;
use tauri::State;

use super::Answer;
use crate::connections::Connections;
use crate::deeds::Noted;
use crate::jobs::blocking;
use crate::session::Session;

/// How well the companies of the database are protected.
#[tauri::command]
pub(crate) async fn protection(
    connections: State<'_, Connections>,
    connection: String,
) -> Answer<ProtectionReport> {
    report(connections.session(&connection).await?).await
}

/// Adds the usual schedules for every company of the database, and lets the system run them.
#[tauri::command]
pub(crate) async fn protect_all(
    connections: State<'_, Connections>,
    connection: String,
) -> Answer<ProtectionReport> {
    let session = connections.session(&connection).await?;
    let noted = Noted::new(&session, Action::Schedule).of("add");
    let may = session.require_everywhere().await;
    noted
        .ending(may.and_then(|()| protect_by(&session)))
        .await?;
    report(session).await
}

fn protect_by(session: &Session) -> Result<()> {
    let now = Timestamp::now();
    let mut book = Book::open(&session.library)?;
    for (rhythm, keep_days) in USUAL {
        book.add(Schedule {
            number: 0,
            whose: Whose::Every,
            rhythm: rhythm.to_owned(),
            zone: timer::zone(),
            keep_days,
            files: false,
            connection: session.saved_name(),
            database: session.target.settings.target(),
            profile: Some(session.target.profile.name.clone()),
            since: now,
            handing: None,
        })?;
    }
    if timer::state() == Some(false) {
        timer::install(session.library.folder())?;
    }
    Ok(())
}

/// Takes a schedule away; its backups stay.
#[tauri::command]
pub(crate) async fn remove_schedule(
    connections: State<'_, Connections>,
    connection: String,
    number: u32,
) -> Answer<ProtectionReport> {
    let session = connections.session(&connection).await?;
    let may = session.require_everywhere().await;
    let book = may.and_then(|()| Book::open(&session.library));
    let removed = book.and_then(|mut book| book.remove(number));
    let noted = Noted::new(&session, Action::Schedule).of("remove");
    noted.ending(removed).await?;
    report(session).await
}

/// Lets the system run what is due.
#[tauri::command]
pub(crate) async fn install_timer(
    connections: State<'_, Connections>,
    connection: String,
) -> Answer<ProtectionReport> {
    let session = connections.session(&connection).await?;
    let may = session.require_everywhere().await;
    let installed = may.and_then(|()| timer::install(session.library.folder()));
    let noted = Noted::new(&session, Action::Schedule).of("timer on");
    noted.ending(installed).await?;
    report(session).await
}

/// Makes a key with its recovery sheet; from then on new backups are encrypted. Where the keychain does not
/// keep it nothing is made: the app could not open what it writes.
#[tauri::command]
pub(crate) async fn encrypt_backups(
    connections: State<'_, Connections>,
    connection: String,
    sheet: PathBuf,
) -> Answer<ProtectionReport> {
    let session = connections.session(&connection).await?;
    let encrypted = match session.require_everywhere().await {
        Ok(()) => encrypt_by(&session.library, &sheet).await,
        refused => refused,
    };
    let noted = Noted::new(&session, Action::Key).of("new");
    noted.ending(encrypted).await?;
    report(session).await
}

async fn encrypt_by(library: &Library, sheet: &Path) -> Result<()> {
    let (key, made_at) = (ArchiveKey::generate(), Timestamp::now());
    keychain::remember_archive_key(&key).await?;
    RecoverySheet {
        key: &key,
        library: library.folder(),
        made_at,
    }
    .save(sheet)?;
    library.note_key(&key.public(), made_at)?;
    library.encrypt_for(Some(&key.public()))?;
    let held: ArchiveKeys = archive_keys::at_hand(library).await?;
    library.hold_keys(held);
    Ok(())
}

pub(super) async fn report(session: Arc<Session>) -> Answer<ProtectionReport> {
    let target = session.target.settings.target();
    let name = session.saved_name();
    let is_reached_again = name.is_some() || session.demo.is_some();
    let locked = match session.require_everywhere().await {
        Ok(()) => None,
        Err(refused) if refused.code() == Code::UserMayNot => Some(refused.message().to_owned()),
        Err(error) => return Err(error.into()),
    };
    let reading = blocking(move || {
        ProtectionReport::read(
            &session.library,
            (name.as_deref(), &target),
            timer::state(),
            is_reached_again,
            locked,
            Timestamp::now(),
        )
    });
    Ok(reading.await?)
}
