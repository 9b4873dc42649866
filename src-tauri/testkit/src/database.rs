//! A database for one test.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use snapback_demo::damage::inflict;
use snapback_demo::{
    App as DemoApp, COMPANIES, Connection, Damage, DemoDatabase, EphemeralServer, Role, Spec,
};
use snapback_engine::pg::{Ident, Password, Settings};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Connection as _};
use tokio::sync::Mutex;

use crate::server;

static DATABASES: AtomicU32 = AtomicU32::new(0);

/// A database that goes with the test that made it.
#[derive(Debug)]
pub struct TestDatabase {
    server: &'static EphemeralServer,
    connection: Connection,
    roles: Vec<String>,
    looking: Mutex<Option<PgConnection>>,
}

/// A role made for one test, with a password.
#[derive(Debug, Clone)]
pub struct TestRole {
    /// Its name.
    pub name: String,
    password: String,
}

impl TestDatabase {
    /// A database with nothing in it.
    pub async fn empty() -> Self {
        Self::copy(server::empty().await, "template0").await
    }

    /// A database in which that SQL was run.
    pub async fn with_sql(sql: &str) -> Self {
        let database = Self::empty().await;
        database.run(sql).await;
        database
    }

    /// The demo at scale 1: Carbon's schema with three companies.
    pub async fn demo() -> Self {
        Self::copy(server::with_demo().await, DemoApp::Carbon.name()).await
    }

    /// A demo like that, on a server of its own, which ends with the test process.
    pub async fn demo_of(spec: Spec) -> Self {
        let server: &'static EphemeralServer =
            Box::leak(Box::new(server::with_demo_of(spec).await));
        Self::copy(server, DemoApp::Carbon.name()).await
    }

    /// The same on a server of its own, whose processes may be killed; it ends with the test process.
    pub async fn on_own_server(sql: &str) -> Self {
        let server: &'static EphemeralServer = Box::leak(Box::new(server::fresh().await));
        let database = Self::copy(server, "template0").await;
        database.run(sql).await;
        database
    }

