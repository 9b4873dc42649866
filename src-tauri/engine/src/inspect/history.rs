//! One row through the backups of its company.

use jiff::Timestamp;
use uuid::Uuid;

use super::key::{RowName, find_row};
use super::page::values;
use super::table::table_named;
use crate::archive::{Kind, Reader, TableEntry};
use crate::cancel::{CancelToken, checkpoint};
use crate::difference::{FieldDifference, Names};
use crate::library::{Entry, Library};
use crate::model::{Profile, Table, TableName};
use crate::{Code, Error, Result};

/// A backup that was looked into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupRead {
    /// Its file's name.
    pub file: String,
    /// Its identity.
    pub id: Uuid,
    /// What people call it.
    pub name: Option<String>,
    /// What it was made for.
    pub kind: Kind,
    /// The instant that it holds.
    pub time: Timestamp,
}

/// What became of the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It is in the oldest backup: when it was made is not known.
    Found,
    /// It is there and was not in the backup before.
    Appeared,
    /// It has other values than in the backup before.
    Changed,
    /// It is not there any more.
    Vanished,
}

/// A version of the row, or its absence after one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// What became of it.
    pub event: Event,
    /// The first backup that says so.
    pub first: BackupRead,
    /// The last backup before the next version.
    pub last: BackupRead,
    /// Backups from the first to the last.
    pub backup_count: u64,
    /// The values that differ from the version before, as found then and wanted now; those that are not
    /// NULL where there was no row before.
    pub fields: Vec<FieldDifference>,
}

/// A backup that could not be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotRead {
    /// Its file's name.
    pub file: String,
    /// Why.
    pub code: Code,
    /// Why, as a sentence.
    pub message: String,
}

/// A row through all backups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The table, as the newest backup calls it.
    pub table: TableName,
    /// The table in the newest backup.
    pub known: Table,
    /// The row's key.
    pub key: Vec<(String, String)>,
    /// What became of it, oldest first; empty where no backup has it.
    pub versions: Vec<Version>,
    /// Backups that were looked into.
    pub backup_count: u64,
    /// Backups that could not be asked.
    pub not_read: Vec<NotRead>,
}

/// Follows the row of that key through all backups of a company (its id or exact name), oldest first.
///
/// # Errors
/// `no_such_archive` where there is no backup of the company; `no_such_table`; `usage` where the key is
/// not one; `local_file`; `cancelled`.
pub fn history(
    library: &Library,
    profile: &Profile,
    company: &str,
    (table, name): (&str, &RowName),
    cancel: &CancelToken,
) -> Result<History> {
    let mut not_read = Vec::new();
    let mut backups = Vec::new();
    for entry in backups_of(library, company)? {
        checkpoint(cancel)?;
        match library.open_archive(&entry.path) {
            Ok(reader) => backups.push((entry, reader)),
            Err(error) => not_read.push(unread(&entry, &error)),
        }
    }
    let Some((_, newest)) = backups.last() else {
        return Err(
            Error::new(Code::NoSuchArchive, "There is no backup of that company.")
                .hint("See snapback list for the archives on this computer.")
                .with("company", company),
        );
    };
    let manifest = newest.manifest();
    let entry = table_named(manifest, Some(profile), table)?;
    let known = manifest.catalog.tables.get(&entry.table).cloned();
    let known = known.ok_or_else(|| Error::new(Code::Defect, "A table is not in its catalog."))?;
    let scope = &profile.scope.columns;
    let values = name.values(
        (&entry.key_columns, Some(&known)),
        &manifest.company.id,
        scope,
    )?;
    let sought = Sought {
        names: Names { profile },
        table: entry.table.clone(),
        columns: entry.columns.clone(),
        key_columns: entry.key_columns.clone(),
        known,
        values,
    };
    let mut told = Told::default();
    for (entry, reader) in &backups {
        checkpoint(cancel)?;
        match sought.row(reader) {
            Ok(row) => told.add(&backup(entry, reader), row),
            Err(error) => not_read.push(unread(entry, &error)),
        }
    }
    let Sought {
        table,
        key_columns,
        known,
        values,
        ..
    } = sought;
    Ok(History {
        table,
        known,
        key: key_columns.into_iter().zip(values).collect(),
        versions: told.versions,
        backup_count: told.backup_count,
        not_read,
    })
}

