//! The companies of a database, and what one holds.

use snapback_engine::{company, snapshot};
use snapback_wire::{Contents, OfferedCompany};
use tauri::State;

use super::Answer;
use crate::connections::Connections;

/// The companies of the database, by name.
#[tauri::command]
pub(crate) async fn companies(
    connections: State<'_, Connections>,
    connection: String,
) -> Answer<Vec<OfferedCompany>> {
    let session = connections.session(&connection).await?;
    let found = company::companies(&session.target).await?;
    let roles = session.roles().await?;
    let offered = found.iter();
    Ok(offered
        .filter_map(|company| OfferedCompany::new(company, &roles))
        .collect())
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
