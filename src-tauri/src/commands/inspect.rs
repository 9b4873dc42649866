//! Looking into an archive of the library: its rows, and a text in all of them.

use snapback_engine::company::Role;
use snapback_engine::inspect::{self, RowName};
use snapback_engine::{CancelToken, profile, restore};
use snapback_wire::{ArchiveRows, RecordHistory, RowKey, RowsQuery, SearchReport};
use tauri::State;

use super::Answer;
use crate::connections::Connections;
use crate::inside;
use crate::jobs::blocking;

/// Some rows of one table.
#[tauri::command]
pub(crate) async fn archive_rows(
    connections: State<'_, Connections>,
    connection: String,
    archive: String,
    table: String,
    query: RowsQuery,
) -> Answer<ArchiveRows> {
    let session = connections.session(&connection).await?;
    let archive = session.archive(&archive, Role::Viewer).await?;
    session.note_looked_at(&archive, "rows");
    let rows = blocking(move || inside::rows(&session.library, &archive.path, &table, query));
    Ok(rows.await?)
}

/// Looks for a text in every field.
#[tauri::command]
pub(crate) async fn search_archive(
    connections: State<'_, Connections>,
    connection: String,
    archive: String,
    text: String,
) -> Answer<SearchReport> {
    let session = connections.session(&connection).await?;
    let archive = session.archive(&archive, Role::Viewer).await?;
    session.note_looked_at(&archive, "search");
    let found = blocking(move || inside::search(&session.library, &archive.path, &text));
    Ok(found.await?)
}

/// One row through all backups of a company.
#[tauri::command]
pub(crate) async fn row_history(
    connections: State<'_, Connections>,
    connection: String,
    company: String,
    row: RowKey,
) -> Answer<RecordHistory> {
    let session = connections.session(&connection).await?;
    session.roles().await?.require(&company, Role::Viewer)?;
    let restore::RowKey { table, columns } = row.into();
    let told = blocking(move || {
        let (library, profile) = (&session.library, &session.target.profile);
        let row = (table.as_str(), &RowName::Columns(columns));
        let found = inspect::history(library, profile, &company, row, &CancelToken::new())?;
        Ok(RecordHistory::new(found, |table| {
            profile::table_label(profile, table)
        }))
    });
    Ok(told.await?)
}
