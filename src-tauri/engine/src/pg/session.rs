use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

use super::copy::{CopyIn, CopyOut};
use super::exported::SnapshotId;
use super::{failed, failure, pins, pooler};
use crate::error::{Code, Error, Result};
use crate::model::Company;

use super::settings::Settings;

const OLDEST_SERVER: u32 = 140_000;
const FIRST_TOO_NEW_SERVER: u32 = 190_000;

/// What the open transaction is for; decides what a connection lost at its end means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transaction {
    Reads,
    Writes,
}

/// One connection, set to read and write values exactly (see `pins.rs`), straight to the server.
///
/// Dropping it closes the connection, and the server rolls back what was not committed.
pub struct Session {
    connection: PgConnection,
    // A copy began and did not come to its end: the conversation with the server is out of step.
    copying: bool,
    transaction: Option<Transaction>,
    server_version: u32,
    backend_pid: i32,
    is_read_only: bool,
}

impl Session {
    /// Connects, refuses what is not a session of its own with a server of version 14 to 18, and
    /// pins its settings. The first session of some settings also opens a second one for a moment,
    /// to see whether a pooler mixes them; nothing is set before that is known, since a pooler would
    /// hand our settings to the application.
    ///
    /// # Errors
    /// `connect_failed`, `wrong_password`, `no_such_database`, `tls_failed`, `transaction_pooler`,
    /// `unsupported_server`.
    pub async fn open(settings: &Settings) -> Result<Self> {
        let mut connection = connect(settings).await?;
        if !settings.is_known_direct() {
            pooler::refuse_transaction_pooler(&mut connection, settings).await?;
            settings.note_direct();
        }
        let (backend_pid, server_version) = backend(&mut connection).await?;
        if !(OLDEST_SERVER..FIRST_TOO_NEW_SERVER).contains(&server_version) {
            return Err(Error::new(
                Code::UnsupportedServer,
                "This version of Postgres is not supported.",
            )
            .with("server_version", server_version)
            .hint("Supported are the versions 14 to 18."));
        }
        let mut session = Self {
            connection,
            copying: false,
            transaction: None,
            server_version,
            backend_pid,
            is_read_only: settings.is_read_only(),
        };
        session
            .run(&pins::statement(server_version, settings.is_read_only()))
            .await?;
        if let Err(error) = session.run(pins::CLIENT_CHECK).await
            && error.code() != Code::DatabaseFailed
        {
            return Err(error);
        }
        Ok(session)
    }

    /// The server's version as a number, such as 150020.
    #[must_use]
    pub fn server_version(&self) -> u32 {
        self.server_version
    }

    /// The process of the server that serves this session.
    #[must_use]
    pub fn backend_pid(&self) -> i32 {
        self.backend_pid
    }

    /// Tells the session whose rows are wanted: predicates read `current_setting('snapback.company')`
    /// and `current_setting('snapback.group')` (empty where there is no group), so that neither is
    /// ever part of SQL text. Holds until it is set again; inside a transaction that is rolled back
    /// it is rolled back too.
    ///
    /// # Errors
    /// As [`failed`] maps them.
    pub async fn set_company(&mut self, company: &Company) -> Result<()> {
        let sql = "SELECT pg_catalog.set_config('snapback.company', $1, false), pg_catalog.set_config('snapback.group', $2, false)";
        self.fetch_text_rows(
            sql,
            &[
                Some(company.id.as_str()),
                Some(company.group.as_deref().unwrap_or("")),
            ],
        )
        .await?;
        Ok(())
    }

