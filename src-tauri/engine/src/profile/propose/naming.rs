//! What people call tables and rows, and columns that mean more than the catalog says.

use std::collections::BTreeMap;

use crate::model::{Column, Table, TableName, TableRule};

use super::super::words::{plural_label, stems};
use super::App;
use super::places::Places;
use super::reasons::{Reasons, Topic};
use super::secrets::Secrets;
use super::tenant::{is_text, squeezed};

/// Columns by which people know a row at once, best first; `%` is the table's own words.
const NUMBERS: &[&str] = &[
    "readableid",
    "%number",
    "%no",
    "%code",
    "number",
    "code",
    "sku",
    "serialnumber",
    "reference",
    "%reference",
];

/// Columns that name a row.
const NAMES: &[&str] = &[
    "name",
    "%name",
    "fullname",
    "displayname",
    "title",
    "subject",
    "label",
    "email",
    "slug",
];

/// Words at the end of columns that hold where a file lies.
const PATH_WORDS: &[&str] = &["avatar", "logo", "path", "thumbnail"];

/// Rules by table, references that no constraint tells, and columns that hold paths.
pub(super) type Naming = (BTreeMap<String, TableRule>, Vec<String>, Vec<String>);

/// Finds them for the tables of the backup.
pub(super) fn naming(
    app: &App<'_>,
    places: &Places,
    secrets: &Secrets,
    reasons: &mut Reasons,
) -> Naming {
    let (mut rules, mut soft_references, mut paths) = Naming::default();
    for name in &places.archived {
        let Some(table) = app.tables.get(name) else {
            continue;
        };
        let written = app.written(name);
        let shown = |column: &&Column| !secrets.has(name, &column.name);
        let rule = TableRule {
            label: Some(plural_label(&name.name)),
            naming: naming_columns(app, name, table, &shown),
        };
        rules.insert(written.clone(), rule);
        for column in table.stored_columns().filter(shown) {
            let topic = format!("{written}.{}", column.name);
            if let Some(target) =
                soft_target(app, places, table, column).filter(|target| *target != name)
            {
                reasons.doubt(
                    Topic::Column(topic.clone()),
                    format!(
                        "it seems to refer to {}, though no constraint says so",
                        target.name
                    ),
                );
                soft_references.push(topic);
            } else if holds_path(column) {
                reasons.say(Topic::Column(topic.clone()), "its name says so");
                paths.push(topic);
            }
        }
    }
    (rules, soft_references, paths)
}

/// A number and a name, or what a row ties together.
fn naming_columns(
    app: &App<'_>,
    name: &TableName,
    table: &Table,
    shown: &impl Fn(&&Column) -> bool,
) -> Vec<String> {
    let own = stems(&name.name);
    let own = [own.concat(), own.last().cloned().unwrap_or_default()];
    let find = |wanted: &[&str]| {
        wanted.iter().find_map(|wanted| {
            own.iter().find_map(|own| {
                let wanted = wanted.replace('%', own);
                table
                    .stored_columns()
                    .filter(shown)
                    .find(|column| squeezed(&column.name) == wanted && !refers(table, &column.name))
            })
        })
    };
    let first_and_last: Vec<&Column> = ["firstname", "lastname"]
        .iter()
        .filter_map(|wanted| find(&[*wanted]))
        .collect();
    let names = match find(NAMES) {
        _ if first_and_last.len() == 2 => first_and_last,
        named => named.into_iter().collect(),
    };
    let mut chosen: Vec<String> = find(NUMBERS)
        .into_iter()
        .chain(names)
        .map(|column| column.name.clone())
        .collect();
    chosen.dedup();
    if chosen.is_empty() {
        // A row that only ties others together is known by them.
        chosen = table
            .references
            .iter()
            .filter_map(|reference| match reference.columns.as_slice() {
                [column] => table.column(column),
                _ => None,
            })
            .filter(|column| {
                column.not_null && app.tenant.column_of(table) != Some(column.name.as_str())
            })
            .filter(shown)
            .map(|column| column.name.clone())
            .take(2)
            .collect();
    }
    chosen
}

fn refers(table: &Table, column: &str) -> bool {
    table
        .references
        .iter()
        .any(|reference| reference.columns.iter().any(|name| name == column))
}

/// The table of the backup that a column's name means, where no constraint leads there.
fn soft_target<'a>(
    app: &App<'_>,
    places: &'a Places,
    table: &Table,
    column: &Column,
) -> Option<&'a TableName> {
    let mut stems_of_column = stems(&column.name);
    let is_id = stems_of_column.pop().is_some_and(|last| last == "id");
    if !is_id || stems_of_column.is_empty() || refers(table, &column.name) {
        return None;
    }
    if app.tenant.columns.contains(&column.name) {
        return None;
    }
    places.archived.iter().find(|name| {
        let Some(target) = app.tables.get(name) else {
            return false;
        };
        let key = target.key.as_ref().map(|key| key.columns.as_slice());
        let same_type = match key {
            Some([key]) => target
                .column(key)
                .is_some_and(|key| key.type_name == column.type_name),
            _ => false,
        };
        same_type && stems(&name.name) == stems_of_column
    })
}

fn holds_path(column: &Column) -> bool {
    let last = stems(&column.name).pop().unwrap_or_default();
    is_text(&column.type_name) && PATH_WORDS.contains(&last.as_str())
}
