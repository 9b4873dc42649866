//! This computer's audit trail, and what of it is noted in the database.

use jiff::Timestamp;
use snapback_engine::audit::{self, Deed, Trail, TrailEnd};
use snapback_engine::pg::{Session, Settings};
use snapback_engine::{Code, Error, Result};

use crate::data_folder;

/// After such ends the database is not asked once more: it was not to be had, or nobody wants to wait.
const OUT_OF_REACH: [Code; 8] = [
    Code::ConnectFailed,
    Code::WrongPassword,
    Code::TlsFailed,
    Code::TunnelFailed,
    Code::NoSuchDatabase,
    Code::ConnectionLost,
    Code::OutcomeUnknown,
    Code::Cancelled,
];

/// The trail of this person at this computer.
///
/// # Errors
/// `local_file` where the system names no folder for it.
pub fn trail() -> Result<Trail> {
    let folder = data_folder().ok_or_else(|| {
        Error::new(
            Code::LocalFile,
            "This computer names no folder for a person's data, so nothing can be noted of what was done.",
        )
    })?;
    Ok(Trail::at(folder.join("audit")))
}

/// Notes a deed in this computer's trail and, where Snapback keeps something there and the role may write, in the
/// database that it was done on, by that session where one is left.
///
/// # Errors
/// `local_file`, `disk_full` where it could not be noted here. That the database has not taken it is logged alone.
pub async fn note(
    deed: Deed,
    database: Option<&Settings>,
    session: Option<Session>,
    now: Timestamp,
) -> Result<()> {
    let trail = trail()?;
    let noted = deed.clone();
    let appending = tokio::task::spawn_blocking(move || trail.append(noted, now));
    let end = appending.await.map_err(|_| {
        Error::new(
            Code::Defect,
            "Noting what was done came to an end by itself.",
        )
    })??;
    let is_in_reach = !OUT_OF_REACH.iter().any(|code| code.word() == deed.result);
    if let Some(settings) = database.filter(|settings| is_in_reach && !settings.is_read_only())
        && let Err(error) = in_database(&deed, settings, session, &end).await
    {
        tracing::info!(code = %error.code(), "the database has not taken a deed");
    }
    Ok(())
}

async fn in_database(
    deed: &Deed,
    settings: &Settings,
    session: Option<Session>,
    end: &TrailEnd,
) -> Result<()> {
    let mut session = match session {
        Some(session) => session,
        None => Session::open(settings).await?,
    };
    let is_new = !deed.is_noted_where_it_is_done();
    let who = (deed.os_user.as_str(), deed.host.as_str());
    let noted = audit::note(&mut session, is_new.then_some(deed), who, end).await;
    session.close().await;
    noted.map(drop)
}