    /// Runs one statement or several, without values; the number of rows they touched together.
    ///
    /// # Errors
    /// As [`failed`] maps them.
    pub async fn run(&mut self, sql: &str) -> Result<u64> {
        self.usable()?;
        match sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut self.connection)
            .await
        {
            Ok(done) => Ok(done.rows_affected()),
            Err(error) => Err(failed(error)),
        }
    }

    /// The connection, for queries with bound values; their errors go through [`failed`].
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// The rows of a query whose columns are all text (cast them), with text values bound.
    ///
    /// # Errors
    /// As [`failed`] maps them; `defect` where a column is not text.
    pub async fn fetch_text_rows(
        &mut self,
        sql: &str,
        values: &[Option<&str>],
    ) -> Result<Vec<Vec<Option<String>>>> {
        self.usable()?;
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
        for value in values {
            query = query.bind(*value);
        }
        let rows = query
            .fetch_all(&mut self.connection)
            .await
            .map_err(failed)?;
        rows.iter()
            .map(|row| {
                (0..row.len())
                    .map(|index| row.try_get(index).map_err(failed))
                    .collect()
            })
            .collect()
    }

    /// Begins a `COPY ... TO STDOUT`.
    ///
    /// # Errors
    /// As [`failed`] maps them; the session stays usable then (inside a transaction: for a rollback).
    pub async fn copy_out(&mut self, sql: &str) -> Result<CopyOut<'_>> {
        self.usable()?;
        CopyOut::begin(&mut self.connection, &mut self.copying, sql).await
    }

    /// Begins a `COPY ... FROM STDIN`.
    ///
    /// # Errors
    /// As [`failed`] maps them.
    pub async fn copy_in(&mut self, sql: &str) -> Result<CopyIn<'_>> {
        self.usable()?;
        CopyIn::begin(&mut self.connection, &mut self.copying, sql).await
    }

    /// Begins a transaction that sees at each statement what is committed by then, and that may
    /// write unless the connection only reads: the server then refuses what writes.
    ///
    /// # Errors
    /// As [`failed`] maps them.
    pub async fn begin_read_committed(&mut self) -> Result<()> {
        let (sql, purpose) = if self.is_read_only {
            (
                "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY",
                Transaction::Reads,
            )
        } else {
            (
                "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
                Transaction::Writes,
            )
        };
        self.begin(sql, purpose).await
    }

    /// Begins a transaction that sees the database as the exported snapshot does. The transaction
    /// that exported it must still be open: [`super::ExportedSnapshot::import`] sees to that.
    ///
    /// # Errors
    /// As [`failed`] maps them.
    pub async fn begin_snapshot_reader(&mut self, snapshot: &SnapshotId) -> Result<()> {
        let sql = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '{snapshot}'"
        );
        self.begin(&sql, Transaction::Reads).await
    }

    /// Begins a transaction that reads one instant; the first statement that reads fixes it, a LOCK
    /// before that does not. It may wait for others who read it, however impatient the server is.
    pub(super) async fn begin_one_instant(&mut self) -> Result<()> {
        let sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
                   SET LOCAL idle_in_transaction_session_timeout = 0";
        self.begin(sql, Transaction::Reads).await
    }

    async fn begin(&mut self, sql: &str, purpose: Transaction) -> Result<()> {
        if self.transaction.is_some() {
            self.rollback().await?;
        }
        self.transaction = Some(purpose);
        self.run(sql).await?;
        Ok(())
    }

    /// Commits. A transaction in which a statement failed is refused here (the server would roll it
    /// back and call that a success).
    ///
    /// # Errors
    /// `outcome_unknown` where the connection died and the transaction may have written; else as
    /// [`failed`] maps them.
    pub async fn commit(&mut self) -> Result<()> {
        let purpose = self.transaction.take();
        match self.run("SELECT 1; COMMIT").await {
            Ok(_) => Ok(()),
            Err(error)
                if error.code() == Code::ConnectionLost && purpose == Some(Transaction::Writes) =>
            {
                Err(Error::new(
                    Code::OutcomeUnknown,
                    "The connection was lost while the changes were being committed.",
                )
                .hint("Whether they hold is known as soon as the server can be asked again."))
            }
            Err(error) => {
                self.transaction = purpose;
                Err(error)
            }
        }
    }

    /// Rolls back.
    ///
    /// # Errors
    /// As [`failed`] maps them; the server rolls back all the same once the session is dropped.
    pub async fn rollback(&mut self) -> Result<()> {
        self.run("ROLLBACK").await?;
        self.transaction = None;
        Ok(())
    }

    /// Asks the server for a sign of life, as a session that holds locks must from time to time.
    ///
    /// # Errors
    /// `connection_lost`.
    pub async fn ping(&mut self) -> Result<()> {
        self.usable()?;
        self.connection.ping().await.map_err(failed)
    }

    /// Says good-bye to the server and waits for it to be sent.
    pub async fn close(self) {
        // The server ends the session with or without the good-bye.
        drop(self.connection.close().await);
    }

    fn usable(&self) -> Result<()> {
        if self.copying {
            return Err(Error::new(
                Code::ConnectionLost,
                "A copy on this connection was given up half-way, which ends it.",
            ));
        }
        Ok(())
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("backend_pid", &self.backend_pid)
            .field("server_version", &self.server_version)
            .finish_non_exhaustive()
    }
}

/// A connection with nothing set yet.
pub(super) async fn connect(settings: &Settings) -> Result<PgConnection> {
    settings.check_files().await?;
    let options = settings.options();
    match tokio::time::timeout(
        settings.connect_timeout(),
        PgConnection::connect_with(&options),
    )
    .await
    {
        Ok(Ok(connection)) => {
            #[cfg(target_os = "linux")]
            super::nodelay::send_at_once(settings.port());
            Ok(connection)
        }
        Ok(Err(error)) => Err(failure::failed_to_connect(error, &settings.target())),
        Err(_) => Err(failure::not_reached(&settings.target()).because("no answer in time")),
    }
}

async fn backend(connection: &mut PgConnection) -> Result<(i32, u32)> {
    let sql =
        "SELECT pg_catalog.pg_backend_pid(), pg_catalog.current_setting('server_version_num')";
    let row = sqlx::raw_sql(sql)
        .fetch_one(connection)
        .await
        .map_err(failed)?;
    let version: String = row.try_get(1).map_err(failed)?;
    let version = version.parse().map_err(|_| {
        Error::new(
            Code::UnsupportedServer,
            "The server does not tell its version.",
        )
    })?;
    Ok((row.try_get(0).map_err(failed)?, version))
}
