//! Where it is measured: a server of its own with a large demo company, and the programs that are
//! timed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use snapback_demo::{
    App, Binaries, COMPANIES, Connection, Demo, DemoServer, Role, ServerOptions, Spec,
};
use snapback_engine::company::{self, Opened, Target};
use snapback_engine::pg::{Password, Settings};
use snapback_engine::profile;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};

/// The server that the first application served runs on, as Debian packs it: with `psql` and `pg_dump`
/// of the same version beside it.
const DEBIAN: &str = "/usr/lib/postgresql/15";

pub(crate) struct Place {
    folder: tempfile::TempDir,
    binaries: Binaries,
    demo: Demo,
}

impl Place {
    pub(crate) async fn new(scale: f64) -> Self {
        let binaries =
            Binaries::find(&[PathBuf::from(DEBIAN)]).expect("`make bench` installs PostgreSQL 15");
        let folder = tempfile::tempdir().expect("a folder can be made");
        let spec = Spec {
            scale,
            ..Spec::default()
        };
        let cluster = folder.path().join("server");
        let demo = Demo::up(
            &binaries,
            &cluster,
            &ServerOptions::default(),
            App::Carbon,
            spec,
        )
        .await
        .expect("the server starts and is filled");
        let place = Self {
            folder,
            binaries,
            demo,
        };
        place.run("VACUUM ANALYZE").await;
        place
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn company(&self) -> &'static str {
        COMPANIES[0].id
    }

    /// Where the demo's uploaded files are.
    pub(crate) fn storage(&self) -> PathBuf {
        snapback_demo::storage_folder(&self.folder.path().join("server"))
    }

    /// A company that is not backed up.
    pub(crate) fn other_company(&self) -> &'static str {
        COMPANIES[1].id
    }

    pub(crate) fn connection(&self, role: Role) -> Connection {
        self.demo.connection(role)
    }

    pub(crate) async fn connect(&self) -> PgConnection {
        self.connection(Role::Superuser)
            .options()
            .connect()
            .await
            .expect("the server lets us in")
    }

    /// Runs SQL as superuser.
    pub(crate) async fn run(&self, sql: &str) {
        let mut session = self.connect().await;
        session
            .execute(AssertSqlSafe(sql.to_owned()))
            .await
            .expect("the statement runs");
    }

    /// The e-mail address of one of the application's users.
    pub(crate) async fn somebody(&self) -> String {
        let sql = "SELECT email FROM public.\"user\" ORDER BY id LIMIT 1";
        let mut session = self.connect().await;
        sqlx::query_scalar(sql)
            .fetch_one(&mut session)
            .await
            .expect("the demo has users")
    }

    /// Lets that role use the schema `snapback`, which another role has created.
    pub(crate) async fn share_schema(&self, role: Role) {
        let role = role.name(App::Carbon);
        self.run(&format!(
            "GRANT USAGE ON SCHEMA snapback TO {role}; \
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA snapback TO {role}"
        ))
        .await;
    }

    /// Makes a database of that name that is as the demo's is now, in place of the one that bears it.
    pub(crate) async fn make_twin(&self, name: &str) {
        let connection = self.connection(Role::Superuser);
        let mut session = connection
            .with_database("postgres")
            .options()
            .connect()
            .await
            .expect("the server lets us in");
        // Nobody may be in a database that is copied.
        for sql in [
            format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"),
            format!(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{}'",
                connection.database
            ),
            format!(
                "CREATE DATABASE \"{name}\" TEMPLATE \"{}\"",
                connection.database
            ),
            "CHECKPOINT".to_owned(),
        ] {
            session
                .execute(AssertSqlSafe(sql))
                .await
                .expect("the statement runs");
        }
    }

    /// The company as the engine sees it.
    pub(crate) async fn open(&self) -> Opened {
        let database = self.connection(Role::Superuser).database;
        self.open_company(&database, self.company()).await
    }

    /// A company of that database, by name or key.
    pub(crate) async fn open_company(&self, database: &str, company: &str) -> Opened {
        let connection = self.connection(Role::Superuser).with_database(database);
        let settings = Settings::new(
            &*connection.host,
            connection.port,
            &*connection.user,
            &*connection.database,
        )
        .with_password(Password::new(connection.password()));
        let target = Target {
            settings,
            profile: profile::built_in("carbon").expect("it is built in"),
            acting_as: None,
            catalogs: None,
        };
        company::open(&target, company)
            .await
            .expect("the company opens")
    }

    /// The command `snapback` on this company, as that role, with a library of its own.
    pub(crate) fn snapback(&self, role: Role, arguments: &[&str]) -> Command {
        let mut command = self.snapback_anywhere(role, arguments);
        command.args(["--company", self.company()]);
        command
    }

    /// The same on no company in particular.
    pub(crate) fn snapback_anywhere(&self, role: Role, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_snapback"));
        command
            .args(arguments)
            .args(["--progress", "none"])
            .env("SNAPBACK_DATABASE_URL", self.connection(role).url())
            .env("SNAPBACK_LIBRARY", self.folder().join("library"))
            .env("XDG_DATA_HOME", self.folder().join("data"));
        command
    }

    /// One of the server's own programs, as superuser.
    pub(crate) fn program(&self, name: &str) -> Command {
        let connection = self.connection(Role::Superuser);
        let mut command = Command::new(Path::new(DEBIAN).join("bin").join(name));
        command
            .env("PGPASSWORD", connection.password())
            .env("PGHOST", &connection.host)
            .env("PGPORT", connection.port.to_string())
            .env("PGUSER", &connection.user)
            .env("PGDATABASE", &connection.database);
        command
    }

    /// `psql` with a script, its output thrown away.
    pub(crate) fn psql(&self, name: &str, script: &str) -> Command {
        let path = self.folder().join(format!("{name}.sql"));
        fs::write(&path, script).expect("the script can be written");
        let mut command = self.program("psql");
        command
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", "-f"])
            .arg(path);
        command
    }

    pub(crate) async fn down(self) {
        let cluster = self.folder.path().join("server");
        DemoServer::down(&self.binaries, &cluster)
            .await
            .expect("the server stops");
    }
}
