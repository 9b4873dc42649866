//! Rows that no company owns: a copy refers to them as its source does, so they must be there.

use std::collections::HashSet;

use crate::Result;
use crate::archive::Manifest;
use crate::company::Opened;
use crate::model::TableName;
use crate::pg::{Ident, Qualified, Session, fetch_text_arrays};
use crate::rekey::SharedTarget;
use crate::rows::push_escaped;
use crate::scope::Membership;

/// For each target the keys that the archive's rows refer to and that are not here, as COPY fields.
///
/// # Errors
/// Errors of the connection.
pub(super) async fn missing(
    opened: &mut Opened,
    manifest: &Manifest,
    targets: &[SharedTarget],
) -> Result<Vec<HashSet<Vec<u8>>>> {
    let mut missing = Vec::with_capacity(targets.len());
    for target in targets {
        let keys = keys_of(manifest, target);
        let there = there(opened, target);
        let sql = format!(
            "SELECT v.k FROM unnest($1::text[]) AS v(k) WHERE NOT EXISTS (SELECT 1 FROM {there})"
        );
        let rows = match keys.is_empty() {
            true => Vec::new(),
            false => fetch_text_arrays(&mut opened.session, &sql, &[keys]).await?,
        };
        let fields = rows.into_iter().flatten().flatten().map(|key| {
            let mut field = Vec::new();
            push_escaped(&mut field, Some(key.as_bytes()));
            field
        });
        missing.push(fields.collect());
    }
    Ok(missing)
}

/// Holds those that are there until the transaction ends: nothing else does while references are silent.
///
/// # Errors
/// Errors of the connection.
pub(super) async fn hold(
    session: &mut Session,
    manifest: &Manifest,
    targets: &[SharedTarget],
) -> Result<()> {
    for target in targets {
        let keys = keys_of(manifest, target);
        if keys.is_empty() {
            continue;
        }
        let sql = format!(
            "SELECT 1::text FROM {} AS p WHERE p.{}::text = ANY($1::text[]) FOR KEY SHARE OF p",
            Qualified(&target.table),
            Ident(&target.column),
        );
        fetch_text_arrays(session, &sql, &[keys]).await?;
    }
    Ok(())
}

fn keys_of(manifest: &Manifest, target: &SharedTarget) -> Vec<Option<String>> {
    let is_it = |table: &TableName, columns: &[String]| {
        *table == target.table && columns == [target.column.clone()]
    };
    let found = manifest.shared_references.iter();
    found
        .filter(|found| is_it(&found.table, &found.columns))
        .flat_map(|found| &found.keys)
        .filter_map(|key| key.first().cloned().map(Some))
        .collect()
}

/// The row `p` with a key `v.k` that a company may refer to, as FROM has it.
fn there(opened: &Opened, target: &SharedTarget) -> String {
    let column = opened
        .schema
        .tables
        .get(&target.table)
        .and_then(|table| table.column(&target.column));
    let type_name = column.map_or("text", |column| column.type_name.as_str());
    let scope = opened.scope.tables.get(&target.table);
    let shared = match scope.map(|scope| &scope.membership) {
        Some(Membership::Column(own) | Membership::Group(own)) => {
            format!(" AND p.{} IS NULL", Ident(own))
        }
        _ => String::new(),
    };
    format!(
        "{} AS p WHERE p.{} = v.k::{type_name}{shared}",
        Qualified(&target.table),
        Ident(&target.column)
    )
}
