//! How the live rows of one company are asked for: the one place where a company's membership becomes
//! SQL.
//!
//! The company's key is never in the text: every session carries it in the setting
//! `snapback.company` (and the group's in `snapback.group`), set with a bound value.

use std::fmt::Write as _;

use crate::model::{Schema, Table, TableKind, TableName};
use crate::pg::{Ident, Qualified};
use crate::rows::KeyColumns;
use crate::scope::{DEEPEST_ROUTE, Membership, Scope};

use super::pass::LiveTable;

/// The condition under which a row of `table`, there called `alias`, is the company's.
#[must_use]
pub fn predicate(schema: &Schema, scope: &Scope, table: &TableName, alias: &str) -> String {
    predicate_at(schema, scope, table, alias, 0)
}

fn predicate_at(
    schema: &Schema,
    scope: &Scope,
    table: &TableName,
    alias: &str,
    depth: usize,
) -> String {
    let Some(table_scope) = scope.tables.get(table) else {
        return "false".to_owned();
    };
    let equals = |column: &str, value: &str| {
        let type_name = schema
            .tables
            .get(table)
            .and_then(|found| found.column(column))
            .map_or("text", |found| &found.type_name);
        format!("{alias}.{} = {value}::{type_name}", Ident(column))
    };
    match &table_scope.membership {
        Membership::Column(column) => equals(column, "current_setting('snapback.company')"),
        // No group is an empty setting, which is a value of no other type than text.
        Membership::Group(column) => {
            equals(column, "nullif(current_setting('snapback.group'), '')")
        }
        Membership::Whole => "true".to_owned(),
        Membership::None => "false".to_owned(),
        Membership::References(_) if depth == DEEPEST_ROUTE => "false".to_owned(),
        Membership::References(routes) => {
            let inner = format!("r{depth}");
            let any: Vec<String> = routes
                .iter()
                .map(|route| {
                    let join: Vec<String> = route
                        .columns
                        .iter()
                        .zip(&route.target_columns)
                        .map(|(here, there)| {
                            format!("{inner}.{} = {alias}.{}", Ident(there), Ident(here))
                        })
                        .collect();
                    format!(
                        "EXISTS (SELECT 1 FROM {} AS {inner} WHERE {} AND {})",
                        Qualified(&route.target),
                        join.join(" AND "),
                        predicate_at(schema, scope, &route.target, &inner, depth + 1)
                    )
                })
                .collect();
            format!("({})", any.join(" OR "))
        }
    }
}

/// A table as statements name it: a table with children by inheritance stands for its own rows alone,
/// since each child is a table of its own.
#[must_use]
pub fn relation(schema: &Schema, table: &TableName) -> String {
    match schema.tables.get(table).map(|found| found.kind) {
        Some(TableKind::Inherited) => format!("ONLY {}", Qualified(table)),
        _ => Qualified(table).to_string(),
    }
}

/// `FROM` and `WHERE` of the company's rows of a table, called `t` there.
#[must_use]
pub fn from_where(schema: &Schema, scope: &Scope, table: &TableName) -> String {
    format!(
        "FROM {} AS t WHERE {}",
        relation(schema, table),
        predicate(schema, scope, table, "t")
    )
}

/// The statement that streams those columns of the company's rows as COPY text, in no order.
#[must_use]
pub fn copy_out(schema: &Schema, scope: &Scope, table: &TableName, columns: &[String]) -> String {
    let mut list = String::new();
    for column in columns {
        let _ = write!(
            list,
            "{}t.{}",
            if list.is_empty() { "" } else { ", " },
            Ident(column)
        );
    }
    format!(
        "COPY (SELECT {list} {}) TO STDOUT",
        from_where(schema, scope, table)
    )
}

/// One table of a pass: those columns of the company's rows, known by that key.
#[must_use]
pub fn table(
    schema: &Schema,
    scope: &Scope,
    table: &TableName,
    columns: &[String],
    key: KeyColumns,
) -> LiveTable {
    LiveTable {
        copy_sql: copy_out(schema, scope, table, columns),
        key,
        width: columns.len(),
        table: table.clone(),
    }
}

/// The columns of a table that travel: stored ones that are not secret, in the catalog's order.
#[must_use]
pub fn travelling_columns(schema: &Schema, scope: &Scope, table: &TableName) -> Vec<String> {
    let secret = scope
        .tables
        .get(table)
        .map(|found| found.secret_columns.as_slice())
        .unwrap_or_default();
    schema
        .tables
        .get(table)
        .into_iter()
        .flat_map(|found| found.stored_columns())
        .filter(|column| !secret.contains(&column.name))
        .map(|column| column.name.clone())
        .collect()
}

/// The key of a table's rows among those columns: its key's columns, or none where one of them does not
/// travel or there is no key.
#[must_use]
pub fn key_columns(schema: &Schema, table: &TableName, columns: &[String]) -> Vec<String> {
    let found = schema.tables.get(table);
    found.map_or_else(Vec::new, |found| key_columns_of(found, columns))
}

/// The same for a table at hand.
pub(super) fn key_columns_of(table: &Table, columns: &[String]) -> Vec<String> {
    let key = table.key.as_ref();
    key.filter(|key| key.columns.iter().all(|name| columns.contains(name)))
        .map(|key| key.columns.clone())
        .unwrap_or_default()
}

/// The key of rows with those columns, as positions.
#[must_use]
pub fn key_of(columns: &[String], key_columns: &[String]) -> KeyColumns {
    if key_columns.is_empty() {
        return KeyColumns::whole_row(columns.len());
    }
    KeyColumns::at(
        key_columns
            .iter()
            .filter_map(|name| columns.iter().position(|column| column == name))
            .collect(),
    )
}