    /// Waits until the server lets people in again after one of its processes was killed, and the killed
    /// sessions are gone.
    ///
    /// # Panics
    /// Where it does not come back within a minute.
    pub async fn wait_for_restart(&self) {
        // A server that is about to end all sessions lets new ones in for a moment; one that asks for the
        // number of others, and is told none, is one after the restart.
        let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        for _ in 0..3_000 {
            if let Ok(mut session) = PgConnection::connect_with(&self.connection.options()).await {
                let found = sqlx::query_scalar::<_, i64>(others)
                    .fetch_one(&mut session)
                    .await;
                if found.is_ok_and(|found| found == 0) {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the server does not come back");
    }

    async fn copy(server: &'static EphemeralServer, template: &str) -> Self {
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{number}");
        let sql = format!(
            "CREATE DATABASE {name} TEMPLATE {template}{}",
            by_files(server)
        );
        run_on(server.connection(), &sql).await;
        Self {
            server,
            connection: server.connection().with_database(&name),
            roles: Vec::new(),
            looking: Mutex::default(),
        }
    }

    /// How to reach it as superuser, for what does not go through the engine.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Settings for the engine, as superuser.
    #[must_use]
    pub fn settings(&self) -> Settings {
        settings_of(&self.connection)
    }

    /// Settings for the engine, as that role.
    #[must_use]
    pub fn settings_as(&self, role: &TestRole) -> Settings {
        settings_of(&self.connection.with_role(&role.name, &role.password))
    }

    /// Settings for the engine, as one of the demo's roles.
    #[must_use]
    pub fn settings_as_demo_role(&self, role: Role) -> Settings {
        settings_of(&self.demo_connection(role))
    }

    /// Damages the demo's main company as its users could. How many rows were changed directly.
    pub async fn damage(&self, damage: Damage) -> u64 {
        let owner = self.demo_connection(Role::Owner);
        inflict(&owner.options(), DemoApp::Carbon, damage, COMPANIES[0].id)
            .await
            .expect("the demo can be damaged")
    }

    fn demo_connection(&self, role: Role) -> Connection {
        DemoDatabase::open(
            DemoApp::Carbon,
            self.server.folder(),
            self.server.connection(),
        )
        .expect("the database is a demo")
        .connection(role)
        .with_database(&self.connection.database)
    }

    /// The database as a URL with its password, for programs that are run.
    #[must_use]
    pub fn url(&self) -> String {
        self.connection.url()
    }

    /// The database as a URL with its password, as that role.
    #[must_use]
    pub fn url_as(&self, role: &TestRole) -> String {
        self.connection.with_role(&role.name, &role.password).url()
    }

    /// Makes a role that may log in, with further options such as `BYPASSRLS`. Roles belong to the
    /// whole server, so its name is not the one given: it only begins with it.
    pub async fn role(&mut self, name: &str, options: &str) -> TestRole {
        let role = TestRole {
            name: format!("{name}_{}", self.connection.database),
            password: "a password for tests".to_owned(),
        };
        let TestRole { name, password } = &role;
        self.run(&format!(
            "CREATE ROLE {} LOGIN PASSWORD '{password}' {options}",
            Ident(name)
        ))
        .await;
        self.roles.push(role.name.clone());
        role
    }

    /// Runs SQL as superuser, one statement or several, in a session of its own.
    pub async fn run(&self, sql: &str) {
        run_on(&self.connection, sql).await;
    }

    /// The one value, as text, of a query run as superuser.
    pub async fn value(&self, sql: &str) -> Option<String> {
        let mut session = self.connect().await;
        let sql = format!("SELECT ({sql})::text");
        let value = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(&mut session)
            .await;
        session.close().await.expect("the session closes");
        value.expect("the query runs")
    }

    /// The rows of a query, run as superuser in a session that stays: what a server must learn of each table
    /// that a new session asks for takes it longer than reading the table.
    pub(crate) async fn look(&self, sql: &str) -> Vec<PgRow> {
        let mut looking = self.looking.lock().await;
        // Tests end sessions, this one too; a query that cannot run fails again below.
        if let Some(mut session) = looking.take()
            && let Ok(rows) = query(&mut session, sql).await
        {
            *looking = Some(session);
            return rows;
        }
        let mut session = self.connect().await;
        let pins = "SET DateStyle = 'ISO'; SET TimeZone = 'UTC'; SET extra_float_digits = 3; SET bytea_output = 'hex'";
        query(&mut session, pins)
            .await
            .expect("settings can be set");
        let rows = query(&mut session, sql).await.expect("the query runs");
        *looking = Some(session);
        rows
    }

    /// A session of the driver alone, as superuser, with nothing pinned: another user of the database.
    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect_with(&self.connection.options())
            .await
            .expect("the server lets us in")
    }
}

impl Drop for TestDatabase {
    /// Gives the disk back; the server itself goes with the process.
    fn drop(&mut self) {
        // Somebody who is still there would be waited for.
        drop(self.looking.get_mut().take());
        let server = self.connection.with_database("postgres");
        let mut statements = vec![format!(
            "DROP DATABASE {} WITH (FORCE)",
            self.connection.database
        )];
        statements.extend(
            self.roles
                .iter()
                .map(|role| format!("DROP ROLE {}", Ident(role))),
        );
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                let mut session = PgConnection::connect_with(&server.options()).await?;
                for statement in statements {
                    sqlx::raw_sql(AssertSqlSafe(statement))
                        .execute(&mut session)
                        .await?;
                }
                session.close().await
            })
        });
        // A database that stays is not worth failing a test for.
        drop(dropping.join());
    }
}

/// Has the server copy a database file by file, a third of the time that page by page takes. PostgreSQL 14 does
/// nothing else, and has no word for it.
fn by_files(server: &EphemeralServer) -> &'static str {
    let version = std::fs::read_to_string(server.folder().join("data/PG_VERSION"));
    match version.unwrap_or_default().trim() {
        "14" => "",
        _ => " STRATEGY file_copy",
    }
}

async fn query(session: &mut PgConnection, sql: &str) -> Result<Vec<PgRow>, sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .fetch_all(session)
        .await
}

async fn run_on(connection: &Connection, sql: &str) {
    let mut session = PgConnection::connect_with(&connection.options())
        .await
        .expect("the server lets us in");
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut session)
        .await
        .expect("the test's SQL runs");
    session.close().await.expect("the session closes");
}

pub(crate) fn settings_of(connection: &Connection) -> Settings {
    Settings::new(
        &*connection.host,
        connection.port,
        &*connection.user,
        &*connection.database,
    )
    .with_password(Password::new(connection.password()))
}
