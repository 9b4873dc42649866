use std::collections::BTreeSet;

use crate::error::{Code, Error, Result};
use crate::model::{
    AccessRule, NewCompanyRule, Notice, NoticeKind, OwnerRule, Profile, SafeCopyRule, Schema,
    TableName,
};

/// Compares a profile with the schema that it meets.
///
/// Tables and columns that only the profile knows are notices, since the database may be of
/// another version of the application.
///
/// # Errors
/// `ProfileMismatch` if the company table or one of its columns is missing: then the database is not
/// the one that the profile describes.
pub fn check(profile: &Profile, schema: &Schema) -> Result<Vec<Notice>> {
    company_table(profile, schema)?;
    let mut notices = BTreeSet::new();
    for written in named_tables(profile) {
        let name = profile.table_name(written);
        if !schema.tables.contains_key(&name) && !goes_by_another_name(profile, schema, written) {
            notices.insert(Notice {
                kind: NoticeKind::MissingTable,
                about: written.to_owned(),
                message: format!(
                    "The profile names the table {written}, which this database does not have."
                ),
            });
        }
    }
    for (name, column) in named_columns(profile) {
        // A table that is missing is one notice, not one for each of its columns.
        let Some(table) = schema.tables.get(&name) else {
            continue;
        };
        let about = format!("{}.{column}", profile.written(&name));
        if table.column(column).is_none() && !goes_by_another_name(profile, schema, &about) {
            notices.insert(Notice {
                kind: NoticeKind::MissingColumn,
                message: format!(
                    "The profile names the column {about}, which this database does not have."
                ),
                about,
            });
        }
    }
    Ok(notices.into_iter().collect())
}

fn company_table(profile: &Profile, schema: &Schema) -> Result<()> {
    let rule = &profile.company;
    let mismatch = |message: String| {
        Error::new(Code::ProfileMismatch, message)
            .with("profile", &profile.name)
            .with("table", &rule.table)
            .hint("Check the name of the database, or choose the profile of this application (--profile; `snapback profile propose` proposes one).")
    };
    let Some(table) = schema.tables.get(&profile.table_name(&rule.table)) else {
        return Err(mismatch(format!(
            "This database has no table of companies as {} has.",
            profile.title
        )));
    };
    match [&rule.id, &rule.name]
        .into_iter()
        .find(|column| table.column(column).is_none())
    {
        None => Ok(()),
        Some(column) => {
            let message = format!(
                "The table of companies is not that of {}: a column is missing.",
                profile.title
            );
            Err(mismatch(message).with("column", column))
        }
    }
}

/// Whether the profile's renames say that a missing table or column bears its older or its newer
/// name here, or was dropped.
fn goes_by_another_name(profile: &Profile, schema: &Schema, missing: &str) -> bool {
    let exists = |written: &str| match profile.column_name(written) {
        Some((table, column)) => schema
            .tables
            .get(&table)
            .is_some_and(|table| table.column(column).is_some()),
        None => schema.tables.contains_key(&profile.table_name(written)),
    };
    profile.renames.iter().any(|rename| match &rename.to {
        None => rename.from == missing,
        Some(to) => {
            (rename.from == missing && exists(to)) || (to == missing && exists(&rename.from))
        }
    })
}

fn named_tables(profile: &Profile) -> impl Iterator<Item = &str> {
    let areas = profile
        .areas
        .iter()
        .flat_map(|area| area.headline.iter().chain(&area.tables));
    let excluded = profile
        .excluded
        .iter()
        .flat_map(|excluded| &excluded.tables);
    let people = profile
        .people
        .iter()
        .flat_map(|people| std::iter::once(&people.table).chain(&people.more_tables));
    let group = profile.group.iter().map(|group| &group.table);
    let access = profile
        .access
        .iter()
        .flat_map(|access| [&access.members.table, &access.permissions.table])
        .chain(profile.user_roles.iter().map(|rule| &rule.table));
    let new_company = profile.new_company.iter().flat_map(|rule| {
        let left_out = rule.left_out.iter().flat_map(|left_out| &left_out.tables);
        let employees = rule.owner.iter().flat_map(|owner| &owner.employee);
        let kinds = employees.clone().flat_map(|employee| &employee.kind);
        left_out
            .chain(rule.made.iter().map(|made| &made.table))
            .chain(
                rule.blank
                    .iter()
                    .flat_map(|blank| &blank.rows)
                    .map(|row| &row.table),
            )
            .chain(employees.map(|employee| &employee.table))
            .chain(kinds.map(|kind| &kind.table))
    });
    let export = profile
        .export
        .iter()
        .flat_map(|export| export.files.keys().chain(&export.in_settings));
    areas
        .chain(excluded)
        .chain(new_company)
        .chain(export)
        .chain(people)
        .chain(group)
        .chain(access)
        .chain(&profile.scope.global)
        .map(String::as_str)
}

