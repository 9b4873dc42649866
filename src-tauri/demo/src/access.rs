//! The roles of the demo's database and their passwords.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor};

use crate::app::App;
use crate::connection::Connection;
use crate::error::Error;
use crate::server::{random_password, write_private};

/// A role to enter the demo's database as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Owns the server.
    Superuser,
    /// Owns the application's tables and has no other right.
    Owner,
    /// May set `session_replication_role` (PostgreSQL 15 and newer), is a member of the owner
    /// and may create schemas.
    Restorer,
    /// May read everything, row security or not.
    Reader,
    /// May read; where the application has row security, every row is hidden from it.
    PlainReader,
}

impl Role {
    const WITH_PASSWORD: [Role; 4] = [Role::Owner, Role::Restorer, Role::Reader, Role::PlainReader];

    /// Its name in the server.
    pub fn name(self, app: App) -> &'static str {
        match self {
            Role::Superuser => crate::server::SUPERUSER,
            Role::Owner => app.owner(),
            Role::Restorer => "snapback_restorer",
            Role::Reader => "snapback_reader",
            Role::PlainReader => "plain_reader",
        }
    }
}

/// An application's database in a running server.
#[derive(Debug, Clone)]
pub struct DemoDatabase {
    app: App,
    superuser: Connection,
    passwords: BTreeMap<String, Secret>,
}

#[derive(Clone, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl DemoDatabase {
    /// Reads the passwords kept in a cluster's folder; `server` is its superuser's connection.
    ///
    /// # Errors
    /// [`Error::File`] when the folder holds no loaded demo.
    pub fn open(app: App, folder: &Path, server: &Connection) -> Result<DemoDatabase, Error> {
        Ok(DemoDatabase {
            app,
            superuser: server.with_database(app.name()),
            passwords: passwords(folder)?,
        })
    }

    /// Whose database it is.
    pub fn app(&self) -> App {
        self.app
    }

    /// How to enter as a role.
    pub fn connection(&self, role: Role) -> Connection {
        let name = role.name(self.app);
        match self.passwords.get(name) {
            Some(Secret(password)) => self.superuser.with_role(name, password),
            None => self.superuser.clone(),
        }
    }
}

fn passwords(folder: &Path) -> Result<BTreeMap<String, Secret>, Error> {
    let path = file(folder);
    let text = std::fs::read(&path).map_err(Error::file("reading", &path))?;
    serde_json::from_slice(&text).map_err(|bad| Error::file("reading", &path)(bad.into()))
}

/// Gives an application's roles passwords and keeps them in the cluster's folder, readable by its owner
/// alone. A role that another application has too keeps the one that it has.
pub(crate) async fn set_passwords(
    session: &mut PgConnection,
    app: App,
    folder: &Path,
) -> Result<(), Error> {
    let mut passwords = match file(folder).is_file() {
        true => passwords(folder)?,
        false => BTreeMap::new(),
    };
    for role in Role::WITH_PASSWORD {
        let name = role.name(app);
        let password = match passwords.remove(name) {
            Some(Secret(known)) => known,
            None => random_password(),
        };
        // ALTER ROLE takes no parameters: the server does the quoting.
        let statement: String =
            sqlx::query_scalar("SELECT format('ALTER ROLE %I PASSWORD %L', $1, $2)")
                .bind(name)
                .bind(&password)
                .fetch_one(&mut *session)
                .await
                .map_err(Error::database("setting passwords"))?;
        session
            .execute(AssertSqlSafe(statement))
            .await
            .map_err(Error::database("setting passwords"))?;
        passwords.insert(name.to_owned(), Secret(password));
    }
    let text = serde_json::to_string(&passwords)
        .map_err(|bad| Error::file("writing", file(folder))(bad.into()))?;
    write_private(&file(folder), &text)
}

pub(crate) fn file(folder: &Path) -> PathBuf {
    folder.join("roles.json")
}
