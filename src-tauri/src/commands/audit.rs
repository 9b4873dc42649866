//! Who did what on this computer.

use std::path::PathBuf;

use snapback_engine::archive::Occupied;
use snapback_engine::audit;
use snapback_engine::pg;
use snapback_host as host;
use snapback_wire::{AuditEntries, AuditReport, save_audit};
use tauri::State;

use super::Answer;
use crate::connections::Connections;
use crate::jobs::blocking;

/// The most lines that are shown.
const MOST_LINES: usize = 500;

/// The newest lines of this computer's trail.
#[tauri::command]
pub(crate) async fn audit_trail() -> Answer<AuditEntries> {
    let read = blocking(|| {
        let trail = host::audit::trail()?;
        Ok(AuditEntries::newest(
            trail.path().display().to_string(),
            trail.entries()?,
            MOST_LINES,
        ))
    });
    Ok(read.await?)
}

/// Looks whether it is as it was written; where a database is open, compared with what that knows.
#[tauri::command]
pub(crate) async fn verify_audit(
    connections: State<'_, Connections>,
    connection: Option<String>,
) -> Answer<AuditReport> {
    let (mut ends, mut compared_with) = (Vec::new(), None);
    if let Some(connection) = connection {
        let session = connections.session(&connection).await?;
        let settings = &session.target.settings;
        let mut asking = pg::Session::open(settings).await?;
        let (os_user, host) = (&session.actor.os_user, &session.actor.host);
        let known = audit::trail_ends(&mut asking, os_user, host).await;
        asking.close().await;
        ends = known?;
        compared_with = (!ends.is_empty()).then(|| settings.target());
    }
    let verified = blocking(move || {
        let trail = host::audit::trail()?;
        let file = trail.path().display().to_string();
        Ok(AuditReport::new(file, trail.verify(&ends)?, compared_with))
    });
    Ok(verified.await?)
}

/// Writes this computer's trail as CSV to where the person wants it.
#[tauri::command]
pub(crate) async fn save_audit_trail(target: PathBuf) -> Answer<()> {
    let saved = blocking(move || {
        let entries = host::audit::trail()?.entries()?;
        save_audit(&target, Occupied::Replaced, &entries)
    });
    Ok(saved.await?)
}
