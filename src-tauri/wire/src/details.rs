use serde::{Deserialize, Serialize};
use snapback_engine::details::{self, Page, PageRow, value_kind};
use snapback_engine::difference::{
    FieldDifference, RowDifference, RowFate, RowTeller, TableDifference,
};
use snapback_engine::model::{Profile, Schema, Table, TableName};
use snapback_engine::restore::{Origin, Origins};
use snapback_engine::{Result, profile};
use ts_rs::TS;

/// What happens to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It comes back.
    Added,
    /// Its values change.
    Changed,
    /// It goes.
    Removed,
}

impl ChangeKind {
    /// The same seen from the other side.
    #[must_use]
    pub fn turned(self) -> Self {
        match self {
            Self::Added => Self::Removed,
            Self::Changed => Self::Changed,
            Self::Removed => Self::Added,
        }
    }
}

impl From<ChangeKind> for RowFate {
    fn from(kind: ChangeKind) -> Self {
        match kind {
            ChangeKind::Added => Self::Missing,
            ChangeKind::Changed => Self::Changed,
            ChangeKind::Removed => Self::Extra,
        }
    }
}

/// How people write a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// As it is.
    #[default]
    Text,
    /// A number that counts or measures.
    Number,
    /// An amount of money.
    Money,
    /// A day.
    Date,
    /// A moment (UTC).
    Time,
    /// Yes or no: `t` or `f`.
    Truth,
    /// JSON.
    Document,
}

impl From<details::ValueKind> for ValueKind {
    fn from(kind: details::ValueKind) -> Self {
        match kind {
            details::ValueKind::Text => Self::Text,
            details::ValueKind::Number => Self::Number,
            details::ValueKind::Money => Self::Money,
            details::ValueKind::Date => Self::Date,
            details::ValueKind::Time => Self::Time,
            details::ValueKind::Truth => Self::Truth,
            details::ValueKind::Document => Self::Document,
        }
    }
}

/// Why a row is among those that are taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RowOrigin {
    /// It was picked, or is of an area that was.
    Picked,
    /// It belongs to one that was.
    Belonging,
    /// One that comes back refers to it, and it is gone.
    Needed,
}

impl From<Origin> for RowOrigin {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::Named => Self::Picked,
            Origin::Child => Self::Belonging,
            Origin::Needed => Self::Needed,
        }
    }
}

/// A row that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct RowChange {
    /// What happens to it.
    pub kind: ChangeKind,
    /// Why it is among those that are taken back; left out where all of a backup is restored.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub origin: Option<RowOrigin>,
    /// The key's columns with their values; empty where a row is known by all of its columns.
    pub key: Vec<KeyPart>,
    /// What names the row for people; `null` where nothing does.
    pub name: Option<String>,
    /// What names it besides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub more_names: Vec<String>,
    /// The currency that the row itself names.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub currency: Option<String>,
    /// The columns whose values differ; for a row that comes back or goes, those that are not NULL.
    pub fields: Vec<FieldChange>,
}

/// One column of a row's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
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
    /// What people call the row that the value before points at, where it was looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub old_name: Option<String>,
    /// What people call the row that the value after points at, where it was looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub new_name: Option<String>,
    /// How people write the values; left out where that was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub kind: Option<ValueKind>,
    /// Whether a value was too long and ends early.
    #[serde(skip_serializing_if = "is_whole")]
    #[ts(optional, as = "Option<bool>")]
    pub is_cut: bool,
}

fn is_whole(is_cut: &bool) -> bool {
    !is_cut
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
    let rows = teller.page(&mut difference.spool, None, offset, limit)?;
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

/// Letters of a value that cross to the window: a cell may hold a whole document.
const VALUE_LENGTH: usize = 20_000;

impl RowPage {
    /// A page with names for people and whole values.
    #[must_use]
    pub fn named(page: Page, pages: &details::Pages, table: &TableName, offset: u64) -> Self {
        let Page { row_count, rows } = page;
        let known = pages.schema().tables.get(table);
        Self {
            table: table.to_string(),
            label: profile::table_label(pages.profile(), table),
            total: row_count,
            offset,
            rows: rows
                .into_iter()
                .map(|row| RowChange::named(row, known))
                .collect(),
        }
    }

    /// The same with why each row is among those that are taken back.
    #[must_use]
    pub fn marked(mut self, origins: &Origins, table: &TableName) -> Self {
        for row in &mut self.rows {
            let of_key = |column: &str| row.key.iter().find(|part| part.column == column);
            let of_row = |column: &str| row.fields.iter().find(|field| field.column == column);
            let origin = origins.of(table, |column| match of_key(column) {
                Some(part) => part.value.clone(),
                None => of_row(column)?.new.clone(),
            });
            row.origin = origin.map(Into::into);
        }
        self
    }

    /// The same with values that are short enough for a window.
    #[must_use]
    pub fn cut(mut self) -> Self {
        for field in self.rows.iter_mut().flat_map(|row| &mut row.fields) {
            for value in [&mut field.old, &mut field.new].into_iter().flatten() {
                if let Some((end, _)) = value.char_indices().nth(VALUE_LENGTH) {
                    value.truncate(end);
                    field.is_cut = true;
                }
            }
        }
        self
    }

    /// The same seen from the other side.
    #[must_use]
    pub fn turned(mut self) -> Self {
        self.rows = self.rows.into_iter().map(RowChange::turned).collect();
        self
    }
}

impl RowChange {
    fn named(row: PageRow, table: Option<&Table>) -> Self {
        let PageRow {
            row,
            names,
            points_at,
        } = row;
        let mut change = Self::new(row, table);
        let mut names = names.into_iter();
        change.name = names.next();
        change.more_names = names.collect();
        for (field, names) in change.fields.iter_mut().zip(points_at) {
            [field.old_name, field.new_name] = names;
            field.kind = Some(table.map_or(ValueKind::Text, |table| {
                value_kind(table, &field.column, &field.label).into()
            }));
        }
        change
    }

    fn new(row: RowDifference, table: Option<&Table>) -> Self {
        let RowDifference {
            fate,
            key,
            names,
            currency,
            fields,
        } = row;
        let names: Vec<String> = names.into_iter().map(|(_, value)| value).collect();
        Self {
            kind: match fate {
                RowFate::Missing => ChangeKind::Added,
                RowFate::Changed => ChangeKind::Changed,
                RowFate::Extra => ChangeKind::Removed,
            },
            origin: None,
            key: key
                .into_iter()
                .map(|(column, value)| KeyPart { column, value })
                .collect(),
            name: (!names.is_empty()).then(|| names.join(" · ")),
            more_names: Vec::new(),
            currency,
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
            old_name: field.new_name,
            new_name: field.old_name,
            ..field
        });
        Self {
            kind: self.kind.turned(),
            fields: fields.collect(),
            ..self
        }
    }
}

impl FieldChange {
    pub(crate) fn new(field: FieldDifference, table: Option<&Table>) -> Self {
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
            old_name: None,
            new_name: None,
            kind: None,
            is_cut: false,
        }
    }
}
