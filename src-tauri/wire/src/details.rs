use serde::Serialize;
use snapback_engine::difference::{
    FieldDifference, RowDifference, RowFate, RowTeller, TableDifference,
};
use snapback_engine::model::{Profile, Schema, Table};
use snapback_engine::{Result, profile};
use ts_rs::TS;

/// What happens to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It comes back.
    Added,
    /// Its values change.
    Changed,
    /// It goes.
    Removed,
}

/// A row that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct RowChange {
    /// What happens to it.
    pub kind: ChangeKind,
    /// The key's columns with their values; empty where a row is known by all of its columns.
    pub key: Vec<KeyPart>,
    /// What names the row for people; `null` where nothing does.
    pub name: Option<String>,
    /// The columns whose values differ; for a row that comes back or goes, those that are not NULL.
    pub fields: Vec<FieldChange>,
}

/// One column of a row's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct KeyPart {
    /// The column.
    pub column: String,
    /// Its value as text; `null` for NULL.
    pub value: Option<String>,
}

/// A value that changes, as the database writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct FieldChange {
    /// The column.
    pub column: String,
    /// Its name for people.
    pub label: String,
    /// The value before; `null` for NULL and where there was no row.
    pub old: Option<String>,
    /// The value after; `null` for NULL and where there will be no row.
    pub new: Option<String>,
}

/// Some of the rows of one table that differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct RowPage {
    /// The table, as `schema.name`.
    pub table: String,
    /// Its name for people.
    pub label: String,
    /// Rows of this table that differ.
    pub total: u64,
    /// How many of them come before the first of these.
    pub offset: u64,
    /// These, in the order of their keys.
    pub rows: Vec<RowChange>,
}

/// Reads some of the differing rows of a table, on a thread that may block.
///
/// # Errors
/// `local_file`; `archive_damaged` where a value is not UTF-8.
pub fn row_page(
    difference: &mut TableDifference,
    profile: &Profile,
    schema: &Schema,
    offset: u64,
    limit: u64,
) -> Result<RowPage> {
    let table = &difference.pair.table;
    let naming = profile::naming_columns(profile, schema, table);
    let teller = RowTeller::new(&difference.pair, &naming);
    let known = schema.tables.get(table);
    let rows = teller.page(&mut difference.spool, offset, limit)?;
    Ok(RowPage {
        table: table.to_string(),
        label: profile::table_label(profile, table),
        total: difference.counts().differing(),
        offset,
        rows: rows
            .into_iter()
            .map(|row| RowChange::new(row, known))
            .collect(),
    })
}

impl RowChange {
    fn new(row: RowDifference, table: Option<&Table>) -> Self {
        let RowDifference {
            fate,
            key,
            names,
            fields,
        } = row;
        Self {
            kind: match fate {
                RowFate::Missing => ChangeKind::Added,
                RowFate::Changed => ChangeKind::Changed,
                RowFate::Extra => ChangeKind::Removed,
            },
            key: key
                .into_iter()
                .map(|(column, value)| KeyPart { column, value })
                .collect(),
            name: (!names.is_empty()).then(|| names.join(" · ")),
            fields: fields
                .into_iter()
                .map(|field| FieldChange::new(field, table))
                .collect(),
        }
    }

    /// The same seen from the other side.
    #[must_use]
    pub fn turned(self) -> Self {
        let fields = self.fields.into_iter().map(|field| FieldChange {
            old: field.new,
            new: field.old,
            ..field
        });
        Self {
            kind: match self.kind {
                ChangeKind::Added => ChangeKind::Removed,
                ChangeKind::Changed => ChangeKind::Changed,
                ChangeKind::Removed => ChangeKind::Added,
            },
            fields: fields.collect(),
            ..self
        }
    }
}

impl FieldChange {
    fn new(field: FieldDifference, table: Option<&Table>) -> Self {
        let FieldDifference {
            column,
            found,
            wanted,
        } = field;
        Self {
            label: table.map_or_else(
                || column.clone(),
                |table| profile::column_label(table, &column),
            ),
            column,
            old: found,
            new: wanted,
        }
    }
}
