//! The databases that are known, opening one, and saving, trying out and finding others.

use std::path::PathBuf;

use snapback_engine::company::survey;
use snapback_engine::pg::Password;
use snapback_host::connections::{Address, SavedConnection, SavedConnections};
use snapback_host::{imports, keychain, profiles};
use snapback_wire::{
    Connection, ConnectionAddress, ConnectionForm, FoundConnection, SavedReport, Secret, Survey,
};
use tauri::State;

use super::{Answer, AnswerAtOnce};
use crate::connections::{Connections, keep_password, saved};

/// The databases that are known; none is connected to.
#[tauri::command]
pub(crate) fn connections(connections: State<'_, Connections>) -> AnswerAtOnce<Vec<Connection>> {
    Ok(connections.known()?)
}

/// Opens one of them; the demo's server is started if need be. A typed password is used in place of
/// the keychain's, and kept there once it has worked, if that is wanted.
#[tauri::command]
pub(crate) async fn connect(
    connections: State<'_, Connections>,
    connection: String,
    password: Option<Secret>,
    keep: bool,
) -> Answer<SavedReport> {
    let password = password.map(Password::from);
    let session = connections.open(&connection, password.clone()).await?;
    let kept = match (saved(&connection), password) {
        (Ok(saved), Some(password)) if keep => keychain::remember(saved.id, &password).await,
        _ => Ok(()),
    };
    Ok(SavedReport::new(session.connection.clone(), kept))
}

/// Forgets a database's session; the next command opens a new one.
#[tauri::command]
pub(crate) fn disconnect(connections: State<'_, Connections>, connection: &str) {
    connections.close(connection);
}

/// A saved connection, to be changed.
#[tauri::command]
pub(crate) fn connection_form(connection: &str) -> AnswerAtOnce<ConnectionForm> {
    Ok((&saved(connection)?).into())
}

/// Saves a connection. Its password goes to the keychain if that is wanted; where it does not, the
/// connection is saved all the same.
#[tauri::command]
pub(crate) async fn save_connection(
    connections: State<'_, Connections>,
    form: ConnectionForm,
    password: Option<Secret>,
    keep: bool,
) -> Answer<SavedReport> {
    let saved = SavedConnection::try_from(form)?;
    saved.address.settings()?;
    SavedConnections::of_this_person()?.put(saved.clone())?;
    connections.close(&saved.id.to_string());
    let password = password.map(Password::from);
    let kept = keep_password(saved.id, password.as_ref(), keep).await;
    Ok(SavedReport::new((&saved).into(), kept))
}

/// Forgets a saved connection and its password.
#[tauri::command]
pub(crate) async fn remove_connection(
    connections: State<'_, Connections>,
    connection: String,
) -> Answer<()> {
    let saved = saved(&connection)?;
    SavedConnections::of_this_person()?.remove(saved.id)?;
    connections.close(&connection);
    // A keychain that does not open keeps a password that nothing leads to any more.
    keychain::forget(saved.id).await.ok();
    Ok(())
}

/// Finds out what the connection of a form may do. Without a typed password the keychain's is used.
#[tauri::command]
pub(crate) async fn test_connection(
    connections: State<'_, Connections>,
    form: ConnectionForm,
    password: Option<Secret>,
) -> Answer<Survey> {
    let is_saved = form.id.is_some();
    let connection = SavedConnection::try_from(form)?;
    let password = match password {
        None if is_saved => keychain::password(connection.id).await?,
        typed => typed.map(Password::from),
    };
    let open = connection.open(password, &connections.who).await?;
    let profiles = profiles::candidates(&connection.profile)?;
    let found = survey(&open.settings, &profiles, connection.acting_as.as_deref()).await?;
    Ok((&found).into())
}

/// What a connection string says.
#[tauri::command]
pub(crate) fn read_url(url: &str) -> AnswerAtOnce<FoundConnection> {
    Ok(FoundConnection::from_url(url)?)
}

/// The connection string of an address, without the password.
#[tauri::command]
pub(crate) fn write_url(address: ConnectionAddress) -> String {
    Address::from(address).url()
}

/// The connections that a file describes; `~/.pgpass` where none is named.
#[tauri::command]
pub(crate) fn find_connections(path: Option<PathBuf>) -> AnswerAtOnce<Vec<FoundConnection>> {
    let path = path.or_else(imports::pgpass_file).unwrap_or_default();
    let found = imports::read(&path)?;
    Ok(found.iter().map(FoundConnection::from).collect())
}
