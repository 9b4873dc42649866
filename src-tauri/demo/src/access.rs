//! The roles of the demo's database and their passwords.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor};

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
    /// May read, and row security hides every row from it.
    PlainReader,
}

impl Role {
    const WITH_PASSWORD: [Role; 4] = [Role::Owner, Role::Restorer, Role::Reader, Role::PlainReader];

    /// Its name in the server.
    pub fn name(self) -> &'static str {
        match self {
            Role::Superuser => crate::server::SUPERUSER,
            Role::Owner => "carbon_owner",
            Role::Restorer => "snapback_restorer",
            Role::Reader => "snapback_reader",
            Role::PlainReader => "plain_reader",
        }
    }
}

/// Name of the demo's database.
pub const DATABASE: &str = "carbon";

/// The demo's database in a running server.
#[derive(Debug, Clone)]
pub struct CarbonDatabase {
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

impl CarbonDatabase {
    /// Reads the passwords kept in a cluster's folder; `server` is its superuser's connection.
    ///
    /// # Errors
    /// [`Error::File`] when the folder holds no loaded demo.
    pub fn open(folder: &Path, server: &Connection) -> Result<CarbonDatabase, Error> {
        let path = file(folder);
        let text = std::fs::read(&path).map_err(Error::file("reading", &path))?;
        let passwords = serde_json::from_slice(&text)
            .map_err(|bad| Error::file("reading", &path)(bad.into()))?;
        Ok(CarbonDatabase {
            superuser: server.with_database(DATABASE),
            passwords,
        })
    }

    /// How to enter as a role.
    pub fn connection(&self, role: Role) -> Connection {
        match self.passwords.get(role.name()) {
            Some(Secret(password)) => self.superuser.with_role(role.name(), password),
            None => self.superuser.clone(),
        }
    }
}

/// Gives the roles fresh passwords and keeps them in the cluster's folder, readable by its owner
/// alone.
pub(crate) async fn set_passwords(session: &mut PgConnection, folder: &Path) -> Result<(), Error> {
    let mut passwords = BTreeMap::new();
    for role in Role::WITH_PASSWORD {
        let password = random_password();
        // ALTER ROLE takes no parameters: the server does the quoting.
        let statement: String =
            sqlx::query_scalar("SELECT format('ALTER ROLE %I PASSWORD %L', $1, $2)")
                .bind(role.name())
                .bind(&password)
                .fetch_one(&mut *session)
                .await
                .map_err(Error::database("setting passwords"))?;
        session
            .execute(AssertSqlSafe(statement))
            .await
            .map_err(Error::database("setting passwords"))?;
        passwords.insert(role.name().to_owned(), Secret(password));
    }
    let text = serde_json::to_string(&passwords)
        .map_err(|bad| Error::file("writing", file(folder))(bad.into()))?;
    write_private(&file(folder), &text)
}

pub(crate) fn file(folder: &Path) -> PathBuf {
    folder.join("roles.json")
}
