//! Holds the tables of Carbon's archive against those of the application as it is today.

use super::facts::Facts;
use super::losses::{LossKind, Losses};
use super::unpack::{Rows, Unpacked};
use crate::company::Opened;
use crate::difference::live;
use crate::model::{Column, Generation, Table, TableName};
use crate::scope::{Disposition, Membership};

/// A table whose rows are taken over.
pub(super) struct Fitted<'a> {
    /// Its name in the archive.
    pub(super) source: &'a str,
    pub(super) rows: &'a Rows,
    pub(super) table: TableName,
    pub(super) columns: Vec<FittedColumn<'a>>,
    pub(super) key_columns: Vec<String>,
    /// The column that says whose row it is, where one does.
    pub(super) owner: Option<String>,
}

impl Fitted<'_> {
    /// The names of its columns in the application.
    pub(super) fn column_names(&self) -> Vec<String> {
        let columns = self.columns.iter();
        columns.map(|fitted| fitted.column.name.clone()).collect()
    }
}

/// A column of it.
pub(super) struct FittedColumn<'a> {
    /// Its name in the archive.
    pub(super) source: String,
    pub(super) column: &'a Column,
}

/// What becomes of each table of the archive; what is not taken over is a loss.
pub(super) fn fit<'a>(
    unpacked: &'a Unpacked,
    opened: &'a Opened,
    losses: &mut Losses,
) -> Vec<Fitted<'a>> {
    let tables = unpacked.tables.iter();
    tables
        .filter_map(|(source, rows)| fit_table((source, rows), &unpacked.facts, opened, losses))
        .collect()
}

fn fit_table<'a>(
    (source, rows): (&'a str, &'a Rows),
    facts: &Facts,
    opened: &'a Opened,
    losses: &mut Losses,
) -> Option<Fitted<'a>> {
    let mut lost = |kind| {
        if rows.row_count > 0 {
            losses.rows(kind, source, rows.row_count);
        }
    };
    let Some((table, found)) = table_of(source, opened) else {
        lost(LossKind::UnknownTable);
        return None;
    };
    let scope = opened.scope.tables.get(&table);
    if !scope.is_some_and(|scope| scope.disposition.is_archived()) {
        let is_excluded =
            scope.is_some_and(|scope| matches!(scope.disposition, Disposition::Excluded { .. }));
        lost(match is_excluded || scope.is_some() {
            true => LossKind::LeftOut,
            false => LossKind::UnknownTable,
        });
        return None;
    }
    let listed = facts.table(source).map(|table| table.columns.as_slice());
    let listed: Vec<String> = match listed {
        Some(listed) if !listed.is_empty() => listed.to_vec(),
        _ => rows.columns.iter().cloned().collect(),
    };
    let travelling = live::travelling_columns(&opened.schema, &opened.scope, &table);
    let mut columns: Vec<FittedColumn<'a>> = Vec::new();
    for name in listed {
        let today = column_of(source, &name, &table, found, opened);
        match today {
            None => losses.values(LossKind::UnknownColumn, source, &name, rows.row_count),
            Some(column) if is_computed(column) => {}
            Some(column) if !travelling.contains(&column.name) => {
                losses.values(LossKind::Secret, source, &name, rows.row_count);
            }
            Some(column) if columns.iter().any(|known| known.column.name == column.name) => {}
            Some(column) => columns.push(FittedColumn {
                source: name,
                column,
            }),
        }
    }
    // In the order of today's table, as an archive of ours has them.
    columns.sort_by_key(|fitted| {
        travelling
            .iter()
            .position(|name| *name == fitted.column.name)
    });
    let is_inside = |name: &String| columns.iter().any(|fitted| fitted.column.name == *name);
    let key = found.key.as_ref();
    if !key.is_none_or(|key| key.columns.iter().all(is_inside)) {
        if rows.row_count > 0 {
            losses.rows(LossKind::Keyless, source, rows.row_count);
        }
        return None;
    }
    for missing in travelling.iter().filter(|name| !is_inside(name)) {
        losses.values(LossKind::MissingColumn, source, missing, rows.row_count);
    }
    let owner = match &scope?.membership {
        Membership::Column(column) => Some(column.clone()),
        Membership::Group(_) | Membership::References(_) | Membership::Whole | Membership::None => {
            None
        }
    };
    Some(Fitted {
        source,
        rows,
        key_columns: key.map(|key| key.columns.clone()).unwrap_or_default(),
        table,
        columns,
        owner,
    })
}

fn is_computed(column: &Column) -> bool {
    matches!(column.generation, Generation::Stored | Generation::Virtual)
}

/// The table of that name, or what newer versions of the application call it.
fn table_of<'a>(source: &str, opened: &'a Opened) -> Option<(TableName, &'a Table)> {
    let profile = &opened.profile;
    let renamed = profile.renames.iter();
    let renamed = renamed
        .filter(|rename| rename.from == source)
        .filter_map(|rename| rename.to.as_deref());
    std::iter::once(source).chain(renamed).find_map(|written| {
        // A name is one of the application's schema, whatever stands in it.
        let name = TableName::new(&profile.schema, written);
        let table = opened.schema.tables.get(&name)?;
        Some((name, table))
    })
}

/// The column of that name, or what newer versions of the application call it.
fn column_of<'a>(
    source: &str,
    column: &str,
    table: &TableName,
    found: &'a Table,
    opened: &Opened,
) -> Option<&'a Column> {
    if let Some(same) = found.column(column) {
        return Some(same);
    }
    let written = format!("{source}.{column}");
    let mut renames = opened.profile.renames.iter();
    let rename = renames.find(|rename| rename.from == written)?;
    let (there, name) = opened.profile.column_name(rename.to.as_deref()?)?;
    (there == *table).then(|| found.column(name))?
}
