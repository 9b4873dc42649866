//! What an archive of this company says about itself, whoever makes it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;

use super::{Actor, Opened};
use crate::archive::{
    Encryption, FORMAT_VERSION, Kind, MadeBy, Manifest, ReadmeFacts, TableDisposition, TableEntry,
};
use crate::model::{Schema, TableName};
use crate::pg::Session;
use crate::scope::Disposition;
use crate::{Code, Error, Result};

impl Opened {
    /// The tables whose rows are in a backup.
    #[must_use]
    pub fn archived_tables(&self) -> Vec<TableName> {
        self.tables_where(Disposition::is_archived)
    }

    /// The tables that a backup reads: those inside, and those that rows inside refer to.
    #[must_use]
    pub fn readable_tables(&self) -> Vec<TableName> {
        self.tables_where(|found| !matches!(found, Disposition::Excluded { .. }))
    }

    /// The tables whose disposition is such.
    pub fn tables_where(&self, wanted: impl Fn(&Disposition) -> bool) -> Vec<TableName> {
        let found = self
            .scope
            .tables
            .iter()
            .filter(|(_, table)| wanted(&table.disposition));
        found.map(|(name, _)| name.clone()).collect()
    }

    /// What README.txt says about an archive of that instant.
    #[must_use]
    pub fn readme_facts(&self, made_at: Timestamp) -> ReadmeFacts {
        ReadmeFacts {
            company: self.company().clone(),
            made_at,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            application: self.profile.title.clone(),
        }
    }

    /// A manifest of those tables, without what only its maker knows.
    #[must_use]
    pub fn manifest(
        &self,
        kind: Kind,
        actor: &Actor,
        snapshot_time: Timestamp,
        tables: Vec<TableEntry>,
    ) -> Manifest {
        let names: Vec<TableName> = tables.iter().map(|entry| entry.table.clone()).collect();
        Manifest {
            format_version: FORMAT_VERSION,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            id: Uuid::now_v7(),
            kind,
            profile: self.profile.name.clone(),
            company: self.company().clone(),
            schema_version: self.schema_version.clone(),
            server_version: self.session.server_version().to_string(),
            snapshot_time,
            label: None,
            made_by: MadeBy {
                os_user: actor.os_user.clone(),
                host: actor.host.clone(),
                database_role: self.settings.user().to_owned(),
                app_user: actor.app_user.clone(),
            },
            encryption: Encryption::None,
            row_count: 0,
            byte_count: 0,
            tables,
            files: None,
            known_files: Vec::new(),
            left_files: Vec::new(),
            base: None,
            base_state: None,
            changes: Vec::new(),
            excluded: Vec::new(),
            secret_columns: self.secret_columns(),
            shared_references: Vec::new(),
            people: Vec::new(),
            skipped_rows: Vec::new(),
            broken_references: Vec::new(),
            template: None,
            problems: Vec::new(),
            catalog: archived_schema(&self.schema, &names),
        }
    }

    /// How the manifest names what a restore does with a table's rows.
    ///
    /// # Errors
    /// `defect` for a table that is not archived.
    pub fn archived_disposition(&self, table: &TableName) -> Result<(TableDisposition, String)> {
        let found = self.scope.tables.get(table);
        let disposition = match found.map(|found| &found.disposition) {
            Some(Disposition::Restored) => TableDisposition::Restored,
            Some(Disposition::Kept) => TableDisposition::Kept,
            Some(Disposition::Group { .. }) => TableDisposition::Group,
            Some(Disposition::Shared | Disposition::People | Disposition::Excluded { .. })
            | None => {
                return Err(Error::new(
                    Code::Defect,
                    "A table that is not archived is to be archived.",
                ));
            }
        };
        Ok((
            disposition,
            found.map(|found| found.area.clone()).unwrap_or_default(),
        ))
    }

    fn secret_columns(&self) -> BTreeMap<TableName, Vec<String>> {
        let archived = self
            .scope
            .tables
            .iter()
            .filter(|(_, found)| found.disposition.is_archived());
        archived
            .filter(|(_, found)| !found.secret_columns.is_empty())
            .map(|(table, found)| (table.clone(), found.secret_columns.clone()))
            .collect()
    }
}

/// The part of the schema that an archive carries: the tables inside and the enums that they use.
fn archived_schema(schema: &Schema, tables: &[TableName]) -> Schema {
    let inside: BTreeMap<_, _> = tables
        .iter()
        .filter_map(|table| Some((table.clone(), schema.tables.get(table)?.clone())))
        .collect();
    let is_used = |name: &str| {
        let mut columns = inside.values().flat_map(|table| &table.columns);
        columns.any(|column| column.type_name.trim_end_matches("[]") == name)
    };
    let enums = schema.enums.iter().filter(|(name, _)| is_used(name));
    let domains = schema.domains.iter().filter(|(name, _)| is_used(name));
    Schema {
        enums: enums
            .map(|(name, values)| (name.clone(), values.clone()))
            .collect(),
        domains: domains
            .map(|(name, allows)| (name.clone(), allows.clone()))
            .collect(),
        tables: inside,
    }
}

/// The instant of the session's transaction by the server's clock.
///
/// # Errors
/// Errors of the connection.
pub async fn server_time(session: &mut Session) -> Result<Timestamp> {
    let sql = "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";
    let rows = session.fetch_text_rows(sql, &[]).await?;
    let text = rows
        .into_iter()
        .flatten()
        .next()
        .flatten()
        .unwrap_or_default();
    text.parse()
        .map_err(|_| Error::new(Code::Defect, "The server's clock cannot be read."))
}
