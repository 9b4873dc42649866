//! What can go wrong around the demo database.
//!
//! House rules: a variant exists for each thing that a person would do something different
//! about; texts carry paths and program names, never passwords, URLs or row values.

use std::path::PathBuf;

/// An error of the demo database.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No folder that was looked at holds `initdb`, `pg_ctl` and `postgres`.
    #[error("PostgreSQL's server programs were not found in any of the {looked_at} places")]
    BinariesNotFound {
        /// How many folders were looked at.
        looked_at: usize,
    },
    /// A program of the server could not be run, or ended with a failure.
    #[error("{program} failed: {detail}")]
    Program {
        /// Name of the program, without its folder.
        program: String,
        /// The last line that it wrote, or why it could not be started.
        detail: String,
    },
    /// PostgreSQL refuses to run as root, and no way to run it as somebody else was found.
    #[error("PostgreSQL does not run as root, and neither unshare nor setpriv works here")]
    CannotLeaveRoot,
    /// A file or folder could not be read or written.
    #[error("{action} {path}: {source}")]
    File {
        /// What was tried, as a verb ("reading", "writing").
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The server did not answer within the time that it was given.
    #[error("the demo server in {folder} did not answer within {seconds} s")]
    NotAnswering {
        /// The cluster's folder; its `server.log` says more.
        folder: PathBuf,
        /// How long we waited.
        seconds: u64,
    },
    /// No server has been set up in this folder.
    #[error("there is no demo database in {folder} yet")]
    NotSetUp {
        /// The folder that was looked at.
        folder: PathBuf,
    },
    /// Another process is starting, stopping or filling this demo database.
    #[error("another process is working on the demo database in {folder}")]
    Busy {
        /// The cluster's folder.
        folder: PathBuf,
    },
    /// The database refused a statement.
    #[error("{during}: the database refused")]
    Database {
        /// What was being done.
        during: &'static str,
        /// The driver's error.
        #[source]
        source: sqlx::Error,
    },
    /// No damage has that name.
    #[error("there is no damage called {name}")]
    UnknownDamage {
        /// The name that was given.
        name: String,
    },
    /// The demo has no application of that name.
    #[error("the demo has no application called {name}")]
    UnknownApp {
        /// The name that was given.
        name: String,
    },
    /// This operation exists only on Unix-like systems.
    #[error("{what} is not available on this operating system")]
    Unsupported {
        /// What was asked for.
        what: &'static str,
    },
}

impl Error {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Error::BinariesNotFound { .. } => "demo_binaries_not_found",
            Error::Program { .. } => "demo_program_failed",
            Error::CannotLeaveRoot => "demo_cannot_leave_root",
            Error::File { .. } => "demo_file",
            Error::NotAnswering { .. } => "demo_not_answering",
            Error::NotSetUp { .. } => "demo_not_set_up",
            Error::Busy { .. } => "demo_busy",
            Error::Database { .. } => "demo_database",
            Error::UnknownDamage { .. } => "demo_unknown_damage",
            Error::UnknownApp { .. } => "demo_unknown_app",
            Error::Unsupported { .. } => "demo_unsupported",
        }
    }

    pub(crate) fn file(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.into();
        move |source| Error::File {
            action,
            path,
            source,
        }
    }

    pub(crate) fn database(during: &'static str) -> impl FnOnce(sqlx::Error) -> Error {
        move |source| Error::Database { during, source }
    }
}
