//! What machines that restore into one database must share, kept in it: schema `snapback`.

mod held;
mod review;

pub(super) use held::{Held, held_secrets, hold_secrets};
pub use review::Review;
pub(crate) use review::audit;
pub(super) use review::{NewReview, SELECTION, all_open, close, counts_json, open_review, record};

use super::files::NOTHING_CAME;
use super::rights::MissingRight;
use crate::pg::{Ident, Session};
use crate::{Code, Error, Result};

/// Versions that this Snapback reads; the second came with uploaded files, the third with trails.
const VERSIONS: [&str; 3] = ["1", "2", "3"];
const SCHEMA: &str = include_str!("schema.sql");
const FILES: &str = include_str!("files.sql");
const TRAIL: &str = include_str!("trail.sql");

/// What the role lacks to keep what machines must share: it may not create the schema, or may not use
/// the one that another role has created.
///
/// # Errors
/// Errors of the connection.
pub(super) async fn missing_access(
    session: &mut Session,
    role: &str,
) -> Result<Option<MissingRight>> {
    let found = session
        .fetch_text_rows(include_str!("access.sql"), &[])
        .await?;
    let [there, usable, creatable, database] = found
        .into_iter()
        .next()
        .and_then(|row| <[Option<String>; 4]>::try_from(row).ok())
        .unwrap_or_default();
    let is = |found: Option<String>| found.as_deref() == Some("true");
    let (role, database) = (Ident(role), database.unwrap_or_default());
    Ok(match (is(there), is(usable), is(creatable)) {
        (true, true, _) | (false, _, true) => None,
        (true, false, _) => Some(MissingRight {
            what: "This role may not use the schema snapback, which another role has created."
                .to_owned(),
            remedy: format!(
                "An administrator runs: GRANT USAGE ON SCHEMA snapback TO {role}; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA snapback TO {role};"
            ),
        }),
        (false, _, false) => Some(MissingRight {
            what: "This role may not create the schema snapback, which a restore needs once."
                .to_owned(),
            remedy: format!(
                "An administrator runs: GRANT CREATE ON DATABASE {database} TO {role};"
            ),
        }),
    })
}

/// Whether the schema is there, in the version that this Snapback knows.
///
/// # Errors
/// `schema_changed` where a newer Snapback made it; `missing_right` where another role did and has not let
/// this one in.
pub async fn is_installed(session: &mut Session) -> Result<bool> {
    let found = session
        .fetch_text_rows("SELECT to_regclass('snapback.version')::text", &[])
        .await
        .map_err(of_another_role)?;
    if !matches!(found.first().and_then(|row| row.first()), Some(Some(_))) {
        return Ok(false);
    }
    let version = session
        .fetch_text_rows("SELECT max(version)::text FROM snapback.version", &[])
        .await
        .map_err(of_another_role)?;
    match version.into_iter().flatten().next().flatten().as_deref() {
        Some(version) if VERSIONS.contains(&version) => Ok(true),
        _ => Err(Error::new(
            Code::SchemaChanged,
            "The schema snapback in this database is of another version of Snapback.",
        )
        .hint("Use the newest Snapback on every computer that restores into this database.")),
    }
}

fn of_another_role(error: Error) -> Error {
    if error.code() != Code::MissingRight {
        return error;
    }
    error.hint(
        "The schema snapback was made by another role: `snapback test` has the line that lets this one use it.",
    )
}

/// Whether the schema has what restores with files write.
///
/// # Errors
/// Errors of the connection.
pub(super) async fn has_files(session: &mut Session) -> Result<bool> {
    has_table(session, "snapback.file_move").await
}

/// Whether the schema has what computers note of their trails.
///
/// # Errors
/// Errors of the connection.
pub(crate) async fn has_trail(session: &mut Session) -> Result<bool> {
    has_table(session, "snapback.trail").await
}

async fn has_table(session: &mut Session, name: &str) -> Result<bool> {
    let sql = "SELECT to_regclass($1)::text";
    let found = session.fetch_text_rows(sql, &[Some(name)]).await?;
    Ok(matches!(
        found.first().and_then(|row| row.first()),
        Some(Some(_))
    ))
}

/// Brings a schema to version 2, for a restore with files.
///
/// # Errors
/// `missing_right` where another role has created it; errors of the connection.
pub(super) async fn install_files(session: &mut Session) -> Result<()> {
    complete(session, "snapback.file_move", FILES).await
}

/// Brings a schema to version 3, for the trails.
///
/// # Errors
/// `missing_right` where another role has created it; errors of the connection.
pub(crate) async fn install_trail(session: &mut Session) -> Result<()> {
    complete(session, "snapback.trail", TRAIL).await
}

/// Makes what came with a later version, which that table tells.
async fn complete(session: &mut Session, table: &str, sql: &str) -> Result<()> {
    if has_table(session, table).await? {
        return Ok(());
    }
    session.begin_read_committed().await?;
    session
        .run("SELECT pg_advisory_xact_lock(1397637456)")
        .await?;
    if has_table(session, table).await? {
        return session.rollback().await;
    }
    if let Err(error) = session.run(sql).await {
        session.rollback().await?;
        return Err(error);
    }
    session.commit().await
}

/// Creates the schema where it is missing; whether the role may was found before.
///
/// # Errors
/// Errors of the connection.
pub(crate) async fn install(session: &mut Session) -> Result<()> {
    if is_installed(session).await? {
        return Ok(());
    }
    session.begin_read_committed().await?;
    // Two first restores at once: the second finds the schema made.
    session
        .run("SELECT pg_advisory_xact_lock(1397637456)")
        .await?;
    if is_installed(session).await? {
        return session.rollback().await;
    }
    for sql in [SCHEMA, FILES, TRAIL] {
        if let Err(error) = session.run(sql).await {
            session.rollback().await?;
            return Err(error);
        }
    }
    session.commit().await
}

/// Removes everything that Snapback keeps in the database.
///
/// # Errors
/// `review_open` while a restore waits for Keep or Revert: its safety would go with it.
pub async fn uninstall(session: &mut Session) -> Result<bool> {
    if !is_installed(session).await? {
        return Ok(false);
    }
    let open = session
        .fetch_text_rows(
            "SELECT count(*)::text FROM snapback.review WHERE state = 'open'",
            &[],
        )
        .await?;
    if open.into_iter().flatten().next().flatten().as_deref() != Some("0") {
        return Err(Error::new(
            Code::ReviewOpen,
            "A restore waits for Keep or Revert; what it needs for that cannot be removed.",
        )
        .hint("Keep or revert it first; `snapback review` shows it."));
    }
    if has_files(session).await? {
        // What was only begun leads to nothing that could be switched.
        let sql = format!(
            "SELECT count(*)::text FROM snapback.file_work AS w WHERE NOT w.is_switched AND NOT {NOTHING_CAME}"
        );
        let waiting = session.fetch_text_rows(&sql, &[]).await?;
        if waiting.into_iter().flatten().next().flatten().as_deref() != Some("0") {
            return Err(super::files::storage_needed(None));
        }
    }
    session.run("DROP SCHEMA snapback CASCADE").await?;
    Ok(true)
}
