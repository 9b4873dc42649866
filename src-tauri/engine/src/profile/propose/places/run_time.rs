//! Tables that the application makes for each company, named after its key.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{RunTimeTable, TableName};

use super::super::super::words::stems;
use super::super::App;
use super::super::areas::SETTINGS;

/// Characters of a key that no year or number of a page has.
const TELLING_KEY: usize = 8;

/// The tables that were made for a company that is known.
pub(super) fn tables(app: &App<'_>) -> BTreeSet<TableName> {
    by_prefix(app).into_values().flatten().cloned().collect()
}

/// The kinds of tables that were made so.
pub(super) fn kinds(app: &App<'_>) -> Vec<RunTimeTable> {
    by_prefix(app)
        .into_keys()
        .map(|prefix| {
            let about = stems(prefix);
            let is_index = ["cache", "index", "search"]
                .iter()
                .any(|word| about.iter().any(|stem| stem == word));
            RunTimeTable {
                prefix: prefix.to_owned(),
                rebuilt_because: is_index
                    .then(|| "The application builds it from the company's rows.".to_owned()),
                area: (!is_index).then(|| SETTINGS.to_owned()),
            }
        })
        .collect()
}

fn by_prefix<'a>(app: &App<'a>) -> BTreeMap<&'a str, Vec<&'a TableName>> {
    let mut found: BTreeMap<&str, Vec<(&TableName, &str)>> = BTreeMap::new();
    for (&name, table) in &app.tables {
        if app.tenant.column_of(table).is_some() {
            continue;
        }
        for id in &app.evidence.company_ids {
            let prefix = name.name.strip_suffix(id.as_str());
            if let Some(prefix) = prefix.filter(|prefix| prefix.ends_with(['_', '-'])) {
                found.entry(prefix).or_default().push((name, id));
            }
        }
    }
    // A short key may be a year by chance; two tables of one kind are no chance.
    found.retain(|_, tables| {
        tables.len() > 1 || tables.iter().any(|(_, id)| id.len() >= TELLING_KEY)
    });
    found
        .into_iter()
        .map(|(prefix, tables)| (prefix, tables.into_iter().map(|(name, _)| name).collect()))
        .collect()
}
