//! What the session's role may do, read before anything starts, so that what is missing is said up
//! front with the line that an administrator runs.

use std::collections::BTreeMap;

use super::quote::Ident;
use super::session::Session;
use super::{failed, failure};
use crate::error::{Code, Error, Result};
use crate::model::TableName;

/// `GRANT SET ON PARAMETER` came with this version.
const PARAMETERS_CAN_BE_GRANTED: u32 = 150_000;

/// How many tables a message names before it counts the others.
const NAMED_TABLES: usize = 3;

/// What the role may do with one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableRights {
    /// It is the owner, or a member of it.
    pub owned: bool,
    /// It may SELECT.
    pub readable: bool,
    /// It may INSERT, UPDATE and DELETE.
    pub writable: bool,
    /// It may hold rows against change, as `FOR KEY SHARE` does.
    pub lockable: bool,
    /// Row security applies to it there: it could see less than there is.
    pub hides_rows: bool,
}

/// What the role may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// The role.
    pub role: String,
    /// It may do everything.
    pub superuser: bool,
    /// Row security never applies to it.
    pub bypasses_row_security: bool,
    /// It may silence triggers and reference checks by `session_replication_role`.
    pub may_set_replica_role: bool,
    /// It may create the schema `snapback`.
    pub may_create_schema: bool,
    /// By table; one that does not exist is missing.
    pub tables: BTreeMap<TableName, TableRights>,
    server_version: u32,
}

/// By which rights a restore writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestorePath {
    /// As superuser.
    Superuser,
    /// With `session_replication_role` granted.
    ReplicaRole,
    /// As the owner of all tables, disabling their triggers by name.
    PlainOwner,
    /// Not at all.
    Not {
        /// What is missing, as a sentence.
        missing: String,
        /// What an administrator runs or what to do instead, in one line.
        remedy: String,
    },
}

impl Rights {
    /// Reads the rights of the session's role on those tables. Outside of a transaction only: whether
    /// the replica role may be set is found by setting it in a transaction that is rolled back, since
    /// Supabase allows it to roles that have no such right in the catalog.
    ///
    /// # Errors
    /// As [`failed`] maps them.
    pub async fn read(session: &mut Session, tables: &[TableName]) -> Result<Self> {
        let sql = "SELECT r.rolname::text, r.rolsuper, r.rolbypassrls, pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
                     FROM pg_catalog.pg_roles AS r WHERE r.rolname = current_user";
        let (role, superuser, bypasses, may_create_schema) = sqlx::query_as(sql)
            .persistent(false)
            .fetch_one(session.connection())
            .await
            .map_err(failed)?;
        Ok(Self {
            role,
            superuser,
            bypasses_row_security: superuser || bypasses,
            may_set_replica_role: superuser || may_set_replica_role(session).await?,
            may_create_schema,
            tables: by_table(session, tables).await?,
            server_version: session.server_version(),
        })
    }

    /// The same, of those tables alone.
    #[must_use]
    pub fn on(&self, tables: &[TableName]) -> Self {
        let of = |table: &TableName| Some((table.clone(), *self.tables.get(table)?));
        Self {
            tables: tables.iter().filter_map(of).collect(),
            ..self.clone()
        }
    }

    /// Whether every row of the table can be read.
    #[must_use]
    pub fn may_read(&self, table: &TableName) -> bool {
        self.tables
            .get(table)
            .is_some_and(|rights| rights.readable && !rights.hides_rows)
    }

    /// Makes sure that every row of all tables that were asked for can be read.
    ///
    /// # Errors
    /// `missing_right`, `hidden_rows`; both name tables and the line for an administrator.
    pub fn check_reading(&self) -> Result<()> {
        let role = Ident(&self.role);
        if let Some(tables) = self.named(|rights| !rights.readable) {
            return Err(Error::new(
                Code::MissingRight,
                "This database role may not read all tables of the company.",
            )
            .with("role", &self.role)
            .with("tables", tables)
            .hint(format!(
                "An administrator runs: GRANT pg_read_all_data TO {role};"
            )));
        }
        if let Some(tables) = self.named(|rights| rights.hides_rows) {
            return Err(failure::hidden_rows()
                .with("role", &self.role)
                .with("tables", tables)
                .hint(format!(
                    "An administrator runs: ALTER ROLE {role} BYPASSRLS;"
                )));
        }
        Ok(())
    }

