//! Who is told when a company is not as safe as it should be.

use jiff::Timestamp;
use snapback_engine::Result;
use snapback_engine::alerts::{AlertBook, Channel, DESKTOP, standing};
use snapback_engine::audit::Action;
use snapback_engine::library::Library;
use snapback_engine::pg::Password;
use snapback_host::{alerts, keychain};
use snapback_wire::ProtectionReport;
use tauri::{AppHandle, State};

use super::Answer;
use super::protection::report;
use super::window::notify;
use crate::connections::Connections;
use crate::deeds::Noted;
use crate::jobs::blocking;

/// Tells the desktop what has come to stand wrong since it was last told.
#[tauri::command]
pub(crate) async fn tell_desktop(
    app: AppHandle,
    connections: State<'_, Connections>,
    connection: String,
) -> Answer<()> {
    let session = connections.session(&connection).await?;
    let begun = blocking(move || news(&session.library)).await?;
    if let [first, more @ ..] = &begun[..] {
        let body = match more.len() {
            0 => first.clone(),
            more => format!("{first} And {more} more."),
        };
        notify(app, "Backups need a look", &body);
    }
    Ok(())
}

/// What the desktop was not told yet; from now on it is.
fn news(library: &Library) -> Result<Vec<String>> {
    let wrong = standing(library, Timestamp::now())?;
    let mut book = AlertBook::open(library)?;
    let begun = book.news(DESKTOP, &wrong).begun.into_iter();
    book.note_told(DESKTOP, &wrong)?;
    Ok(begun.map(|alert| alert.message).collect())
}

/// Tells somebody from now on, once a test has arrived there; where it does not, nothing is added.
#[tauri::command]
pub(crate) async fn add_alerts(
    connections: State<'_, Connections>,
    connection: String,
    address: String,
    password: Option<String>,
) -> Answer<ProtectionReport> {
    let session = connections.session(&connection).await?;
    let added = match session.require_everywhere().await {
        Ok(()) => add(&session.library, &address, password).await,
        refused => refused,
    };
    let noted = Noted::new(&session, Action::Schedule).of("alerts on");
    noted.ending(added).await?;
    report(session).await
}

async fn add(library: &Library, address: &str, password: Option<String>) -> Result<()> {
    let mut book = AlertBook::open(library)?;
    let channel = book.add(address.trim().parse()?, Timestamp::now())?.clone();
    let tried = async {
        if let Some(password) = password {
            keychain::remember(channel.id, &Password::new(password)).await?;
        }
        alerts::test(&channel).await
    };
    let Err(error) = tried.await else {
        return Ok(());
    };
    book.remove(channel.number)?;
    forget(&channel).await;
    Err(error)
}

async fn forget(channel: &Channel) {
    if let Err(error) = keychain::forget(channel.id).await {
        tracing::info!(code = %error.code(), "the keychain has forgotten no password");
    }
}

/// Sends a test.
#[tauri::command]
pub(crate) async fn test_alerts(
    connections: State<'_, Connections>,
    connection: String,
    number: u32,
) -> Answer<()> {
    let session = connections.session(&connection).await?;
    let book = AlertBook::open(&session.library)?;
    Ok(alerts::test(book.channel(number)?).await?)
}

/// Takes a channel away.
#[tauri::command]
pub(crate) async fn remove_alerts(
    connections: State<'_, Connections>,
    connection: String,
    number: u32,
) -> Answer<ProtectionReport> {
    let session = connections.session(&connection).await?;
    let may = session.require_everywhere().await;
    let book = may.and_then(|()| AlertBook::open(&session.library));
    let removed = book.and_then(|mut book| book.remove(number));
    let noted = Noted::new(&session, Action::Schedule).of("alerts off");
    let removed = noted.ending(removed).await?;
    forget(&removed).await;
    report(session).await
}
