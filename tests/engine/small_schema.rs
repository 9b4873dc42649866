//! Small schemas for tests, built table by table.

use snapback_engine::model::{
    Check, Column, Generation, Key, OnChange, Reference, Schema, Table, TableKind, TableName,
};

/// A table under its name.
pub(crate) type Named = (TableName, Table);

/// A schema of these tables.
pub(crate) fn schema(tables: impl IntoIterator<Item = Named>) -> Schema {
    Schema {
        domains: Default::default(),
        tables: tables.into_iter().collect(),
        ..Schema::default()
    }
}

/// The table that the name means in the schema `public`.
pub(crate) fn named(name: &str) -> TableName {
    TableName::new("public", name)
}

/// The table of companies.
pub(crate) fn company_table() -> Named {
    table("company", &["id", "name"])
}

/// A table of text columns: the first is its key, and NOT NULL; a `?` behind a name allows NULL.
pub(crate) fn table(name: &str, columns: &[&str]) -> Named {
    let key = columns[0].trim_end_matches('?').to_owned();
    let columns = columns
        .iter()
        .map(|&written| Column {
            name: written.trim_end_matches('?').to_owned(),
            type_name: "text".to_owned(),
            not_null: !written.ends_with('?'),
            default: None,
            generation: Generation::None,
            sequence: None,
            database_bound: false,
            comment: None,
        })
        .collect();
    let table = Table {
        kind: TableKind::Ordinary,
        columns,
        key: Some(Key {
            name: format!("{name}_pkey"),
            columns: vec![key],
            primary: true,
        }),
        uniques: Vec::new(),
        references: Vec::new(),
        checks: Vec::new(),
        triggers: Vec::new(),
        row_security: false,
        force_row_security: false,
        estimated_row_count: 0,
        comment: None,
    };
    (named(name), table)
}

/// The same table with a column of another type.
pub(crate) fn typed((name, mut table): Named, column: &str, type_name: &str) -> Named {
    table
        .columns
        .iter_mut()
        .find(|known| known.name == column)
        .expect("the table has that column")
        .type_name = type_name.to_owned();
    (name, table)
}

/// The same table with one more reference.
pub(crate) fn reference(
    (name, mut table): Named,
    columns: &[&str],
    target: &str,
    target_columns: &[&str],
) -> Named {
    table.references.push(Reference {
        name: format!("{}_{}_fkey", name.name, columns.join("_")),
        columns: columns.iter().map(|&column| column.to_owned()).collect(),
        target: named(target),
        target_columns: target_columns
            .iter()
            .map(|&column| column.to_owned())
            .collect(),
        on_delete: OnChange::NoAction,
        on_update: OnChange::NoAction,
        deferrable: false,
        validated: true,
    });
    (name, table)
}

/// The same table with a CHECK on these columns.
pub(crate) fn checked((name, mut table): Named, columns: &[&str]) -> Named {
    table.checks.push(Check {
        name: format!("{}_check", name.name),
        definition: "CHECK (true)".to_owned(),
        columns: columns.iter().map(|&column| column.to_owned()).collect(),
    });
    (name, table)
}
