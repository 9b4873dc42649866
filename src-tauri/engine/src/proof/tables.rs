//! The schemas, types and tables of an archive, made anew.

use std::collections::{BTreeMap, BTreeSet};

use super::certificate::{Gap, GapKind};
use super::prove::Proving;
use crate::archive::TableEntry;
use crate::error::Code;
use crate::model::{Generation, Schema, Table, TableName};
use crate::pg::{Ident, Literal, Qualified, Session};
use crate::{Error, Result};

/// Extensions whose types are called otherwise than they are.
const EXTENSIONS: &[(&str, &str)] = &[
    ("halfvec", "vector"),
    ("sparsevec", "vector"),
    ("geometry", "postgis"),
    ("geography", "postgis"),
];

/// Makes the schemas and types of the archive, and its tables without any constraint but NOT NULL.
pub(super) async fn make(proving: &mut Proving<'_>) -> Result<()> {
    let manifest = proving.reader.manifest();
    let schema = &manifest.catalog;
    let mut schemas: BTreeSet<&str> = manifest
        .tables
        .iter()
        .map(|entry| entry.table.schema.as_str())
        .collect();
    let types = schema.enums.keys().chain(schema.domains.keys());
    let named: Vec<String> = types.filter_map(|name| schema_of(name)).collect();
    schemas.extend(named.iter().map(String::as_str));
    for name in schemas {
        let sql = format!("CREATE SCHEMA IF NOT EXISTS {}", Ident(name));
        proving.session.run(&sql).await?;
    }
    make_types(proving.session, schema).await?;
    let missing = missing_types(proving.session, schema).await?;
    for entry in &manifest.tables {
        if let Some(table) = schema.tables.get(&entry.table) {
            let (sql, gaps) = table_sql(entry, table, &missing);
            proving.session.run(&sql).await?;
            proving.gaps.extend(gaps);
        }
    }
    Ok(())
}

/// Makes enums, and domains in an order in which each finds those that it is made of. What cannot be made is
/// missing then, and the columns of that type are held as text.
async fn make_types(session: &mut Session, schema: &Schema) -> Result<()> {
    for (name, values) in &schema.enums {
        let values: Vec<String> = values
            .iter()
            .map(|value| Literal(value).to_string())
            .collect();
        tried(
            session,
            &format!("CREATE TYPE {name} AS ENUM ({})", values.join(", ")),
        )
        .await?;
    }
    let mut left: Vec<(&String, &String)> = schema.domains.iter().collect();
    loop {
        let before = left.len();
        let mut later = Vec::new();
        for (name, definition) in left {
            if !tried(session, &format!("CREATE DOMAIN {name} AS {definition}")).await? {
                later.push((name, definition));
            }
        }
        if later.is_empty() || later.len() == before {
            return Ok(());
        }
        left = later;
    }
}

/// Runs a statement that the server may refuse; whether it did not.
pub(super) async fn tried(session: &mut Session, sql: &str) -> Result<bool> {
    match session.run(sql).await {
        Ok(_) => Ok(true),
        Err(error) => refusal(error).map(|_| false),
    }
}

/// The SQLSTATE by which a server refused a statement; other failures go on.
pub(super) fn refusal(error: Error) -> Result<String> {
    match (error.code(), error.context().get("sqlstate")) {
        (Code::DatabaseFailed | Code::MissingRight, Some(state)) => Ok(state.clone()),
        _ => Err(error),
    }
}

/// The types of the archive's columns that the server does not know, after the extensions were made that it
/// has for them.
async fn missing_types(session: &mut Session, schema: &Schema) -> Result<BTreeSet<String>> {
    let columns = schema.tables.values().flat_map(|table| &table.columns);
    let types: BTreeSet<&str> = columns.map(|column| column.type_name.as_str()).collect();
    let mut missing = BTreeSet::new();
    for name in types {
        if !is_known(session, name).await? && !extended_by(session, name).await? {
            missing.insert(name.to_owned());
        }
    }
    Ok(missing)
}

async fn is_known(session: &mut Session, type_name: &str) -> Result<bool> {
    // A name that is no type at all is an error to some versions, and NULL to others.
    let sql = "SELECT (pg_catalog.to_regtype($1) IS NOT NULL)::text";
    match session.fetch_text_rows(sql, &[Some(type_name)]).await {
        Ok(rows) => Ok(rows
            .into_iter()
            .flatten()
            .flatten()
            .any(|known| known == "true")),
        Err(error) => refusal(error).map(|_| false),
    }
}

