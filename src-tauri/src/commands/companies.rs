//! The companies of a database, and what one holds.

use snapback_engine::{company, snapshot};
use snapback_wire::{Company, Contents};
use tauri::State;

use super::Answer;
use crate::connections::Connections;

/// The companies of the database, by name.
#[tauri::command]
pub(crate) async fn companies(
    connections: State<'_, Connections>,
    connection: String,
) -> Answer<Vec<Company>> {
    let session = connections.session(&connection).await?;
    let found = company::companies(&session.target).await?;
    Ok(found.iter().map(Company::from).collect())
}

/// What a company holds now.
#[tauri::command]
pub(crate) async fn contents(
    connections: State<'_, Connections>,
    connection: String,
    company: String,
) -> Answer<Contents> {
    let mut opened = connections
        .session(&connection)
        .await?
        .open(&company)
        .await?;
    let contents = snapshot::contents(&mut opened).await?;
    let contents = Contents::new(contents, &opened);
    opened.session.close().await;
    Ok(contents)
}
