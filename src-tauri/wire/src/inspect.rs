//! What an archive holds, looked at without a database.

use serde::{Deserialize, Serialize};
use snapback_engine::archive::{Manifest, TableEntry};
use snapback_engine::details::value_kind;
use snapback_engine::inspect;
use snapback_engine::model::{Table, TableName};
use snapback_engine::profile;
use ts_rs::TS;

use crate::{ArchiveKind, ArchiveProblem, FieldChange, KeyPart, Labels, ValueKind};

/// How a value is like the one of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    /// Exactly, as the database writes it.
    Equal,
    /// Not exactly that; nothing at all is another, too.
    Different,
    /// It has it inside, whatever the case of the letters.
    Contains,
    /// That, or what comes after it in the order of the column.
    AtLeast,
    /// That, or what comes before it in the order of the column.
    AtMost,
    /// It is NULL or a text without a letter, whatever the filter's value.
    Empty,
    /// It is neither.
    Filled,
}

impl From<Likeness> for inspect::Likeness {
    fn from(likeness: Likeness) -> Self {
        match likeness {
            Likeness::Equal => Self::Equal,
            Likeness::Different => Self::Different,
            Likeness::Contains => Self::Contains,
            Likeness::AtLeast => Self::AtLeast,
            Likeness::AtMost => Self::AtMost,
            Likeness::Empty => Self::Empty,
            Likeness::Filled => Self::Filled,
        }
    }
}

/// Only rows whose column has a value like that one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct RowFilter {
    /// The column.
    pub column: String,
    /// How.
    pub likeness: Likeness,
    /// The value.
    pub value: String,
}

/// Which way an order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The smallest first.
    Ascending,
    /// The smallest last.
    Descending,
}

/// By what rows are ordered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct RowOrder {
    /// The column.
    pub column: String,
    /// Which way.
    pub direction: Direction,
}

/// Which rows of a table are looked at.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct RowsQuery {
    /// All of these hold.
    pub filters: Vec<RowFilter>,
    /// In which order; as the archive has them where that is `null`.
    pub order: Option<RowOrder>,
    /// How many of those rows come before the first.
    pub offset: u64,
    /// The most rows.
    pub limit: u64,
}

impl From<RowsQuery> for inspect::PageQuery {
    fn from(query: RowsQuery) -> Self {
        let RowsQuery {
            filters,
            order,
            offset,
            limit,
        } = query;
        let filters = filters.into_iter();
        Self {
            filters: filters
                .map(|filter| inspect::Filter {
                    column: filter.column,
                    likeness: filter.likeness.into(),
                    value: filter.value,
                })
                .collect(),
            order: order.map(|order| inspect::Order {
                column: order.column,
                direction: match order.direction {
                    Direction::Ascending => inspect::Direction::Ascending,
                    Direction::Descending => inspect::Direction::Descending,
                },
            }),
            offset,
            limit,
        }
    }
}

/// Some rows of one table of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ArchiveRows {
    /// The table, as `schema.name`.
    pub table: String,
    /// Its name for people.
    pub label: String,
    /// Short name of its area, where it is in one.
    pub area: Option<String>,
    /// Rows in the table.
    pub row_count: u64,
    /// The columns, in the order of the values.
    pub columns: Vec<ArchiveColumn>,
    /// Columns that are in no archive, for they hold secrets.
    pub secret_columns: Vec<String>,
    /// Where its rows lead: tables of the archive that they refer to.
    pub refers_to: Vec<ArchiveReference>,
    /// Whence rows lead to its rows: tables of the archive that refer to them.
    pub used_by: Vec<ArchiveReference>,
    /// How many of the rows asked for come before these.
    pub offset: u64,
    /// The values as the database writes them; `null` for NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// Whether more follow.
    pub has_more: bool,
}

/// A reference between two tables of an archive, seen from one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ArchiveReference {
    /// The columns of the table that is looked at.
    pub columns: Vec<String>,
    /// The other table, as `schema.name`.
    pub table: String,
    /// Its name for people.
    pub label: String,
    /// Its columns, in the same order.
    pub other_columns: Vec<String>,
}

/// A column of a table of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ArchiveColumn {
    /// The column.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// Its type, as the database spells it.
    pub type_name: String,
    /// How people write the values.
    pub kind: ValueKind,
    /// Whether it is part of the key.
    pub is_key: bool,
    /// Whether it names rows for people.
    pub is_name: bool,
    /// The table whose rows it refers to, as `schema.name`.
    pub refers_to: Option<String>,
}

