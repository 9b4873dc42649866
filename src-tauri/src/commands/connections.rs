//! The databases that are known, and opening one.

use snapback_wire::Connection;
use tauri::State;

use super::Answer;
use crate::connections::Connections;

/// The databases that are known; none is connected to.
#[tauri::command]
pub(crate) fn connections(connections: State<'_, Connections>) -> Vec<Connection> {
    connections.known()
}

/// Opens one of them; the demo's server is started if need be.
#[tauri::command]
pub(crate) async fn connect(
    connections: State<'_, Connections>,
    connection: String,
) -> Answer<Connection> {
    let session = connections.session(&connection).await?;
    Ok(session.connection.clone())
}

/// Forgets a database's session; the next command opens a new one.
#[tauri::command]
pub(crate) fn disconnect(connections: State<'_, Connections>, connection: &str) {
    connections.close(connection);
}
