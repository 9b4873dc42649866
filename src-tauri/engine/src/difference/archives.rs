//! Two archives of one company beside each other, without any database.
//!
//! Tables and columns are called as the newer of the two calls them; columns that only one of them has
//! are not compared, and said so.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Effect, Finding};
use super::merge::Change;
use super::pairing::{Names, Since, TablePair};
use super::picks::Reach;
use super::spool::SpoolWriter;
use super::table::{LeftBehind, TableDifference, compare_table};
use super::wanted::WantedRows;
use crate::archive::{Manifest, Reader, TableEntry};
use crate::cancel::{CancelToken, checkpoint};
use crate::model::{Profile, Schema, Table, TableName};
use crate::rows::{RowHasher, RowStream, SortSettings};
use crate::{Code, Error, Result};

/// What differs in one table of two archives.
pub struct ArchivedTable {
    /// The table, as the newer archive calls it.
    pub table: TableName,
    /// The rows that differ: missing are those that only the second has.
    pub difference: TableDifference,
}

/// The newer of two archives, as which tables and columns are called that are compared.
#[must_use]
pub fn newer([first, second]: [&Manifest; 2]) -> &Manifest {
    if first.snapshot_time > second.snapshot_time {
        first
    } else {
        second
    }
}

/// Compares two archives: what it takes to get from the first to the second. Tables in which nothing
/// differs are left out.
///
/// # Errors
/// `other_company` where they are not of one company and application; archive errors; `disk_full`;
/// `cancelled`.
pub fn compare_archives(
    from: &Reader,
    to: &Reader,
    profile: &Profile,
    sort: &SortSettings,
    cancel: &CancelToken,
) -> Result<(Vec<ArchivedTable>, Vec<Finding>)> {
    let (first, second) = (from.manifest(), to.manifest());
    if first.company.id != second.company.id || first.profile != second.profile {
        return Err(Error::new(
            Code::OtherCompany,
            "These two archives are not of one company.",
        ));
    }
    let newer = newer([first, second]);
    let names = Names { profile };
    let sides = [from, to].map(|reader| Side::new(reader, &newer.catalog, &names));
    let [from, to] = &sides;
    let tables: BTreeSet<&TableName> = from.entries.keys().chain(to.entries.keys()).collect();
    let (mut compared, mut findings) = (Vec::new(), Vec::new());
    for table in tables {
        checkpoint(cancel)?;
        let Some(known) = newer.catalog.tables.get(table) else {
            findings.push(only_older(table, from, to));
            continue;
        };
        let named = Named { table, known };
        let difference = match (from.entries.get(table), to.entries.get(table)) {
            (Some(first), Some(second)) => {
                let sides = [(from, *first), (to, *second)];
                both(sides, &named, sort, &mut findings)?
            }
            (Some(only), None) => from.alone(only, &named, sort, Only::InFirst)?,
            (None, Some(only)) => to.alone(only, &named, sort, Only::InSecond)?,
            (None, None) => continue,
        };
        if !difference.counts().is_unchanged() {
            compared.push(ArchivedTable {
                table: table.clone(),
                difference,
            });
        }
    }
    Ok((compared, findings))
}

/// A table as the newer archive knows it.
struct Named<'a> {
    table: &'a TableName,
    known: &'a Table,
}

/// Which of the two archives has a table.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Only {
    InFirst,
    InSecond,
}