impl ArchiveRows {
    /// A page of a table's rows.
    #[must_use]
    pub fn new(
        page: inspect::Page,
        offset: u64,
        entry: &TableEntry,
        manifest: &Manifest,
        labels: &Labels,
    ) -> Self {
        let inspect::Page { rows, has_more } = page;
        let known = manifest.catalog.tables.get(&entry.table);
        let columns = entry.columns.iter();
        let secret = manifest.secret_columns.get(&entry.table);
        let naming = labels.naming_columns(&manifest.catalog, &entry.table);
        Self {
            table: entry.table.to_string(),
            label: labels.table(&entry.table),
            area: labels.area_of(&entry.table).map(str::to_owned),
            row_count: entry.row_count,
            columns: columns
                .map(|name| ArchiveColumn::new(name, entry, known, &naming))
                .collect(),
            secret_columns: secret.cloned().unwrap_or_default(),
            refers_to: leading_out(entry, manifest, labels),
            used_by: leading_in(entry, manifest, labels),
            offset,
            rows,
            has_more,
        }
    }
}

/// The table of that name in an archive, where it has rows.
fn with_rows<'a>(manifest: &'a Manifest, table: &TableName) -> Option<&'a TableEntry> {
    let mut tables = manifest.tables.iter();
    tables.find(|entry| entry.table == *table && entry.row_count > 0)
}

fn leading_out(entry: &TableEntry, manifest: &Manifest, labels: &Labels) -> Vec<ArchiveReference> {
    let known = manifest.catalog.tables.get(&entry.table);
    let references = known.into_iter().flat_map(|table| &table.references);
    let leading = references.filter(|reference| with_rows(manifest, &reference.target).is_some());
    leading
        .map(|reference| ArchiveReference {
            columns: reference.columns.clone(),
            table: reference.target.to_string(),
            label: labels.table(&reference.target),
            other_columns: reference.target_columns.clone(),
        })
        .collect()
}

fn leading_in(entry: &TableEntry, manifest: &Manifest, labels: &Labels) -> Vec<ArchiveReference> {
    let tables = manifest.catalog.tables.iter();
    let tables = tables.filter(|(table, _)| with_rows(manifest, table).is_some());
    let references = tables.flat_map(|(table, known)| {
        let references = known.references.iter();
        references.map(move |reference| (table, reference))
    });
    let leading = references.filter(|(_, reference)| reference.target == entry.table);
    leading
        .map(|(table, reference)| ArchiveReference {
            columns: reference.target_columns.clone(),
            table: table.to_string(),
            label: labels.table(table),
            other_columns: reference.columns.clone(),
        })
        .collect()
}

impl ArchiveColumn {
    fn new(name: &str, entry: &TableEntry, known: Option<&Table>, naming: &[String]) -> Self {
        let found = known.and_then(|table| table.column(name));
        let label = known.map_or_else(
            || name.to_owned(),
            |table| profile::column_label(table, name),
        );
        let references = known.into_iter().flat_map(|table| &table.references);
        let mut leading =
            references.filter(|reference| reference.columns.iter().any(|own| own == name));
        Self {
            name: name.to_owned(),
            type_name: found
                .map(|column| column.type_name.clone())
                .unwrap_or_default(),
            kind: known.map_or(ValueKind::Text, |table| {
                value_kind(table, name, &label).into()
            }),
            is_key: entry.key_columns.iter().any(|key| key == name),
            is_name: naming.iter().any(|named| named == name),
            refers_to: leading.next().map(|reference| reference.target.to_string()),
            label,
        }
    }
}

/// A field in which a text was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SearchHit {
    /// Short name of the table's area, where it is in one.
    pub area: Option<String>,
    /// The table, as `schema.name`.
    pub table: String,
    /// Its name for people.
    pub label: String,
    /// The key's columns with their values; empty where a row is known by all of its columns.
    pub key: Vec<KeyPart>,
    /// What names the row for people; `null` where nothing does.
    pub name: Option<String>,
    /// The column.
    pub column: String,
    /// What stands before the text in the field, from not far on.
    pub before: String,
    /// The text as it stands there.
    pub found: String,
    /// What stands behind it, not far.
    pub after: String,
}

/// What a search of an archive found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SearchReport {
    /// What was looked for.
    pub text: String,
    /// The first places, area by area.
    pub hits: Vec<SearchHit>,
    /// Fields that have the text.
    pub hit_count: u64,
    /// Rows that were searched.
    pub row_count: u64,
    /// Rows that were too long and were searched in their beginning only.
    pub cut_row_count: u64,
    /// How long it took.
    pub elapsed_ms: u64,
}

