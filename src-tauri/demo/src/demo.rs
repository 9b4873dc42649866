//! The demo as a person sees it: up, down, status, damage, reset.

use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _, Executor, Row as _};

use crate::access::{self, CarbonDatabase, DATABASE, Role};
use crate::carbon::catalog::Catalog;
use crate::connection::Connection;
use crate::damage::{self, Damage};
use crate::data::{self, COMPANIES, Spec};
use crate::error::Error;
use crate::server::{Binaries, DemoServer, ServerOptions, ServerStatus};

/// The name under which the database is filled; it gets its real one when it is complete.
const LOADING: &str = "carbon_loading";

/// A demo that is up and filled. Dropping the value leaves it up.
#[derive(Debug, Clone)]
pub struct Demo {
    server: DemoServer,
    database: CarbonDatabase,
}

/// What there is of a demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoStatus {
    /// Whether the server is set up and running.
    pub server: ServerStatus,
    /// The companies with their rows; empty while the server is down or the demo not loaded.
    pub companies: Vec<CompanyStatus>,
    /// Bytes of the database on disk, while the server is up.
    pub database_bytes: Option<u64>,
}

/// One company of the demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanyStatus {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Rows that carry its id, over all tables.
    pub row_count: u64,
}

impl Demo {
    /// Starts the server of `folder`, and fills the database where there is none yet. An
    /// interrupted filling is begun anew.
    ///
    /// # Errors
    /// As [`DemoServer::up`]; [`Error::Database`] when filling fails.
    pub async fn up(
        binaries: &Binaries,
        folder: &Path,
        options: &ServerOptions,
        spec: Spec,
    ) -> Result<Demo, Error> {
        let server = DemoServer::up(binaries, folder, options).await?;
        if !is_loaded(server.connection()).await? {
            fill(server.connection(), server.folder(), spec).await?;
            data::write_files(&storage_folder(server.folder()), spec)?;
        }
        Demo::of(server)
    }

    /// The demo of `folder`, if its server is up and the database filled.
    ///
    /// # Errors
    /// When the folder cannot be read or the server refuses us.
    pub async fn attach(folder: &Path) -> Result<Option<Demo>, Error> {
        let Some(server) = DemoServer::attach(folder).await? else {
            return Ok(None);
        };
        if !is_loaded(server.connection()).await? {
            return Ok(None);
        }
        Demo::of(server).map(Some)
    }

    /// Stops the server of `folder`. Tells whether it was running.
    ///
    /// # Errors
    /// As [`DemoServer::down`].
    pub async fn down(binaries: &Binaries, folder: &Path) -> Result<bool, Error> {
        DemoServer::down(binaries, folder).await
    }

    /// What is in `folder`.
    ///
    /// # Errors
    /// When the folder cannot be read or the server refuses us.
    pub async fn status(folder: &Path) -> Result<DemoStatus, Error> {
        let server = DemoServer::status(folder).await?;
        let (mut companies, mut database_bytes) = (vec![], None);
        if let Some(demo) = Demo::attach(folder).await? {
            let mut session = connect(&demo.connection(Role::Superuser)).await?;
            companies = count_rows(&mut session).await?;
            let bytes: i64 = sqlx::query_scalar("SELECT pg_database_size(current_database())")
                .fetch_one(&mut session)
                .await
                .map_err(Error::database("measuring the demo"))?;
            database_bytes = u64::try_from(bytes).ok();
        }
        Ok(DemoStatus {
            server,
            companies,
            database_bytes,
        })
    }

    /// How to enter the demo's database.
    pub fn connection(&self, role: Role) -> Connection {
        self.database.connection(role)
    }

    /// Damages the main company. Returns how many rows were changed directly. A second helping
    /// makes it worse.
    ///
    /// # Errors
    /// [`Error::Database`] when the database refuses; nothing is changed then.
    pub async fn damage(&self, damage: Damage) -> Result<u64, Error> {
        let owner = self.connection(Role::Owner);
        damage::inflict(&owner.options(), damage, COMPANIES[0].id).await
    }

    /// Throws the database away, sessions in it included, and fills a fresh one.
    ///
    /// # Errors
    /// [`Error::Database`] when that fails.
    pub async fn reset(&mut self, spec: Spec) -> Result<(), Error> {
        fill(self.server.connection(), self.server.folder(), spec).await?;
        data::write_files(&storage_folder(self.server.folder()), spec)?;
        self.database = CarbonDatabase::open(self.server.folder(), self.server.connection())?;
        Ok(())
    }

    fn of(server: DemoServer) -> Result<Demo, Error> {
        let database = CarbonDatabase::open(server.folder(), server.connection())?;
        Ok(Demo { server, database })
    }
}

/// Where the uploaded files of the demo in `folder` are, as self-hosted Supabase lays them out.
#[must_use]
pub fn storage_folder(folder: &Path) -> PathBuf {
    folder.join("storage")
}

/// Fills the server with a fresh demo. The database appears under its name in one step.
pub(crate) async fn fill(server: &Connection, folder: &Path, spec: Spec) -> Result<(), Error> {
    let refused = Error::database;
    let mut session = connect(server).await?;
    for name in [LOADING, DATABASE] {
        let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        session
            .execute(AssertSqlSafe(statement))
            .await
            .map_err(refused("dropping the database"))?;
    }
    session
        .execute(AssertSqlSafe(format!("CREATE DATABASE {LOADING}")))
        .await
        .map_err(refused("creating the database"))?;
    data::load(&server.with_database(LOADING).options(), spec).await?;
    access::set_passwords(&mut session, folder).await?;
    session
        .execute(AssertSqlSafe(format!(
            "ALTER DATABASE {LOADING} RENAME TO {DATABASE}"
        )))
        .await
        .map_err(refused("naming the database"))?;
    session
        .close()
        .await
        .map_err(refused("closing the session"))
}

async fn is_loaded(server: &Connection) -> Result<bool, Error> {
    let mut session = connect(server).await?;
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(DATABASE)
        .fetch_one(&mut session)
        .await
        .map_err(Error::database("looking for the demo database"))
}

async fn connect(connection: &Connection) -> Result<PgConnection, Error> {
    connection
        .options()
        .connect()
        .await
        .map_err(Error::database("connecting to the demo server"))
}

/// Rows of each company over all tables with its id, in one round trip.
async fn count_rows(session: &mut PgConnection) -> Result<Vec<CompanyStatus>, Error> {
    let counts: Vec<String> = Catalog::carbon()
        .tables
        .iter()
        .filter(|table| table.has("companyId"))
        .map(|table| {
            format!(
                r#"SELECT "companyId", count(*) AS n FROM public."{}" GROUP BY 1"#,
                table.name
            )
        })
        .collect();
    let statement = format!(
        r#"SELECT company."id", company."name", coalesce(sum(n), 0)::bigint
           FROM public.company LEFT JOIN ({}) AS counted ON "companyId" = company."id"
           GROUP BY 1, 2 ORDER BY 3 DESC"#,
        counts.join(" UNION ALL ")
    );
    let rows = sqlx::query(AssertSqlSafe(statement))
        .fetch_all(session)
        .await
        .map_err(Error::database("counting rows"))?;
    rows.iter()
        .map(|row| {
            Ok(CompanyStatus {
                id: row.try_get(0)?,
                name: row.try_get(1)?,
                row_count: u64::try_from(row.try_get::<i64, _>(2)?).unwrap_or_default(),
            })
        })
        .collect::<Result<_, sqlx::Error>>()
        .map_err(Error::database("counting rows"))
}
