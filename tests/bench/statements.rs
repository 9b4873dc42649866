//! What a person would hand `psql` to do the same by hand: the same rows of the same tables.

use std::fmt::Write as _;
use std::path::Path;

use snapback_engine::company::Opened;
use snapback_engine::difference::live;
use snapback_engine::model::{Table, TableName};
use snapback_engine::pg::{Ident, Qualified};
use snapback_engine::scope;

/// Makes the company known to a session, as the conditions expect it.
pub(crate) fn preamble(opened: &Opened) -> String {
    let company = opened.company();
    let group = company.group.as_deref().unwrap_or_default();
    format!(
        "SELECT set_config('snapback.company', '{}', false), set_config('snapback.group', '{group}', false);\n",
        company.id
    )
}

/// Every row of the company to standard output, on one connection, from one snapshot.
pub(crate) fn copy_out(opened: &Opened) -> String {
    let mut script = preamble(opened);
    script.push_str("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;\n");
    for table in opened.archived_tables() {
        let columns = live::travelling_columns(&opened.schema, &opened.scope, &table);
        let statement = live::copy_out(&opened.schema, &opened.scope, &table, &columns);
        let _ = writeln!(script, "{statement};");
    }
    script.push_str("COMMIT;\n");
    script
}

/// How many rows the company has in each table, in one statement.
pub(crate) fn counts(opened: &Opened) -> String {
    let counts: Vec<String> = opened
        .scope
        .tables
        .iter()
        .filter(|(_, found)| !matches!(found.membership, scope::Membership::None))
        .map(|(table, _)| {
            format!(
                "SELECT '{table}', count(*) {}",
                live::from_where(&opened.schema, &opened.scope, table)
            )
        })
        .collect();
    format!("{}{};\n", preamble(opened), counts.join(" UNION ALL "))
}

/// The tables that a restore writes, parents first.
fn written(opened: &Opened) -> Vec<(TableName, &Table)> {
    scope::order(&opened.schema, &opened.scope)
        .parents_first
        .into_iter()
        .filter_map(|name| Some((name.clone(), opened.schema.tables.get(&name)?)))
        .collect()
}

fn stored_columns(table: &Table) -> String {
    let names: Vec<String> = table
        .stored_columns()
        .map(|column| Ident(&column.name).to_string())
        .collect();
    names.join(", ")
}

/// Writes every row that a restore may write into files, one a table that is wanted.
pub(crate) fn save(
    opened: &Opened,
    folder: &Path,
    is_wanted: impl Fn(&TableName) -> bool,
) -> String {
    let mut script = preamble(opened);
    for (name, table) in written(opened) {
        if !is_wanted(&name) {
            continue;
        }
        let _ = writeln!(
            script,
            "\\copy (SELECT {} {}) TO '{}'",
            stored_columns(table),
            live::from_where(&opened.schema, &opened.scope, &name),
            folder.join(format!("{}.copy", name.name)).display()
        );
    }
    script
}

/// Deletes the company's rows, children first, as far as a restore writes their tables.
pub(crate) fn delete(opened: &Opened) -> String {
    let mut script = String::new();
    for (name, _) in written(opened).into_iter().rev() {
        let _ = writeln!(
            script,
            "DELETE {};",
            live::from_where(&opened.schema, &opened.scope, &name)
        );
    }
    script
}

/// Loads the saved files, parents first.
pub(crate) fn load(
    opened: &Opened,
    folder: &Path,
    is_wanted: impl Fn(&TableName) -> bool,
) -> String {
    let mut script = String::new();
    for (name, table) in written(opened) {
        if !is_wanted(&name) {
            continue;
        }
        let _ = writeln!(
            script,
            "\\copy {} ({}) FROM '{}'",
            Qualified(&name),
            stored_columns(table),
            folder.join(format!("{}.copy", name.name)).display()
        );
    }
    script
}