impl SearchReport {
    /// What was found of that text.
    #[must_use]
    pub fn new(
        text: &str,
        report: inspect::SearchReport,
        labels: &Labels,
        elapsed_ms: u64,
    ) -> Self {
        let inspect::SearchReport {
            hits,
            hit_count,
            row_count,
            cut_row_count,
        } = report;
        let hits = hits.into_iter().map(|hit| (hit.table.clone(), hit));
        let by_area = labels.by_area(hits).into_iter();
        let hits = by_area.flat_map(|(_, hits)| hits.into_iter().map(|(_, hit)| hit));
        Self {
            text: text.to_owned(),
            hits: hits.map(|hit| SearchHit::new(hit, labels)).collect(),
            hit_count,
            row_count,
            cut_row_count,
            elapsed_ms,
        }
    }
}

impl SearchHit {
    fn new(hit: inspect::Hit, labels: &Labels) -> Self {
        let inspect::Hit {
            table,
            key,
            names,
            column,
            before,
            found,
            after,
        } = hit;
        Self {
            area: labels.area_of(&table).map(str::to_owned),
            label: labels.table(&table),
            table: table.to_string(),
            key: key
                .into_iter()
                .map(|(column, value)| KeyPart { column, value })
                .collect(),
            name: (!names.is_empty()).then(|| names.join(" · ")),
            column,
            before,
            found,
            after,
        }
    }
}

/// What became of a row between two backups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RecordEvent {
    /// It is in the oldest backup: when it was made is not known.
    Found,
    /// It is there and was not in the backup before.
    Appeared,
    /// It has other values than in the backup before.
    Changed,
    /// It is not there any more.
    Vanished,
}

/// A backup that a row was looked for in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct RecordBackup {
    /// File name.
    pub file: String,
    /// Identity of the archive.
    pub id: String,
    /// What people call it.
    pub label: Option<String>,
    /// What it was made for.
    pub kind: ArchiveKind,
    /// The instant that it holds (RFC 3339).
    pub made_at: String,
}

/// A version of a row, or its absence after one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct RecordVersion {
    /// What became of it.
    pub event: RecordEvent,
    /// The first backup that says so.
    pub first: RecordBackup,
    /// The last backup before the next version.
    pub last: RecordBackup,
    /// Backups from the first to the last.
    pub backup_count: u64,
    /// The values that differ from the version before; those that are not NULL where there was no row.
    pub fields: Vec<FieldChange>,
}

/// A backup that could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct BackupNotRead {
    /// File name.
    pub file: String,
    /// Why.
    pub problem: ArchiveProblem,
}

/// One row through all backups of its company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct RecordHistory {
    /// The table, as `schema.name`.
    pub table: String,
    /// Its name for people.
    pub label: String,
    /// The row's key.
    pub key: Vec<KeyPart>,
    /// What became of it, oldest first; empty where no backup has it.
    pub versions: Vec<RecordVersion>,
    /// Backups that were looked into.
    pub backup_count: u64,
    /// Backups that could not be asked.
    pub not_read: Vec<BackupNotRead>,
}

impl RecordHistory {
    /// The history with its table's name for people.
    #[must_use]
    pub fn new(history: inspect::History, label: impl Fn(&TableName) -> String) -> Self {
        let inspect::History {
            table,
            known,
            key,
            versions,
            backup_count,
            not_read,
        } = history;
        let part = |(column, value)| KeyPart {
            column,
            value: Some(value),
        };
        Self {
            label: label(&table),
            table: table.to_string(),
            key: key.into_iter().map(part).collect(),
            versions: versions
                .into_iter()
                .map(|version| RecordVersion::new(version, &known))
                .collect(),
            backup_count,
            not_read: not_read.into_iter().map(BackupNotRead::from).collect(),
        }
    }
}

impl RecordVersion {
    fn new(version: inspect::Version, known: &Table) -> Self {
        let inspect::Version {
            event,
            first,
            last,
            backup_count,
            fields,
        } = version;
        Self {
            event: match event {
                inspect::Event::Found => RecordEvent::Found,
                inspect::Event::Appeared => RecordEvent::Appeared,
                inspect::Event::Changed => RecordEvent::Changed,
                inspect::Event::Vanished => RecordEvent::Vanished,
            },
            first: first.into(),
            last: last.into(),
            backup_count,
            fields: fields
                .into_iter()
                .map(|field| FieldChange::new(field, Some(known)))
                .collect(),
        }
    }
}

impl From<inspect::BackupRead> for RecordBackup {
    fn from(backup: inspect::BackupRead) -> Self {
        let inspect::BackupRead {
            file,
            id,
            name,
            kind,
            time,
        } = backup;
        Self {
            file,
            id: id.to_string(),
            label: name,
            kind: kind.into(),
            made_at: time.to_string(),
        }
    }
}

impl From<inspect::NotRead> for BackupNotRead {
    fn from(backup: inspect::NotRead) -> Self {
        let inspect::NotRead {
            file,
            code,
            message,
        } = backup;
        Self {
            file,
            problem: ArchiveProblem {
                code: code.word().to_owned(),
                message,
            },
        }
    }
}
