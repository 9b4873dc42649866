//! What an archive records about rows that it does not hold: people, and rows shared by all.

use std::collections::BTreeMap;

use crate::Result;
use crate::archive::SharedReference;
use crate::company::Opened;
use crate::difference::References;
use crate::model::{Person, TableName};
use crate::pg::{Ident, Qualified, Session};
use crate::rows::{fields, text_of};
use crate::scope::{Disposition, Membership};

/// Who and what the company's rows refer to outside the archive.
pub(crate) struct Outside {
    /// People, by id.
    pub(crate) people: Vec<Person>,
    /// Keys of shared rows, by table.
    pub(crate) shared: Vec<SharedReference>,
}

/// Looks up who the recorded people are, and which recorded keys are those of shared rows.
///
/// # Errors
/// Errors of the connection.
pub(crate) async fn look_up(
    session: &mut Session,
    opened: &Opened,
    references: References,
) -> Result<Outside> {
    let mut outside = Outside {
        people: Vec::new(),
        shared: Vec::new(),
    };
    let people_table = opened
        .profile
        .people
        .as_ref()
        .map(|rule| TableName::new(&opened.profile.schema, &rule.table));
    for (table, columns, keys, complete) in references.into_keys() {
        let mut values: Vec<Vec<String>> = Vec::with_capacity(keys.len());
        for key in &keys {
            let texts: Result<Vec<Option<String>>> = fields(key).map(text_of).collect();
            values.push(texts?.into_iter().flatten().collect());
        }
        if Some(&table) == people_table.as_ref() {
            let ids = values
                .iter()
                .filter_map(|value| value.first().cloned())
                .collect();
            outside.people = people(session, opened, ids).await?;
        }
        if let Some(nullable) = shared_column(opened, &table) {
            values = only_shared(session, opened, &table, &columns, nullable, values).await?;
        }
        if !values.is_empty() {
            outside.shared.push(SharedReference {
                table,
                columns,
                keys: values,
                complete,
            });
        }
    }
    Ok(outside)
}

/// The scope column of an archived table in which NULL means shared by all.
fn shared_column<'a>(opened: &'a Opened, table: &TableName) -> Option<&'a str> {
    let found = opened.scope.tables.get(table)?;
    match (&found.disposition, &found.membership) {
        (
            Disposition::Restored | Disposition::Kept | Disposition::Group { .. },
            Membership::Column(column),
        ) => Some(column),
        _ => None,
    }
}

async fn people(session: &mut Session, opened: &Opened, ids: Vec<String>) -> Result<Vec<Person>> {
    let Some(rule) = &opened.profile.people else {
        return Ok(Vec::new());
    };
    let table = TableName::new(&opened.profile.schema, &rule.table);
    let column = |name: &Option<String>| match name {
        Some(name) => format!("t.{}::text", Ident(name)),
        None => "NULL::text".to_owned(),
    };
    let sql = format!(
        "SELECT t.{id}::text, {name}, {email} FROM {table} AS t WHERE t.{id}::text = ANY($1::text[]) ORDER BY 1",
        id = Ident(&rule.id),
        name = column(&rule.name),
        email = column(&rule.email),
        table = Qualified(&table),
    );
    let ids = ids.into_iter().map(Some).collect();
    let rows = crate::pg::fetch_text_arrays(session, &sql, &[ids]).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let [id, name, email] = <[Option<String>; 3]>::try_from(row).ok()?;
            Some(Person {
                id: id?,
                name,
                email,
            })
        })
        .collect())
}

async fn only_shared(
    session: &mut Session,
    opened: &Opened,
    table: &TableName,
    columns: &[String],
    nullable: &str,
    values: Vec<Vec<String>>,
) -> Result<Vec<Vec<String>>> {
    let types: BTreeMap<&str, &str> = opened
        .schema
        .tables
        .get(table)
        .into_iter()
        .flat_map(|found| &found.columns)
        .map(|column| (column.name.as_str(), column.type_name.as_str()))
        .collect();
    let arrays: Vec<Vec<Option<String>>> = (0..columns.len())
        .map(|place| {
            values
                .iter()
                .map(|value| value.get(place).cloned())
                .collect()
        })
        .collect();
    let binds: Vec<String> = (1..=columns.len())
        .map(|number| format!("${number}::text[]"))
        .collect();
    let names: Vec<String> = (0..columns.len())
        .map(|number| format!("k{number}"))
        .collect();
    let select: Vec<String> = names.iter().map(|name| format!("v.{name}")).collect();
    let on: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(number, column)| {
            format!(
                "t.{} = v.k{number}::{}",
                Ident(column),
                types.get(column.as_str()).copied().unwrap_or("text")
            )
        })
        .collect();
    let sql = format!(
        "SELECT {} FROM unnest({}) AS v({}) JOIN {} AS t ON {} WHERE t.{} IS NULL",
        select.join(", "),
        binds.join(", "),
        names.join(", "),
        Qualified(table),
        on.join(" AND "),
        Ident(nullable),
    );
    let rows = crate::pg::fetch_text_arrays(session, &sql, &arrays).await?;
    Ok(rows
        .into_iter()
        .map(|row| row.into_iter().flatten().collect())
        .collect())
}
