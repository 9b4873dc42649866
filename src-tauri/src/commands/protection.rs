//! How well companies are protected, and what is done about it: schedules, the system's timer, encryption.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use snapback_engine::archive::{ArchiveKey, ArchiveKeys};
use snapback_engine::audit::Action;
use snapback_engine::company::Role;
use snapback_engine::library::Library;
use snapback_engine::schedule::{Book, Handing, Schedule, USUAL, Whose};
use snapback_engine::{Code, Result};
use snapback_host::{RecoverySheet, archive_keys, keychain, timer};
use snapback_wire::{ProtectionReport, ScheduleRequest};
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
    let mut book = Book::open(&session.library)?;
    for (rhythm, keep_days) in USUAL {
        book.add(schedule(session, Whose::Every, rhythm, keep_days))?;
    }
    if timer::state() == Some(false) {
        timer::install(session.library.folder())?;
    }
    Ok(())
}

/// Adds a schedule.
#[tauri::command]
pub(crate) async fn add_schedule(
    connections: State<'_, Connections>,
    connection: String,
    wanted: ScheduleRequest,
) -> Answer<ProtectionReport> {
    let session = connections.session(&connection).await?;
    let noted = Noted::new(&session, Action::Schedule).of("add");
    let noted = match &wanted.company {
        Some(company) => noted.on(company),
        None => noted,
    };
    noted.ending(add(&session, wanted).await).await?;
    report(session).await
}

async fn add(session: &Session, wanted: ScheduleRequest) -> Result<()> {
    let ScheduleRequest {
        company,
        rhythm,
        keep_days,
        handed_into,
        areas,
    } = wanted;
    let whose = match company {
        None => {
            session.require_everywhere().await?;
            Whose::Every
        }
        Some(company) => {
            let opened = session.open(&company).await?;
            let (company, role) = (opened.company().clone(), opened.role);
            opened.session.close().await;
            role.require(Role::Admin)?;
            Whose::One {
                id: company.id.to_string(),
                name: company.name,
            }
        }
    };
    let profile = &session.target.profile;
    let handing = handed_into
        .map(|folder| Handing::into_folder(folder.into(), areas, profile))
        .transpose()?;
    Book::open(&session.library)?.add(Schedule {
        handing,
        ..schedule(session, whose, &rhythm, keep_days)
    })?;
    Ok(())
}

/// A schedule of backups without uploaded files, from now on.
fn schedule(session: &Session, whose: Whose, rhythm: &str, keep_days: u32) -> Schedule {
    Schedule {
        number: 0,
        whose,
        rhythm: rhythm.to_owned(),
        zone: timer::zone(),
        keep_days,
        files: false,
        connection: session.saved_name(),
        database: session.target.settings.target(),
        profile: Some(session.target.profile.name.clone()),
        since: Timestamp::now(),
        handing: None,
    }
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
    let roles = session.roles().await?;
    let reading = blocking(move || {
        ProtectionReport::read(
            &session.library,
            (name.as_deref(), &target),
            timer::state(),
            is_reached_again,
            (locked, &roles),
            &session.target.profile,
            Timestamp::now(),
        )
    });
    Ok(reading.await?)
}
