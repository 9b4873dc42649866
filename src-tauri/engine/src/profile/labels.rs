//! What a person reads instead of names of tables and columns.

use crate::model::{OTHER_AREA, Profile, Schema, Table, TableName};

use super::words::{sentence, words};

/// Columns that name a row in most applications, best first.
const NAMING: &[&str] = &[
    "readableId",
    "number",
    "code",
    "name",
    "title",
    "label",
    "description",
];

/// How many columns name a row at most.
const NAMING_LIMIT: usize = 3;

/// The title of an area for people; an area that the profile does not define is named by itself.
#[must_use]
pub fn area_title(profile: &Profile, area: &str) -> String {
    match profile.areas.iter().find(|known| known.name == area) {
        Some(known) => known.title.clone(),
        None if area == OTHER_AREA => "Other".to_owned(),
        None => sentence(&words(area)),
    }
}

/// What people call a table and its rows, plural: the profile's label, or else its name in words.
#[must_use]
pub fn table_label(profile: &Profile, table: &TableName) -> String {
    let written = profile.written(table);
    if let Some(label) = profile
        .tables
        .get(&written)
        .and_then(|rule| rule.label.clone())
    {
        return label;
    }
    // The company's key behind the prefix means nothing to a person.
    match profile
        .scope
        .run_time
        .iter()
        .find(|kind| table.name.starts_with(&kind.prefix))
    {
        Some(kind) => sentence(&words(&kind.prefix)),
        None => sentence(&words(&table.name)),
    }
}

/// What people call a column: its name in words; where it refers to another row, without `Id`.
#[must_use]
pub fn column_label(table: &Table, column: &str) -> String {
    let mut words = words(column);
    let refers = table
        .references
        .iter()
        .any(|reference| reference.columns.iter().any(|name| name == column));
    if refers
        && words.len() > 1
        && words
            .last()
            .is_some_and(|word| word.eq_ignore_ascii_case("id"))
    {
        words.pop();
    }
    sentence(&words)
}

/// The columns whose values name a row for people, best first; empty for a table that is not there.
///
/// The profile's come first, as far as the table has them; else what most applications use, else the
/// key. Secret columns are never among them.
#[must_use]
pub fn naming_columns(profile: &Profile, schema: &Schema, name: &TableName) -> Vec<String> {
    let Some(table) = schema.tables.get(name) else {
        return Vec::new();
    };
    let written = profile.written(name);
    let shown = |column: &str| {
        table.column(column).is_some()
            && !profile
                .secret_columns
                .contains(&format!("{written}.{column}"))
    };
    let chosen: Vec<String> = match profile.tables.get(&written) {
        Some(rule) => rule
            .naming
            .iter()
            .filter(|column| shown(column))
            .cloned()
            .collect(),
        None => Vec::new(),
    };
    if !chosen.is_empty() {
        return chosen;
    }
    let own_number = format!("{}Id", name.name);
    let refers = |column: &str| {
        table
            .references
            .iter()
            .any(|reference| reference.columns.iter().any(|name| name == column))
    };
    let guessed: Vec<String> = std::iter::once(own_number.as_str())
        .chain(NAMING.iter().copied())
        .filter(|column| shown(column) && !refers(column))
        .take(NAMING_LIMIT)
        .map(str::to_owned)
        .collect();
    if !guessed.is_empty() {
        return guessed;
    }
    let key = table.key.iter().flat_map(|key| &key.columns);
    let scope = &profile.scope.columns;
    key.filter(|column| shown(column) && !scope.contains(column))
        .take(NAMING_LIMIT)
        .cloned()
        .collect()
}
