//! By which rights a restore writes: known before anything starts, with what is missing and the line
//! that an administrator runs.

use std::collections::BTreeSet;

use super::files::Storage;
use super::state;
use crate::company::Opened;
use crate::model::{ExclusionReason, TableName};
use crate::pg::{Ident, Qualified, RestorePath, Rights};
use crate::scope::Disposition;
use crate::{Code, Error, Result};

/// What the server does about references while rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum References {
    /// Nothing, under replica role: they are checked once all rows are in.
    Silent,
    /// It enforces each at the end of every statement, as for any owner of tables.
    Enforced,
}

/// By which rights this role would restore a company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreRights {
    /// The role.
    pub role: String,
    /// By which rights it would write.
    pub path: RestorePath,
    /// What is missing for a restore, the path included; nothing where it can go ahead.
    pub missing: Vec<MissingRight>,
}

/// A right that a restore needs and the role does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingRight {
    /// What is missing, as a sentence.
    pub what: String,
    /// What an administrator runs or what to do instead, in one line.
    pub remedy: String,
}

impl RestoreRights {
    /// Reads what the role may do with everything that a restore of this company may touch. Outside of a
    /// transaction only, as [`Rights::read`].
    ///
    /// # Errors
    /// Errors of the connection.
    pub async fn read(opened: &mut Opened) -> Result<Self> {
        let written = may_be_written(opened);
        Self::read_for(opened, &written).await
    }

    /// Reads what the role may do with those tables, all of which are to be written. Outside of a
    /// transaction only, as [`Rights::read`].
    ///
    /// # Errors
    /// Errors of the connection.
    pub async fn read_for(opened: &mut Opened, written: &[TableName]) -> Result<Self> {
        let rights = Rights::read(&mut opened.session, written).await?;
        let mut path = rights.restore_path();
        if path == RestorePath::ReplicaRole {
            path = holding_parents(opened, &rights).await?;
        }
        let mut missing = Vec::new();
        if let RestorePath::Not {
            missing: what,
            remedy,
        } = &path
        {
            let (what, remedy) = (what.clone(), remedy.clone());
            missing.push(MissingRight { what, remedy });
        }
        missing.extend(state::missing_access(&mut opened.session, &rights.role).await?);
        Ok(Self {
            role: rights.role,
            path,
            missing,
        })
    }

    /// The same for a restore with files in that storage: rows that say which version of a file counts are
    /// written too.
    ///
    /// # Errors
    /// Errors of the connection.
    pub(super) async fn with_files(
        mut self,
        opened: &mut Opened,
        storage: Option<&Storage>,
    ) -> Result<Self> {
        let Some(table) = storage.and_then(|storage| storage.written_rows(opened)) else {
            return Ok(self);
        };
        let rights = Rights::read(&mut opened.session, std::slice::from_ref(&table)).await?;
        if !rights.superuser {
            self.missing.extend(missing_on_rows(&rights, &table));
        }
        Ok(self)
    }

    /// Makes sure that nothing is missing.
    ///
    /// # Errors
    /// `missing_right` with all that is.
    pub fn require(&self) -> Result<()> {
        if self.missing.is_empty() {
            return Ok(());
        }
        let told = |told: fn(&MissingRight) -> &str| {
            self.missing.iter().map(told).collect::<Vec<_>>().join(" ")
        };
        Err(
            Error::new(Code::MissingRight, told(|missing| &missing.what))
                .hint(told(|missing| &missing.remedy))
                .with("role", &self.role),
        )
    }

    /// What the server does about references on this path.
    pub(crate) fn references(&self) -> References {
        match self.path {
            RestorePath::Superuser | RestorePath::ReplicaRole | RestorePath::Not { .. } => {
                References::Silent
            }
            RestorePath::PlainOwner => References::Enforced,
        }
    }
}

/// What is missing on the table whose rows say which version of a file counts.
fn missing_on_rows(rights: &Rights, table: &TableName) -> Option<MissingRight> {
    let role = Ident(&rights.role);
    let found = rights.tables.get(table);
    let may_write = found.is_some_and(|found| found.readable && found.writable);
    if may_write && !found.is_some_and(|found| found.hides_rows) {
        return None;
    }
    let (what, line) = if may_write {
        (
            format!(
                "Row security hides rows of {table} from the role, and they say which version of an uploaded file counts."
            ),
            format!("ALTER ROLE {role} BYPASSRLS;"),
        )
    } else {
        (
            format!(
                "The role may not write {table}, whose rows say which version of an uploaded file counts."
            ),
            format!(
                "GRANT USAGE ON SCHEMA {} TO {role}; GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {role};",
                Ident(&table.schema),
                Qualified(table)
            ),
        )
    };
    Some(MissingRight {
        what,
        remedy: format!("An administrator runs: {line}"),
    })
}

/// The tables that a restore writes, and those outside the backup whose rows may go along.
fn may_be_written(opened: &Opened) -> Vec<TableName> {
    let goes_along = |disposition: &Disposition| {
        let reason = match disposition {
            Disposition::Excluded { reason, .. } => reason,
            _ => return false,
        };
        matches!(
            reason,
            ExclusionReason::Rebuilt | ExclusionReason::Transient
        )
    };
    let mut tables: BTreeSet<TableName> = opened
        .tables_where(Disposition::is_written)
        .into_iter()
        .collect();
    let along: Vec<TableName> = opened
        .tables_where(goes_along)
        .into_iter()
        .filter(|table| leads_to(opened, table).any(|target| tables.contains(target)))
        .collect();
    tables.extend(along);
    tables.into_iter().collect()
}

fn leads_to<'a>(opened: &'a Opened, table: &TableName) -> impl Iterator<Item = &'a TableName> {
    let found = opened.schema.tables.get(table).into_iter();
    found.flat_map(|found| found.references.iter().map(|reference| &reference.target))
}

/// Under replica role nobody but us holds the parents that written rows refer to, so the role must be
/// allowed to; for an owner the server does it.
async fn holding_parents(opened: &mut Opened, rights: &Rights) -> Result<RestorePath> {
    let parents: BTreeSet<TableName> = rights
        .tables
        .keys()
        .flat_map(|table| leads_to(opened, table))
        .filter(|target| !rights.tables.contains_key(target))
        .cloned()
        .collect();
    let parents: Vec<TableName> = parents.into_iter().collect();
    let held = Rights::read(&mut opened.session, &parents).await?;
    Ok(match held.not_lockable() {
        None => RestorePath::ReplicaRole,
        Some(_) if rights.tables.values().all(|table| table.owned) => RestorePath::PlainOwner,
        Some(tables) => RestorePath::Not {
            missing: format!(
                "The role may not hold rows of these tables, to which restored rows refer: {tables}."
            ),
            remedy: format!(
                "An administrator runs: GRANT pg_write_all_data TO {};",
                Ident(&rights.role)
            ),
        },
    })
}
