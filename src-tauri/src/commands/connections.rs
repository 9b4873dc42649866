//! The databases that are known, opening one, and saving, trying out and finding others.

use std::path::PathBuf;

use snapback_engine::company::{Target, survey};
use snapback_engine::files::Keys;
use snapback_engine::pg::Password;
use snapback_engine::uploads;
use snapback_host::connections::{Address, SavedConnection, SavedConnections};
use snapback_host::{imports, keychain, profiles};
use snapback_wire::{
    Connection, ConnectionAddress, ConnectionForm, FoundConnection, SavedReport, Secret,
    StorageFound, StorageKeys, Survey,
};
use tauri::State;

use super::{Answer, AnswerAtOnce};
use crate::connections::{Connections, keep_keys, keep_password, saved};
use crate::storage::Storage;

/// The databases that are known; none is connected to.
#[tauri::command]
pub(crate) fn connections(connections: State<'_, Connections>) -> AnswerAtOnce<Vec<Connection>> {
    Ok(connections.known()?)
}

/// Opens one of them; the demo's server is started if need be. A typed password and typed keys of the
/// storage are used in place of the keychain's, and kept there once they have worked, if that is wanted.
#[tauri::command]
pub(crate) async fn connect(
    connections: State<'_, Connections>,
    connection: String,
    password: Option<Secret>,
    keys: Option<StorageKeys>,
    keep: bool,
) -> Answer<SavedReport> {
    let (password, keys) = (password.map(Password::from), keys.map(Keys::from));
    let session = connections.open(&connection, password.clone()).await?;
    if let Some(keys) = &keys {
        session.storage.use_keys(keys.clone());
    }
    let mut kept = Ok(());
    if let (Ok(saved), true) = (saved(&connection), keep) {
        if let Some(password) = &password {
            kept = keychain::remember(saved.id, password).await;
        }
        if let Some(keys) = &keys {
            kept = kept.and(keychain::remember_storage_keys(saved.id, keys).await);
        }
    }
    Ok(SavedReport::new(session.shown().await, kept))
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

/// Saves a connection. Its password and the keys of its storage go to the keychain if that is wanted; where
/// they do not, the connection is saved all the same.
#[tauri::command]
pub(crate) async fn save_connection(
    connections: State<'_, Connections>,
    form: ConnectionForm,
    password: Option<Secret>,
    keys: Option<StorageKeys>,
    keep: bool,
) -> Answer<SavedReport> {
    let saved = SavedConnection::try_from(form)?;
    saved.address.settings()?;
    SavedConnections::of_this_person()?.put(saved.clone())?;
    connections.close(&saved.id.to_string());
    let password = password.map(Password::from);
    let keys = keys.map(Keys::from);
    let kept = keep_password(saved.id, password.as_ref(), keep).await;
    let kept = match saved.storage {
        Some(_) => kept.and(keep_keys(saved.id, keys.as_ref(), keep).await),
        None => kept,
    };
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
    // A keychain that does not open keeps secrets that nothing leads to any more.
    keychain::forget(saved.id).await.ok();
    keychain::forget_storage_keys(saved.id).await.ok();
    Ok(())
}

/// Finds out what the connection of a form may do, and what its storage holds. What is not typed is taken
/// from the keychain.
#[tauri::command]
pub(crate) async fn test_connection(
    connections: State<'_, Connections>,
    form: ConnectionForm,
    password: Option<Secret>,
    keys: Option<StorageKeys>,
) -> Answer<Survey> {
    let is_saved = form.id.is_some();
    let connection = SavedConnection::try_from(form)?;
    let password = match password {
        None if is_saved => keychain::password(connection.id).await?,
        typed => typed.map(Password::from),
    };
    let open = connection.open(password, &connections.who).await?;
    let profiles = profiles::candidates(Some(&connection.profile))?;
    let acting_as = connection.acting_as.as_deref();
    let found = survey(&open.settings, &profiles, acting_as).await?;
    let mut told = Survey::from(&found);
    let target = found.target(&open.settings, &profiles, acting_as);
    told.storage = storage_found(&connection, keys.map(Keys::from), target.as_ref()).await;
    Ok(told)
}

/// What the storage of a connection holds; `None` where it has none.
async fn storage_found(
    connection: &SavedConnection,
    keys: Option<Keys>,
    target: Option<&Target>,
) -> Option<StorageFound> {
    let named = connection.storage.clone()?;
    let found = async {
        let storage = Storage::of(connection)?;
        if let Some(keys) = keys {
            storage.use_keys(keys);
        }
        uploads::survey(target, storage.open().await?.as_ref()).await
    };
    Some(StorageFound::new(named, found.await))
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
