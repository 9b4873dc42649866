//! What only the demo has.

use tauri::State;

use super::Answer;
use crate::connections::Connections;
use crate::demo;

/// Damages the demo's company. Where the database is not the demo's, nothing happens.
#[tauri::command]
pub(crate) async fn damage(connections: State<'_, Connections>, connection: String) -> Answer<()> {
    match &connections.session(&connection).await?.demo {
        Some(demo) => demo::damage(demo).await,
        None => Ok(()),
    }
}
