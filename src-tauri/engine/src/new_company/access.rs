//! What lets the owner open the new company: the one thing outside of it that is changed.

use std::collections::BTreeMap;

use super::people::NewOwner;
use crate::Result;
use crate::company::Opened;
use crate::model::{AccessRule, EmployeeRule, MadeRow, OwnerRule, TableName};
use crate::pg::{Ident, Qualified, Session};

/// Makes the owner's rows and those that every company has. How many rows of each table were added.
///
/// # Errors
/// Errors of the connection.
pub(super) async fn open_to_owner(
    session: &mut Session,
    opened: &Opened,
    owner: Option<&NewOwner>,
) -> Result<BTreeMap<TableName, u64>> {
    let profile = &opened.profile;
    let mut added: BTreeMap<TableName, u64> = BTreeMap::new();
    let rule = profile.new_company.as_ref();
    let made: &[MadeRow] = rule.map_or(&[], |rule| &rule.made);
    let in_place = |value: &str| {
        let value = value.replace("{company}", opened.company().id.as_str());
        value.replace("{owner}", owner.map_or("", |owner| &owner.id))
    };
    for made in made {
        let values = made.values.iter();
        let values: Vec<(&str, String)> = values
            .map(|(column, value)| (column.as_str(), in_place(value)))
            .collect();
        let table = profile.table_name(&made.table);
        if opened.schema.tables.contains_key(&table) {
            let count = insert(session, opened, &table, &values).await?;
            *added.entry(table).or_default() += count;
        }
    }
    let (Some(access), Some(owner)) = (&profile.access, owner) else {
        return Ok(added);
    };
    let owner_rule = rule.and_then(|rule| rule.owner.as_ref());
    let members = profile.table_name(&access.members.table);
    let mut values = vec![
        (access.members.person.as_str(), owner.id.clone()),
        (
            access.members.company.as_str(),
            opened.company().id.to_string(),
        ),
    ];
    let further = owner_rule.into_iter().flat_map(|rule| &rule.member);
    values.extend(further.map(|(column, value)| (column.as_str(), in_place(value))));
    let count = insert(session, opened, &members, &values).await?;
    *added.entry(members).or_default() += count;
    if let Some(employee) = owner_rule.and_then(|rule| rule.employee.as_ref()) {
        let table = profile.table_name(&employee.table);
        let count = employ(session, opened, employee, owner).await?;
        *added.entry(table).or_default() += count;
    }
    allow(session, opened, access, owner_rule, owner).await?;
    Ok(added)
}

/// Inserts a row unless there is one.
pub(super) async fn insert(
    session: &mut Session,
    opened: &Opened,
    table: &TableName,
    values: &[(&str, String)],
) -> Result<u64> {
    let columns: Vec<String> = values
        .iter()
        .map(|(column, _)| Ident(column).to_string())
        .collect();
    let given: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(number, (column, _))| {
            format!("${}::text::{}", number + 1, type_of(opened, table, column))
        })
        .collect();
    let sql = format!(
        "INSERT INTO {} ({}) SELECT {} ON CONFLICT DO NOTHING RETURNING 'x'::text",
        Qualified(table),
        columns.join(", "),
        given.join(", ")
    );
    let values: Vec<Option<&str>> = values
        .iter()
        .map(|(_, value)| Some(value.as_str()))
        .collect();
    Ok(session.fetch_text_rows(&sql, &values).await?.len() as u64)
}

fn type_of<'a>(opened: &'a Opened, table: &TableName, column: &str) -> &'a str {
    opened
        .schema
        .tables
        .get(table)
        .and_then(|found| found.column(column))
        .map_or("text", |column| &column.type_name)
}

/// The owner works there, as the kind of employee who may do everything where there is one.
async fn employ(
    session: &mut Session,
    opened: &Opened,
    rule: &EmployeeRule,
    owner: &NewOwner,
) -> Result<u64> {
    let table = opened.profile.table_name(&rule.table);
    let company = opened.company().id.to_string();
    let mut values = vec![
        (rule.person.as_str(), owner.id.clone()),
        (rule.company.as_str(), company.clone()),
    ];
    let Some(kind) = &rule.kind else {
        return insert(session, opened, &table, &values).await;
    };
    let kinds = opened.profile.table_name(&kind.table);
    let of_company = crate::difference::live::predicate(&opened.schema, &opened.scope, &kinds, "t");
    let sql = format!(
        "SELECT t.{id}::text FROM {} AS t WHERE {of_company} ORDER BY (t.{}::text = $1) IS TRUE DESC, t.{id}::text LIMIT 1",
        Qualified(&kinds),
        Ident(&kind.known_by),
        id = Ident(&kind.id),
    );
    let found = session.fetch_text_rows(&sql, &[Some(&kind.value)]).await?;
    let Some(found) = found.into_iter().flatten().flatten().next() else {
        return Ok(0);
    };
    values.push((kind.column.as_str(), found.clone()));
    let added = insert(session, opened, &table, &values).await?;
    if added == 0 {
        let sql = format!(
            "UPDATE {} SET {} = $1::text::{} WHERE {}::text = $2 AND {}::text = $3 RETURNING 'x'::text",
            Qualified(&table),
            Ident(&kind.column),
            type_of(opened, &table, &kind.column),
            Ident(&rule.person),
            Ident(&rule.company),
        );
        let values = [Some(found.as_str()), Some(&owner.id), Some(&company)];
        session.fetch_text_rows(&sql, &values).await?;
    }
    Ok(added)
}

/// Adds the company to what the owner may do.
async fn allow(
    session: &mut Session,
    opened: &Opened,
    access: &AccessRule,
    rule: Option<&OwnerRule>,
    owner: &NewOwner,
) -> Result<()> {
    let table = opened.profile.table_name(&access.permissions.table);
    let mut wanted: Vec<&str> = access.settings.iter().map(String::as_str).collect();
    wanted.extend(
        rule.into_iter()
            .flat_map(|rule| rule.permissions.iter().map(String::as_str)),
    );
    let wanted = wanted.join(",");
    let granted = &access.permissions.granted;
    let type_name = type_of(opened, &table, granted);
    let (granted, person) = (Ident(granted), Ident(&access.permissions.person));
    let merged = |before: &str| {
        format!(
            "({before} || (SELECT jsonb_object_agg(n.p, CASE WHEN coalesce({before} -> n.p, '[]'::jsonb) ? $2 THEN {before} -> n.p \
             ELSE coalesce({before} -> n.p, '[]'::jsonb) || to_jsonb($2::text) END) \
             FROM unnest(string_to_array($3, ',')) AS n(p)))::{type_name}"
        )
    };
    let values = [
        Some(owner.id.as_str()),
        Some(opened.company().id.as_str()),
        Some(wanted.as_str()),
    ];
    let update = format!(
        "UPDATE {} AS u SET {granted} = {} WHERE u.{person}::text = $1 RETURNING 'x'::text",
        Qualified(&table),
        merged(&format!("coalesce(u.{granted}::jsonb, '{{}}'::jsonb)")),
    );
    if session.fetch_text_rows(&update, &values).await?.is_empty() {
        let insert = format!(
            "INSERT INTO {} ({person}, {granted}) SELECT $1::text::{}, {} RETURNING 'x'::text",
            Qualified(&table),
            type_of(opened, &table, &access.permissions.person),
            merged("'{}'::jsonb"),
        );
        session.fetch_text_rows(&insert, &values).await?;
    }
    Ok(())
}