/// The company's backups, oldest first.
fn backups_of(library: &Library, company: &str) -> Result<Vec<Entry>> {
    let mut entries = library.list()?;
    let is_of = |entry: &Entry| {
        let of = entry.summary().map(|summary| &summary.company);
        of.is_some_and(|found| found.id.as_str() == company || found.name == company)
    };
    entries.retain(is_of);
    entries.reverse();
    Ok(entries)
}

fn backup(entry: &Entry, reader: &Reader) -> BackupRead {
    let manifest = reader.manifest();
    BackupRead {
        file: entry.file_name(),
        id: manifest.id,
        name: entry.name().map(str::to_owned),
        kind: manifest.kind,
        time: manifest.snapshot_time,
    }
}

fn unread(entry: &Entry, error: &Error) -> NotRead {
    NotRead {
        file: entry.file_name(),
        code: error.code(),
        message: error.message().to_owned(),
    }
}

/// A row's values by the newest backup's columns; `None` for a column that the backup has not.
type Row = Vec<(String, Option<Option<String>>)>;

/// The row that is followed, as the newest backup calls it.
struct Sought<'a> {
    names: Names<'a>,
    table: TableName,
    columns: Vec<String>,
    key_columns: Vec<String>,
    known: Table,
    values: Vec<String>,
}

impl Sought<'_> {
    /// The row in one backup.
    fn row(&self, reader: &Reader) -> Result<Option<Row>> {
        let not_there = || {
            Error::new(
                Code::NoSuchTable,
                "This backup does not have the table, or knows its rows by another key.",
            )
        };
        let tables = &reader.manifest().tables;
        let entry = tables.iter().find(|entry| self.is_it(entry));
        let entry = entry.ok_or_else(not_there)?;
        let column = |name: &String| self.names.column(&entry.table, name, &self.known);
        let own_key: Vec<String> = entry.key_columns.iter().map(column).collect();
        if own_key != self.key_columns {
            return Err(not_there());
        }
        let Some(line) = find_row(reader, entry, &self.values)? else {
            return Ok(None);
        };
        let own: Vec<String> = entry.columns.iter().map(column).collect();
        let mut values = values(entry, &line)?;
        let row = self.columns.iter().map(|name| {
            let position = own.iter().position(|column| column == name);
            let value = position.and_then(|position| values.get_mut(position));
            (name.clone(), value.map(Option::take))
        });
        Ok(Some(row.collect()))
    }

    fn is_it(&self, entry: &TableEntry) -> bool {
        entry.table == self.table || self.names.renamed(&entry.table) == self.table
    }
}

/// What has been told so far.
#[derive(Default)]
struct Told {
    versions: Vec<Version>,
    backup_count: u64,
    row: Option<Row>,
}

impl Told {
    fn add(&mut self, backup: &BackupRead, row: Option<Row>) {
        let is_oldest = self.backup_count == 0;
        self.backup_count += 1;
        let (event, fields) = match (&self.row, &row) {
            (None, None) => (None, Vec::new()),
            (None, Some(_)) if is_oldest => (Some(Event::Found), fields(None, row.as_ref())),
            (None, Some(_)) => (Some(Event::Appeared), fields(None, row.as_ref())),
            (Some(_), None) => (Some(Event::Vanished), Vec::new()),
            (Some(_), Some(_)) => {
                let fields = fields(self.row.as_ref(), row.as_ref());
                let changed = !fields.is_empty();
                (changed.then_some(Event::Changed), fields)
            }
        };
        self.row = row;
        match (event, self.versions.last_mut()) {
            (Some(event), _) => self.versions.push(Version {
                event,
                first: backup.clone(),
                last: backup.clone(),
                backup_count: 1,
                fields,
            }),
            (None, Some(version)) => {
                version.last = backup.clone();
                version.backup_count += 1;
            }
            (None, None) => {}
        }
    }
}

/// The values that differ, of the columns that both have.
fn fields(found: Option<&Row>, wanted: Option<&Row>) -> Vec<FieldDifference> {
    let wanted = wanted.into_iter().flatten();
    let differing = wanted.filter_map(|(column, wanted)| {
        let wanted = wanted.clone()?;
        let found = match found {
            None => None,
            Some(row) => {
                let mut columns = row.iter();
                let (_, found) = columns.find(|(name, _)| name == column)?;
                found.clone()?
            }
        };
        (found != wanted).then(|| FieldDifference {
            column: column.clone(),
            found,
            wanted,
        })
    });
    differing.collect()
}