fn named_columns(profile: &Profile) -> Vec<(TableName, &str)> {
    let lists = [
        &profile.secret_columns,
        &profile.scope.intended_crossings,
        &profile.soft_references,
        &profile.path_columns,
    ];
    let mut named: Vec<_> = lists
        .into_iter()
        .flatten()
        .filter_map(|written| profile.column_name(written))
        .collect();
    for (table, rule) in &profile.tables {
        named.extend(
            rule.naming
                .iter()
                .map(|column| (profile.table_name(table), column.as_str())),
        );
    }
    if let Some(people) = &profile.people {
        let columns = std::iter::once(&people.id)
            .chain(&people.name)
            .chain(&people.email)
            .chain(people.placeholder.keys());
        named.extend(columns.map(|column| (profile.table_name(&people.table), column.as_str())));
    }
    if let Some(AccessRule {
        settings: _,
        operate: _,
        view: _,
        members,
        permissions,
    }) = &profile.access
    {
        for (table, column) in [
            (&members.table, &members.person),
            (&members.table, &members.company),
            (&permissions.table, &permissions.person),
            (&permissions.table, &permissions.granted),
        ] {
            named.push((profile.table_name(table), column.as_str()));
        }
    }
    if let Some(rule) = &profile.user_roles {
        let columns = [&rule.id, &rule.company, &rule.email, &rule.role];
        let columns = columns.into_iter().chain(&rule.name);
        named.extend(columns.map(|column| (profile.table_name(&rule.table), column.as_str())));
    }
    if let Some(rule) = &profile.new_company {
        named.extend(new_company_columns(profile, rule));
    }
    if let Some(group) = &profile.group {
        named.push((profile.table_name(&profile.company.table), &group.column));
    }
    named
}

fn new_company_columns<'a>(
    profile: &'a Profile,
    rule: &'a NewCompanyRule,
) -> Vec<(TableName, &'a str)> {
    let NewCompanyRule {
        group_name,
        readable_ids,
        people_columns,
        reconnect: _,
        left_out: _,
        made,
        calls: _,
        blank,
        safe_copy,
        owner,
    } = rule;
    let safe_copy = safe_copy.iter().flat_map(|rule| {
        let SafeCopyRule {
            phone_columns,
            site_columns,
            name_columns,
            name_part_columns,
            harmless_files: _,
            off,
        } = rule;
        let addresses = phone_columns.iter().chain(site_columns);
        let names = name_columns.iter().chain(name_part_columns);
        addresses.chain(names).chain(off.keys())
    });
    let listed = readable_ids.iter().chain(people_columns).chain(safe_copy);
    let mut named: Vec<_> = listed
        .filter_map(|written| profile.column_name(written))
        .collect();
    if let (Some(column), Some(group)) = (group_name, &profile.group) {
        named.push((profile.table_name(&group.table), column));
    }
    let blank = blank.iter().flat_map(|blank| &blank.rows);
    for made in made.iter().chain(blank) {
        let columns = made.values.keys();
        named.extend(columns.map(|column| (profile.table_name(&made.table), column.as_str())));
    }
    let Some(OwnerRule {
        permissions: _,
        member,
        employee,
    }) = owner
    else {
        return named;
    };
    if let Some(access) = &profile.access {
        let table = profile.table_name(&access.members.table);
        named.extend(member.keys().map(|column| (table.clone(), column.as_str())));
    }
    if let Some(employee) = employee {
        let table = profile.table_name(&employee.table);
        named.push((table.clone(), &employee.person));
        named.push((table.clone(), &employee.company));
        if let Some(kind) = &employee.kind {
            named.push((table, &kind.column));
            let kinds = profile.table_name(&kind.table);
            named.push((kinds.clone(), &kind.id));
            named.push((kinds, &kind.known_by));
        }
    }
    named
}