/// Does that in one transaction, with triggers and reference checks silent.
pub(crate) fn silently(opened: &Opened, work: &str) -> String {
    format!(
        "{}BEGIN;\nSET LOCAL session_replication_role = replica;\n{work}COMMIT;\n",
        preamble(opened)
    )
}

/// How many rows differ after [`damage`], of a thousand: rows made since, gone, and changed.
const EXTRA: u32 = 2;
const GONE: u32 = 3;
const CHANGED: u32 = 5;

/// Takes two of a thousand rows out of tables that nothing refers to, into tables of the bench: the
/// rows that are "made since" once the backup is there.
pub(crate) fn set_aside(opened: &Opened) -> String {
    let mut script = "CREATE SCHEMA bench;\n".to_owned();
    for (name, table) in leaves(opened) {
        let aside = format!("bench.{}", Ident(&name.name));
        let _ = writeln!(
            script,
            "CREATE TABLE {aside} AS SELECT {} {} AND {};\nDELETE {} AND {};",
            stored_columns(table),
            live::from_where(&opened.schema, &opened.scope, &name),
            sampled(table, 0, EXTRA),
            live::from_where(&opened.schema, &opened.scope, &name),
            sampled(table, 0, EXTRA),
        );
    }
    silently(opened, &script)
}

/// One row of a hundred differs, scattered: made since, gone, and changed.
pub(crate) fn damage(opened: &Opened) -> String {
    let mut script = String::new();
    for (name, table) in leaves(opened) {
        let columns = stored_columns(table);
        let _ = writeln!(
            script,
            "DELETE {} AND {};\nINSERT INTO {} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM bench.{};",
            live::from_where(&opened.schema, &opened.scope, &name),
            sampled(table, EXTRA, GONE),
            Qualified(&name),
            Ident(&name.name),
        );
    }
    for (name, table) in written(opened) {
        let Some(column) = scribbled(table) else {
            continue;
        };
        let _ = writeln!(
            script,
            "UPDATE {} AS t SET {column} = left(coalesce({column}, ''), 40) || ' (changed)' WHERE {} AND {};",
            Qualified(&name),
            live::predicate(&opened.schema, &opened.scope, &name, "t"),
            sampled(table, EXTRA + GONE, CHANGED),
        );
    }
    silently(opened, &script)
}

/// Written tables with a key that no other table refers to.
fn leaves(opened: &Opened) -> Vec<(TableName, &Table)> {
    let is_referred_to = |name: &TableName| {
        opened
            .schema
            .tables
            .values()
            .any(|table| table.references.iter().any(|found| found.target == *name))
    };
    written(opened)
        .into_iter()
        .filter(|(name, table)| table.key.is_some() && !is_referred_to(name))
        .collect()
}

/// A text column whose values are free: in no key, unique index, check or reference.
fn scribbled(table: &Table) -> Option<Ident<'_>> {
    let bound = |name: &str| {
        let mut indexed = table.uniques.iter().flat_map(|unique| &unique.columns);
        let mut referring = table.references.iter().flat_map(|found| &found.columns);
        table
            .key
            .as_ref()
            .is_none_or(|key| key.columns.iter().any(|column| column == name))
            || indexed.any(|column| column == name)
            || referring.any(|column| column == name)
            || table
                .checks
                .iter()
                .any(|check| check.columns.iter().any(|column| column == name))
    };
    table
        .stored_columns()
        .find(|column| {
            column.type_name == "text"
                && !bound(&column.name)
                && !column.name.ends_with("Id")
                && !column.name.ends_with("By")
        })
        .map(|column| Ident(&column.name))
}

/// Some thousandths of a table's rows, by a hash of their key: scattered, and the same ones each time.
fn sampled(table: &Table, from: u32, width: u32) -> String {
    let key: Vec<String> = table
        .key
        .iter()
        .flat_map(|key| &key.columns)
        .map(|column| format!("t.{}", Ident(column)))
        .collect();
    format!(
        "mod(hashtext(concat_ws('|', {})) & 1048575, 1000) BETWEEN {from} AND {}",
        key.join(", "),
        from + width - 1
    )
}