/// Makes the extension that brings a type, where the server has it.
async fn extended_by(session: &mut Session, type_name: &str) -> Result<bool> {
    let (Some(schema), Some(name)) = (schema_of(type_name), plain_name(type_name)) else {
        return Ok(false);
    };
    let known = EXTENSIONS.iter().find(|(of, _)| *of == name);
    let extension = known.map_or(name.as_str(), |(_, extension)| extension);
    let made = format!(
        "CREATE SCHEMA IF NOT EXISTS {schema}; CREATE EXTENSION IF NOT EXISTS {} SCHEMA {schema}",
        Ident(extension),
        schema = Ident(&schema),
    );
    Ok(tried(session, &made).await? && is_known(session, type_name).await?)
}

/// The statement that makes a table with the columns that travel, and what is missing of it.
fn table_sql(entry: &TableEntry, table: &Table, missing: &BTreeSet<String>) -> (String, Vec<Gap>) {
    let mut gaps: BTreeMap<GapKind, u64> = BTreeMap::new();
    let mut replaced = Vec::new();
    let mut columns = Vec::new();
    for column in &table.columns {
        if !entry.columns.contains(&column.name) {
            let kind = match column.generation {
                Generation::Stored | Generation::Virtual => GapKind::Computed,
                Generation::None | Generation::IdentityAlways | Generation::IdentityByDefault => {
                    GapKind::Secret
                }
            };
            *gaps.entry(kind).or_default() += 1;
            continue;
        }
        // Numbers of one database mean nothing in another, and names of its objects are not there.
        let is_text = column.database_bound || missing.contains(&column.type_name);
        let type_name = match is_text {
            true => {
                replaced.push(Gap {
                    what: GapKind::TypeReplaced,
                    table: Some(entry.table.clone()),
                    name: Some(format!("{} ({})", column.name, column.type_name)),
                    count: None,
                });
                "pg_catalog.text"
            }
            false => column.type_name.as_str(),
        };
        let not_null = if column.not_null { " NOT NULL" } else { "" };
        columns.push(format!("{} {type_name}{not_null}", Ident(&column.name)));
    }
    let sql = format!(
        "CREATE TABLE {} ({})",
        Qualified(&entry.table),
        columns.join(", ")
    );
    let left_out = gaps.into_iter().map(|(what, count)| Gap {
        what,
        table: Some(entry.table.clone()),
        name: None,
        count: Some(count),
    });
    (sql, replaced.into_iter().chain(left_out).collect())
}

/// Whether a table of the scratch database has all of those columns.
pub(super) fn has_columns(proving: &Proving<'_>, table: &TableName, columns: &[String]) -> bool {
    let entry = proving.reader.manifest().table(table);
    entry.is_some_and(|entry| columns.iter().all(|column| entry.columns.contains(column)))
}

/// The schema of a type as `format_type` spells it; `None` for those of the server itself.
fn schema_of(type_name: &str) -> Option<String> {
    parts(type_name).map(|(schema, _)| schema)
}

/// The name of a type without schema, modifiers and array brackets.
fn plain_name(type_name: &str) -> Option<String> {
    parts(type_name).map(|(_, name)| name)
}

fn parts(type_name: &str) -> Option<(String, String)> {
    let (schema, rest) = identifier(type_name)?;
    let (name, _) = identifier(rest.strip_prefix('.')?)?;
    Some((schema, name))
}

/// The identifier that a text begins with, quoted or not, and what follows it.
fn identifier(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$');
        let (name, rest) = text.split_at(end.unwrap_or(text.len()));
        return (!name.is_empty()).then(|| (name.to_owned(), rest));
    };
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let (before, after) = rest.split_once('"')?;
        name.push_str(before);
        match after.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None => return Some((name, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_taken_apart_as_the_server_spells_it() {
        let cases = [
            ("public.citext", Some(("public", "citext"))),
            ("public.vector(3)", Some(("public", "vector"))),
            ("\"My.App\".\"Odd\"\"er\"[]", Some(("My.App", "Odd\"er"))),
            ("integer", None),
            ("timestamp(3) with time zone", None),
            ("numeric(10,2)", None),
        ];
        for (type_name, expected) in cases {
            let expected = expected.map(|(schema, name)| (schema.to_owned(), name.to_owned()));
            assert_eq!(parts(type_name), expected, "{type_name}");
        }
    }
}