/// Compares a table that both have.
fn both(
    sides: [(&Side<'_>, &TableEntry); 2],
    named: &Named<'_>,
    sort: &SortSettings,
    findings: &mut Vec<Finding>,
) -> Result<TableDifference> {
    let [old, new] = sides.map(|(side, entry)| side.columns(entry, named.known));
    findings.extend(not_compared(named.table, &old, &new));
    let columns: Vec<String> = new.into_iter().filter(|name| old.contains(name)).collect();
    let [first_pair, pair] = sides.map(|(side, entry)| side.pair(entry, named, &columns));
    let [(from, first), (to, second)] = sides;
    let mut found = from.rows(first, &first_pair, sort)?;
    let wanted = to.rows(second, &pair, sort)?;
    compare_table(
        pair,
        wanted,
        &mut found,
        None,
        &Reach::default(),
        &sort.spill_folder,
    )
}

fn only_older(table: &TableName, from: &Side<'_>, to: &Side<'_>) -> Finding {
    let reason =
        "The newer archive's application does not have this table; its rows are not compared.";
    let entries = from.entries.get(table).or_else(|| to.entries.get(table));
    let rows = entries.map_or(0, |entry| entry.row_count);
    Finding::new(Effect::Noted, "table_dropped", table, reason).rows(rows)
}

fn not_compared(table: &TableName, old: &[String], new: &[String]) -> Vec<Finding> {
    let reason = "Only one of the two archives has this column; its values are not compared.";
    let only_one = old
        .iter()
        .filter(|name| !new.contains(name))
        .chain(new.iter().filter(|name| !old.contains(name)));
    only_one
        .map(|column| Finding::new(Effect::Noted, "column_in_one", table, reason).column(column))
        .collect()
}

/// One of the two archives.
struct Side<'a> {
    reader: &'a Reader,
    /// Its tables, as the newer archive calls them.
    entries: BTreeMap<TableName, &'a TableEntry>,
    names: &'a Names<'a>,
}

impl<'a> Side<'a> {
    fn new(reader: &'a Reader, catalog: &Schema, names: &'a Names<'a>) -> Self {
        let tables = reader.manifest().tables.iter();
        Self {
            reader,
            entries: tables
                .map(|entry| (names.table(&entry.table, catalog), entry))
                .collect(),
            names,
        }
    }

    /// The columns of its rows, as the newer archive calls them.
    fn columns(&self, entry: &TableEntry, known: &Table) -> Vec<String> {
        let columns = entry.columns.iter();
        columns
            .map(|column| self.names.column(&entry.table, column, known))
            .collect()
    }

    /// How its rows are read as rows of those columns.
    fn pair(&self, entry: &TableEntry, named: &Named<'_>, columns: &[String]) -> TablePair {
        let Named { table, known } = named;
        let own = self.columns(entry, known);
        let positions: Vec<usize> = columns
            .iter()
            .filter_map(|name| own.iter().position(|column| column == name))
            .collect();
        let key = super::live::key_columns_of(known, columns);
        let own_key: Vec<String> = entry
            .key_columns
            .iter()
            .map(|column| self.names.column(&entry.table, column, known))
            .collect();
        TablePair {
            table: (*table).clone(),
            archived: entry.table.clone(),
            in_order: !key.is_empty() && own_key == key,
            projection: (positions.iter().copied().ne(0..own.len())).then_some(positions),
            columns: columns.to_vec(),
            live_only: Vec::new(),
            key_columns: key,
            written: true,
            conversions: BTreeSet::new(),
            new_checks: Vec::new(),
            since: Since::default(),
        }
    }

    fn rows(
        &self,
        entry: &TableEntry,
        pair: &TablePair,
        sort: &SortSettings,
    ) -> Result<WantedRows> {
        let rows = self.reader.rows(&entry.table)?;
        WantedRows::new(rows, pair, entry.columns.len(), sort)
    }

    /// A table that the other archive does not have.
    fn alone(
        &self,
        entry: &TableEntry,
        named: &Named<'_>,
        sort: &SortSettings,
        only: Only,
    ) -> Result<TableDifference> {
        let columns = self.columns(entry, named.known);
        let pair = self.pair(entry, named, &columns);
        let mut rows = self.rows(entry, &pair, sort)?;
        let mut writer = SpoolWriter::new(&sort.spill_folder);
        while let Some(row) = rows.next_row()? {
            writer.push(match only {
                Only::InFirst => Change::Extra { found: row.line },
                Only::InSecond => Change::Missing { wanted: row.line },
            })?;
        }
        Ok(TableDifference {
            pair,
            spool: writer.finish()?,
            found: RowHasher::default().finish(),
            after: None,
            left_behind: LeftBehind::default(),
            sunk: None,
        })
    }
}
