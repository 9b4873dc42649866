//! Carbon's schema as an engine sees it, from the facts that the demo database is made of.

use std::collections::BTreeMap;

use serde::Deserialize;
use snapback_engine::model::{
    Column, Generation, Key, OnChange, Reference, Schema, Table, UniqueIndex,
};

use super::small_schema::{named, table};

#[derive(Deserialize)]
struct Facts {
    tables: Vec<TableFacts>,
}

#[derive(Deserialize)]
struct TableFacts {
    name: String,
    key: Vec<String>,
    /// `name type flags`, where `!` is NOT NULL and `~` generated and stored.
    columns: Vec<String>,
    /// Columns, target, its columns, on delete, on update; columns with commas between them.
    references: Vec<[String; 5]>,
    #[serde(default)]
    uniques: Vec<Vec<String>>,
}

/// All tables of Carbon, with two of each kind that it makes at run time: for `c1` and for `c2`.
pub(crate) fn carbon_schema() -> Schema {
    let facts: Facts =
        serde_json::from_str(include_str!("../../src-tauri/demo/carbon/catalog.json"))
            .expect("the facts are JSON of this shape");
    let mut tables: BTreeMap<_, _> = facts
        .tables
        .into_iter()
        .map(|facts| (named(&facts.name), carbon_table(&facts)))
        .collect();
    for run_time in [
        "searchIndex_c1",
        "searchIndex_c2",
        "auditLog_c1",
        "auditLog_c2",
    ] {
        tables.extend([table(run_time, &["id", "tableName", "recordId"])]);
    }
    Schema {
        domains: Default::default(),
        tables,
        ..Schema::default()
    }
}

fn carbon_table(facts: &TableFacts) -> Table {
    let (_, mut table) = table(&facts.name, &["id"]);
    table.columns = facts
        .columns
        .iter()
        .map(|written| column(written))
        .collect();
    table.key = (!facts.key.is_empty()).then(|| Key {
        name: format!("{}_pkey", facts.name),
        columns: facts.key.clone(),
        primary: true,
    });
    table.references = facts.references.iter().map(reference).collect();
    table.uniques = facts
        .uniques
        .iter()
        .map(|columns| unique(&facts.name, columns))
        .collect();
    table
}

fn column(written: &str) -> Column {
    let mut parts = written.splitn(3, ' ').map(str::to_owned);
    let (name, type_name, flags) = (parts.next(), parts.next(), parts.next().unwrap_or_default());
    Column {
        name: name.expect("a column has a name"),
        type_name: type_name.expect("a column has a type"),
        not_null: flags.contains('!'),
        default: None,
        generation: if flags.contains('~') {
            Generation::Stored
        } else {
            Generation::None
        },
        sequence: None,
        database_bound: false,
        comment: None,
    }
}

fn reference([columns, target, target_columns, _, _]: &[String; 5]) -> Reference {
    let split = |columns: &str| columns.split(',').map(str::to_owned).collect();
    Reference {
        name: format!("{columns}_fkey"),
        columns: split(columns),
        target: named(target),
        target_columns: split(target_columns),
        on_delete: OnChange::NoAction,
        on_update: OnChange::NoAction,
        deferrable: false,
        validated: true,
    }
}

fn unique(table: &str, columns: &[String]) -> UniqueIndex {
    UniqueIndex {
        name: format!("{table}_{}_key", columns.join("_")),
        expressions: columns.to_vec(),
        columns: columns.to_vec(),
        predicate: None,
        plain: true,
        nulls_not_distinct: false,
        exclusion: false,
        deferrable: false,
    }
}