    /// By which rights a restore could write all tables that were asked for.
    #[must_use]
    pub fn restore_path(&self) -> RestorePath {
        let role = Ident(&self.role);
        if self.superuser {
            return RestorePath::Superuser;
        }
        if let Err(error) = self.check_reading() {
            return RestorePath::Not {
                missing: error.message().to_owned(),
                remedy: error.hint_text().unwrap_or_default().to_owned(),
            };
        }
        let not_writable = self.named(|rights| !rights.writable);
        if self.may_set_replica_role && not_writable.is_none() {
            return RestorePath::ReplicaRole;
        }
        let not_owned = self.named(|rights| !rights.owned);
        if not_writable.is_none() && not_owned.is_none() {
            return RestorePath::PlainOwner;
        }
        if let Some(tables) = not_writable {
            return RestorePath::Not {
                missing: format!("The role may not write these tables: {tables}."),
                remedy: format!("An administrator runs: GRANT pg_write_all_data TO {role};"),
            };
        }
        let remedy = if self.server_version >= PARAMETERS_CAN_BE_GRANTED {
            format!(
                "An administrator runs: GRANT SET ON PARAMETER session_replication_role TO {role};"
            )
        } else {
            "Restore as the owner of the tables or as superuser.".to_owned()
        };
        RestorePath::Not {
            missing: format!(
                "The role may not silence triggers, and does not own these tables: {}.",
                not_owned.unwrap_or_default()
            ),
            remedy,
        }
    }

    /// The tables whose rows the role may not hold against change, as far as a person wants to read.
    #[must_use]
    pub fn not_lockable(&self) -> Option<String> {
        self.named(|rights| !rights.lockable)
    }

    /// The tables for which that holds, as far as a person wants to read; `None` where there is none.
    fn named(&self, holds: impl Fn(&TableRights) -> bool) -> Option<String> {
        let found: Vec<String> = self
            .tables
            .iter()
            .filter(|(_, rights)| holds(rights))
            .map(|(table, _)| table.to_string())
            .collect();
        match found.len() {
            0 => None,
            count if count <= NAMED_TABLES => Some(found.join(", ")),
            count => {
                let named: Vec<String> = found.into_iter().take(NAMED_TABLES).collect();
                Some(format!(
                    "{} and {} more",
                    named.join(", "),
                    count - NAMED_TABLES
                ))
            }
        }
    }
}

/// Whether the session's role may write a row of any table of that schema.
///
/// # Errors
/// As [`failed`] maps them.
pub async fn may_write(session: &mut Session, schema: &str) -> Result<bool> {
    let sql = include_str!("may_write.sql");
    let found = session.fetch_text_rows(sql, &[Some(schema)]).await?;
    Ok(found.into_iter().flatten().flatten().next().as_deref() == Some("true"))
}

async fn may_set_replica_role(session: &mut Session) -> Result<bool> {
    session.begin_read_committed().await?;
    let tried = session
        .run("SET LOCAL session_replication_role = replica")
        .await;
    session.rollback().await?;
    match tried {
        Ok(_) => Ok(true),
        Err(error) if error.code() == Code::MissingRight => Ok(false),
        Err(error) => Err(error),
    }
}

async fn by_table(
    session: &mut Session,
    tables: &[TableName],
) -> Result<BTreeMap<TableName, TableRights>> {
    let schemas: Vec<&str> = tables.iter().map(|table| table.schema.as_str()).collect();
    let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
    let rows: Vec<(String, String, bool, bool, bool, bool, bool)> =
        sqlx::query_as(include_str!("rights.sql"))
            .persistent(false)
            .bind(schemas)
            .bind(names)
            .fetch_all(session.connection())
            .await
            .map_err(failed)?;
    Ok(rows
        .into_iter()
        .map(
            |(schema, name, owned, readable, writable, lockable, hides_rows)| {
                let rights = TableRights {
                    owned,
                    readable,
                    writable,
                    lockable,
                    hides_rows,
                };
                (TableName { schema, name }, rights)
            },
        )
        .collect())
}
