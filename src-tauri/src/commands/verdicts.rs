//! How it stands with archives against today's schema, for a list of many.

use std::sync::Arc;

use snapback_engine::company::{Opened, Role};
use snapback_engine::reporter::Silent;
use snapback_engine::restore::{self, Confirmation};
use snapback_engine::{CancelToken, Result, company};
use snapback_wire::{ArchiveVerdict, JudgedArchive, Labels};
use tauri::State;

use super::Answer;
use crate::connections::Connections;
use crate::session::Session;

/// A word for the schema as it is now: with another one, archives are to be judged anew. A light
/// question, asked again and again.
#[tauri::command]
pub(crate) async fn schema_stamp(
    connections: State<'_, Connections>,
    connection: String,
) -> Answer<String> {
    let session = connections.session(&connection).await?;
    Ok(company::stamp(&session.target).await?.to_string())
}

/// Judges some of a company's archives against today's schema, which is read once for all of them. One
/// that cannot be judged does not keep the others from it.
#[tauri::command]
pub(crate) async fn verdicts(
    connections: State<'_, Connections>,
    connection: String,
    company: String,
    archives: Vec<String>,
) -> Answer<Vec<JudgedArchive>> {
    let session = connections.session(&connection).await?;
    let mut opened = session.open(&company).await?;
    let mut judged = Vec::new();
    for archive in archives {
        let found = judge(&session, &mut opened, &archive).await;
        judged.push(JudgedArchive::new(archive, found));
    }
    opened.session.close().await;
    Ok(judged)
}

async fn judge(session: &Session, opened: &mut Opened, archive: &str) -> Result<ArchiveVerdict> {
    let reader = Arc::new(session.reader(archive, Role::Viewer).await?);
    let options = session.restore_options(Confirmation::None, None);
    let found = restore::verdict(opened, &reader, &options, &Silent, &CancelToken::new()).await?;
    Ok(ArchiveVerdict::new(
        &found.completed()?,
        &Labels::of_company(opened),
    ))
}
