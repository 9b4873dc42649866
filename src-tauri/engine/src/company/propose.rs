//! Reads what a profile can be proposed from: the catalog, the companies' keys, and what a few values of
//! each column look like. No value goes further than here.

use std::collections::BTreeMap;

use crate::catalog;
use crate::model::{Table, TableKind, TableName};
use crate::pg::{Ident, Qualified, Session, Settings};
use crate::profile::{self, Evidence, Proposal, SecretShape, Tenant};
use crate::{Code, Result};

/// Rows of a table that are looked at.
const SAMPLED_ROWS: usize = 20;
/// Characters of a value that are looked at.
const SAMPLED_LENGTH: usize = 200;
/// Companies after which tables may be named.
const KNOWN_COMPANIES: usize = 1_000;

/// Proposes a profile for the application in that database. It reads, and changes nothing.
///
/// # Errors
/// `profile_mismatch` where no table looks like one of companies; errors of the connection.
pub async fn propose(settings: &Settings) -> Result<Proposal> {
    let mut session = Session::open(settings).await?;
    let schemas = catalog::schemas(&mut session).await?;
    let schema = catalog::read(&mut session, &schemas).await?;
    let mut evidence = Evidence {
        database: settings.database().to_owned(),
        ..Evidence::default()
    };
    if let Some(tenant) = profile::tenant(&schema) {
        // A table that is slow to answer is judged by its names alone.
        session.run("SET statement_timeout = '5s'").await?;
        evidence.company_ids = company_ids(&mut session, &tenant).await?;
        evidence.materialized_views =
            catalog::materialized_views(&mut session, &tenant.table.schema).await?;
        for (name, table) in &schema.tables {
            if name.schema == tenant.table.schema && table.kind != TableKind::Foreign {
                let shapes = shapes(&mut session, name, table).await?;
                evidence.shapes.insert(name.clone(), shapes);
            }
        }
    }
    session.close().await;
    profile::propose(&schema, &evidence)
}

async fn company_ids(session: &mut Session, tenant: &Tenant) -> Result<Vec<String>> {
    let sql = format!(
        "SELECT t.{}::text FROM {} AS t LIMIT {KNOWN_COMPANIES}",
        Ident(&tenant.id),
        Qualified(&tenant.table)
    );
    let rows = tolerated(session.fetch_text_rows(&sql, &[]).await)?;
    Ok(rows.into_iter().flatten().flatten().collect())
}

/// What the values of a table's columns look like, for those that look like secrets.
async fn shapes(
    session: &mut Session,
    name: &TableName,
    table: &Table,
) -> Result<BTreeMap<String, SecretShape>> {
    let columns: Vec<&str> = profile::sampled_columns(table)
        .map(|column| column.name.as_str())
        .collect();
    if columns.is_empty() {
        return Ok(BTreeMap::new());
    }
    let list: Vec<String> = columns
        .iter()
        .map(|column| {
            format!(
                "pg_catalog.left(t.{}::text, {SAMPLED_LENGTH})",
                Ident(column)
            )
        })
        .collect();
    let sql = format!(
        "SELECT {} FROM {} AS t LIMIT {SAMPLED_ROWS}",
        list.join(", "),
        Qualified(name)
    );
    let rows = tolerated(session.fetch_text_rows(&sql, &[]).await)?;
    let shapes = columns.iter().enumerate().filter_map(|(place, column)| {
        let values = rows.iter().filter_map(|row| row.get(place)?.as_deref());
        Some(((*column).to_owned(), profile::secret_shape(values)?))
    });
    Ok(shapes.collect())
}

/// Rows that cannot be had (no right, hidden, too slow) tell nothing; only a lost connection ends it.
fn tolerated(rows: Result<Vec<Vec<Option<String>>>>) -> Result<Vec<Vec<Option<String>>>> {
    match rows {
        Err(error) if error.code() == Code::ConnectionLost => Err(error),
        other => Ok(other.unwrap_or_default()),
    }
}
