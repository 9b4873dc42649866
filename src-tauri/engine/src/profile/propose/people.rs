//! The table of people: those who use the application, whatever company they work for.

use std::collections::BTreeMap;

use crate::model::{PeopleRule, Table, TableName};

use super::super::words::stems;
use super::App;
use super::reasons::{Reasons, Topic};
use super::tenant::{PEOPLE_WORDS, is_text, squeezed};

/// The table of people where they belong to no company; people of one company are its own rows.
pub(super) fn people(app: &App<'_>, reasons: &mut Reasons) -> Option<PeopleRule> {
    let mut found: Vec<(usize, &TableName, &Table)> = app
        .tables
        .iter()
        .filter(|(name, _)| is_named_like_people(name) && app.tenant.table != ***name)
        .map(|(name, table)| (score(app, name, table), *name, *table))
        .collect();
    found.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let (_, name, table) = *found.first()?;
    if app.tenant.column_of(table).is_some() {
        reasons.doubt(
            Topic::People,
            format!("each row of {} belongs to one company, so there is no table of people beside the companies", name.name),
        );
        return None;
    }
    let [id] = table.key.as_ref()?.columns.as_slice() else {
        return None;
    };
    reasons.say(
        Topic::People,
        format!("{} tables refer to it", referring(app, name)),
    );
    Some(PeopleRule {
        table: app.written(name),
        id: id.clone(),
        name: text_column(
            table,
            &[
                "fullname",
                "name",
                "displayname",
                "username",
                "login",
                "lastname",
            ],
        ),
        email: text_column(table, &["email", "emailaddress", "mail"]),
        more_tables: Vec::new(),
        placeholder: BTreeMap::new(),
    })
}

/// Whether a table is called like one of people, and not like something about them.
pub(super) fn is_named_like_people(name: &TableName) -> bool {
    stems(&name.name)
        .last()
        .is_some_and(|last| PEOPLE_WORDS.contains(&last.as_str()))
}

/// People of one company are found in many tables; a table of all is one that others refer to, with a
/// way to write to them.
fn score(app: &App<'_>, name: &TableName, table: &Table) -> usize {
    let has_email = text_column(table, &["email", "emailaddress", "mail"]).is_some();
    let is_plain = stems(&name.name).len() == 1;
    let is_of_all = app.tenant.column_of(table).is_none();
    referring(app, name)
        + usize::from(is_plain)
        + 3 * usize::from(has_email)
        + usize::from(is_of_all)
}

fn referring(app: &App<'_>, target: &TableName) -> usize {
    app.tables
        .iter()
        .filter(|(name, _)| **name != target)
        .filter(|(_, table)| {
            table
                .references
                .iter()
                .any(|reference| reference.target == *target)
        })
        .count()
}

fn text_column(table: &Table, wanted: &[&str]) -> Option<String> {
    wanted.iter().find_map(|wanted| {
        table
            .columns
            .iter()
            .find(|column| squeezed(&column.name) == *wanted && is_text(&column.type_name))
            .map(|column| column.name.clone())
    })
}
