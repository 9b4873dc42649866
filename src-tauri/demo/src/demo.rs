//! The demo as a person sees it: up, down, status, damage, reset.

use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection as _, Executor, Row as _};

use crate::access::{self, DemoDatabase, Role};
use crate::app::App;
use crate::carbon::catalog::Catalog;
use crate::connection::Connection;
use crate::damage::{self, Damage};
use crate::data::{self, Spec};
use crate::error::Error;
use crate::server::{Binaries, DemoServer, ServerOptions, ServerStatus};
use crate::stockflow;

/// One application of a demo that is up and filled. Dropping the value leaves it up.
#[derive(Debug, Clone)]
pub struct Demo {
    server: DemoServer,
    database: DemoDatabase,
}

/// What there is of a demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoStatus {
    /// Whether the server is set up and running.
    pub server: ServerStatus,
    /// The companies of all applications with their rows; empty while the server is down or none is loaded.
    pub companies: Vec<CompanyStatus>,
    /// Bytes of the applications' databases on disk, while the server is up.
    pub database_bytes: Option<u64>,
}

/// One company of the demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanyStatus {
    /// Whose company it is.
    pub app: App,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Rows that carry its id, over all tables.
    pub row_count: u64,
}

impl Demo {
    /// Starts the server of `folder`, and fills the application's database where there is none yet. An
    /// interrupted filling is begun anew.
    ///
    /// # Errors
    /// As [`DemoServer::up`]; [`Error::Database`] when filling fails.
    pub async fn up(
        binaries: &Binaries,
        folder: &Path,
        options: &ServerOptions,
        app: App,
        spec: Spec,
    ) -> Result<Demo, Error> {
        let server = DemoServer::up(binaries, folder, options).await?;
        if !loaded(server.connection()).await?.contains(&app) {
            make(&server, app, spec).await?;
        }
        Demo::of(server, app)
    }

    /// The application's demo in `folder`, if the server is up and the database filled; without a name,
    /// that of the first application that there is.
    ///
    /// # Errors
    /// When the folder cannot be read or the server refuses us.
    pub async fn attach(folder: &Path, app: Option<App>) -> Result<Option<Demo>, Error> {
        let Some(server) = DemoServer::attach(folder).await? else {
            return Ok(None);
        };
        let loaded = loaded(server.connection()).await?;
        let mut found = loaded
            .into_iter()
            .filter(|found| app.is_none_or(|app| app == *found));
        found.next().map(|app| Demo::of(server, app)).transpose()
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
        for app in App::ALL {
            let Some(demo) = Demo::attach(folder, Some(app)).await? else {
                continue;
            };
            let mut session = connect(&demo.connection(Role::Superuser)).await?;
            companies.extend(count_rows(&mut session, app).await?);
            let bytes: i64 = sqlx::query_scalar("SELECT pg_database_size(current_database())")
                .fetch_one(&mut session)
                .await
                .map_err(Error::database("measuring the demo"))?;
            database_bytes = Some(database_bytes.unwrap_or(0) + u64::try_from(bytes).unwrap_or(0));
        }
        Ok(DemoStatus {
            server,
            companies,
            database_bytes,
        })
    }

    /// Whose demo it is.
    pub fn app(&self) -> App {
        self.database.app()
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
        let (company, _) = self.app().main_company();
        damage::inflict(&owner.options(), self.app(), damage, company).await
    }

    /// Throws the database away, sessions in it included, and fills a fresh one.
    ///
    /// # Errors
    /// [`Error::Database`] when that fails.
    pub async fn reset(&mut self, spec: Spec) -> Result<(), Error> {
        let app = self.app();
        make(&self.server, app, spec).await?;
        self.database = DemoDatabase::open(app, self.server.folder(), self.server.connection())?;
        Ok(())
    }

    fn of(server: DemoServer, app: App) -> Result<Demo, Error> {
        let database = DemoDatabase::open(app, server.folder(), server.connection())?;
        Ok(Demo { server, database })
    }
}

/// Where the uploaded files of the demo in `folder` are, as self-hosted Supabase lays them out.
#[must_use]
pub fn storage_folder(folder: &Path) -> PathBuf {
    folder.join("storage")
}

/// Makes an application's database anew, and its uploaded files where it has such.
async fn make(server: &DemoServer, app: App, spec: Spec) -> Result<(), Error> {
    fill(server.connection(), server.folder(), app, spec).await?;
    match app {
        App::Carbon => data::write_files(&storage_folder(server.folder()), spec).map(drop),
        App::StockFlow => Ok(()),
    }
}

/// Fills the server with a fresh demo of that application. The database appears under its name in one
/// step.
pub(crate) async fn fill(
    server: &Connection,
    folder: &Path,
    app: App,
    spec: Spec,
) -> Result<(), Error> {
    let refused = Error::database;
    let mut session = connect(server).await?;
    let name = app.name();
    let loading = format!("{name}_loading");
    for name in [loading.as_str(), name] {
        let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        session
            .execute(AssertSqlSafe(statement))
            .await
            .map_err(refused("dropping the database"))?;
    }
    session
        .execute(AssertSqlSafe(format!("CREATE DATABASE {loading}")))
        .await
        .map_err(refused("creating the database"))?;
    app.load(&server.with_database(&loading).options(), spec)
        .await?;
    access::set_passwords(&mut session, app, folder).await?;
    session
        .execute(AssertSqlSafe(format!(
            "ALTER DATABASE {loading} RENAME TO {name}"
        )))
        .await
        .map_err(refused("naming the database"))?;
    session
        .close()
        .await
        .map_err(refused("closing the session"))
}

/// The applications whose databases are there, the usual one first.
async fn loaded(server: &Connection) -> Result<Vec<App>, Error> {
    let mut session = connect(server).await?;
    let names: Vec<String> = sqlx::query_scalar("SELECT datname::text FROM pg_database")
        .fetch_all(&mut session)
        .await
        .map_err(Error::database("looking for the demo database"))?;
    let apps = App::ALL.into_iter();
    Ok(apps
        .filter(|app| names.iter().any(|name| name == app.name()))
        .collect())
}

async fn connect(connection: &Connection) -> Result<PgConnection, Error> {
    connection
        .options()
        .connect()
        .await
        .map_err(Error::database("connecting to the demo server"))
}

/// Rows of each company, the largest first, in one round trip.
async fn count_rows(session: &mut PgConnection, app: App) -> Result<Vec<CompanyStatus>, Error> {
    let statement = match app {
        App::Carbon => count_carbon(),
        App::StockFlow => stockflow::COUNT.to_owned(),
    };
    let rows = sqlx::query(AssertSqlSafe(statement))
        .fetch_all(session)
        .await
        .map_err(Error::database("counting rows"))?;
    rows.iter()
        .map(|row| {
            let count: i64 = row.try_get(2)?;
            Ok(CompanyStatus {
                app,
                id: row.try_get(0)?,
                name: row.try_get(1)?,
                row_count: u64::try_from(count).unwrap_or_default(),
            })
        })
        .collect::<Result<_, sqlx::Error>>()
        .map_err(Error::database("counting rows"))
}

/// Id, name and rows of each of Carbon's companies, over all tables with its id.
fn count_carbon() -> String {
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
    format!(
        r#"SELECT company."id", company."name", coalesce(sum(n), 0)::bigint
           FROM public.company LEFT JOIN ({}) AS counted ON "companyId" = company."id"
           GROUP BY 1, 2 ORDER BY 3 DESC"#,
        counts.join(" UNION ALL ")
    )
}
