use std::io;

use sqlx::postgres::PgDatabaseError;

use crate::error::{Code, Error};

/// Maps a failure of the driver or the server. Only names and codes go over: the server's message,
/// detail and context hold row values.
#[must_use]
pub fn failed(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(inner) => match inner.try_downcast_ref::<PgDatabaseError>() {
            Some(database) => with_names(by_sqlstate(database), database),
            None => Error::new(
                Code::Defect,
                "The database driver reported an error of another database.",
            ),
        },
        sqlx::Error::Io(inner) => lost().because(inner.kind().to_string()),
        sqlx::Error::Tls(_) => tls_failed(),
        sqlx::Error::Configuration(_) | sqlx::Error::InvalidArgument(_) => Error::new(
            Code::InvalidConnection,
            "The connection settings do not fit together.",
        ),
        // The driver lost its place in the conversation: the connection cannot be used any more.
        sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
            lost().because("unexpected answer")
        }
        sqlx::Error::RowNotFound => Error::new(
            Code::DatabaseFailed,
            "The database gave no row where there must be one.",
        ),
        other => Error::new(Code::Defect, "A query and its result do not fit together.")
            .because(kind_of(&other)),
    }
}

/// Maps a failure while the connection is being made, where a broken stream means "not reached".
pub(super) fn failed_to_connect(error: sqlx::Error, target: &str) -> Error {
    let mapped = match error {
        // TLS trouble inside the handshake arrives as invalid data on the stream.
        sqlx::Error::Io(inner) if inner.kind() == io::ErrorKind::InvalidData => tls_failed(),
        sqlx::Error::Io(inner) => not_reached(target).because(inner.kind().to_string()),
        sqlx::Error::Protocol(_) => not_reached(target)
            .because("unexpected answer")
            .hint("Is this really the port of a Postgres server, with a password method that it shares with us?"),
        other => failed(other),
    };
    mapped.with("server", target)
}

/// The error of a server that did not answer in time.
pub(super) fn not_reached(target: &str) -> Error {
    Error::new(
        Code::ConnectFailed,
        "The database server cannot be reached.",
    )
    .with("server", target)
    .hint("Check host and port, and that the server is running and lets this computer in.")
}

/// Whether the statement lost against another transaction (a serialization conflict, a deadlock, a
/// lock not had) and may succeed when its whole transaction is made again.
#[must_use]
pub fn may_succeed_when_retried(error: &Error) -> bool {
    error
        .context()
        .get("sqlstate")
        .is_some_and(|state| matches!(state.as_str(), "40001" | "40P01" | "55P03"))
}

fn by_sqlstate(database: &PgDatabaseError) -> Error {
    match database.code() {
        "28P01" | "28000" => Error::new(Code::WrongPassword, "The server refuses this user or password.")
            .hint("Check user and password, and that pg_hba.conf lets this user in from here."),
        "3D000" => Error::new(Code::NoSuchDatabase, "There is no such database on this server."),
        // Raised by the server's row security, not by its access rights.
        "42501" if database.routine() == Some("check_enable_rls") => hidden_rows(),
        "25006" => read_only(),
        "42501" => Error::new(Code::MissingRight, "This database role lacks a right that is needed here."),
        "53100" => Error::new(Code::ServerDiskFull, "The database server has no room left on its disk."),
        "53200" => Error::new(Code::DatabaseFailed, "The database server is out of memory for this statement or its locks.")
            .hint("If it says so again, an administrator should raise max_locks_per_transaction or work memory."),
        "53300" => Error::new(Code::ConnectFailed, "The database server has no free connection.")
            .hint("Try again later, or ask an administrator to raise max_connections."),
        "55P03" => Error::new(Code::LockNotHad, "A lock could not be had in time, since another session holds it."),
        "57P03" => Error::new(Code::ConnectFailed, "The database server is starting up or shutting down."),
        "57014" => Error::new(Code::DatabaseFailed, "The statement was cancelled on the server."),
        "40001" | "40P01" => Error::new(Code::DatabaseFailed, "The statement lost against another transaction."),
        // Shut down, crashed, dropped, timed out by the server: the session is gone.
        "57P01" | "57P02" | "57P04" | "57P05" | "25P03" | "25P04" => lost(),
        state if state.starts_with("08") => lost(),
        _ => Error::new(Code::DatabaseFailed, "The database refused a statement."),
    }
}

/// The error of rows that row security would hide.
pub(super) fn hidden_rows() -> Error {
    Error::new(
        Code::HiddenRows,
        "Row security would hide rows from this role, so the result could be short.",
    )
    .hint("Use a role with BYPASSRLS: ALTER ROLE ... BYPASSRLS, run by an administrator.")
}

/// The error of a write over a connection that only reads.
pub(super) fn read_only() -> Error {
    Error::new(
        Code::ConnectionReadOnly,
        "This connection may only read; nothing was changed.",
    )
    .hint("Use a connection that may write. A standby server never can.")
}

fn lost() -> Error {
    Error::new(
        Code::ConnectionLost,
        "The connection to the database was lost.",
    )
}

fn tls_failed() -> Error {
    Error::new(Code::TlsFailed, "A protected (TLS) connection to the server could not be made.").hint(
        "Check the server's certificate and sslrootcert. In the connection string, sslmode=require encrypts without checking whose server it is, and sslmode=disable does not encrypt at all.",
    )
}

fn with_names(error: Error, database: &PgDatabaseError) -> Error {
    let table = match (database.schema(), database.table()) {
        (Some(schema), Some(table)) => Some(format!("{schema}.{table}")),
        (_, table) => table.map(str::to_owned),
    };
    let facts = [
        ("sqlstate", Some(database.code().to_owned())),
        ("table", table),
        ("column", database.column().map(str::to_owned)),
        ("constraint", database.constraint().map(str::to_owned)),
        ("type", database.data_type().map(str::to_owned)),
        // The function of the server that raised it: tells two errors of one SQLSTATE apart.
        ("raised_by", database.routine().map(str::to_owned)),
    ];
    facts
        .into_iter()
        .fold(error, |error, (key, value)| match value {
            Some(value) => error.with(key, value),
            None => error,
        })
}

fn kind_of(error: &sqlx::Error) -> &'static str {
    match error {
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => "a value could not be read",
        sqlx::Error::Encode(_) => "a value could not be bound",
        sqlx::Error::ColumnNotFound(_) | sqlx::Error::ColumnIndexOutOfBounds { .. } => {
            "a column is missing"
        }
        sqlx::Error::TypeNotFound { .. } => "a type is missing",
        _ => "another failure of the driver",
    }
}
