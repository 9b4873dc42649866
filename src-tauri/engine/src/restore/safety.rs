//! The safety snapshot: the company as it was just before a restore, complete and synced on this
//! computer before anything is locked.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use super::pass::PassedTable;
use crate::archive::{Excluded, Finished, Kind, Manifest, TableEntry, Writer};
use crate::company::{Actor, Opened};
use crate::model::TableName;
use crate::scope::Disposition;
use crate::{Code, Error, Result};

/// Writes what the pass has read into an archive of its own.
///
/// # Errors
/// `disk_full`, `local_file`.
pub(super) fn write(
    opened: &Opened,
    passed: &BTreeMap<TableName, PassedTable>,
    target: &Path,
    label: String,
    actor: &Actor,
    snapshot_time: Timestamp,
) -> Result<(Finished, Manifest)> {
    let writer = Writer::create(target, &opened.readme_facts(snapshot_time))?;
    let mut entries = Vec::new();
    for (table, passed) in passed {
        let no_rows = || {
            Error::new(
                Code::Defect,
                "A table was read without being kept for the safety snapshot.",
            )
        };
        let sunk = passed.sunk.as_ref().ok_or_else(no_rows)?;
        let member = writer.append(&sunk.member)?;
        let (disposition, area) = opened.archived_disposition(table)?;
        let (columns, key_columns) = (passed.columns.clone(), passed.key_columns.clone());
        entries.push(TableEntry::new(
            table.clone(),
            area,
            disposition,
            columns,
            key_columns,
            member,
        ));
    }
    let mut manifest = opened.manifest(Kind::Safety, actor, snapshot_time, entries);
    manifest.label = Some(label);
    manifest.excluded = excluded(opened);
    writer.finish(manifest)
}

fn excluded(opened: &Opened) -> Vec<Excluded> {
    let tables = opened
        .scope
        .tables
        .iter()
        .filter_map(|(table, found)| match &found.disposition {
            Disposition::Excluded { reason, because } => Some(Excluded {
                table: table.clone(),
                reason: *reason,
                because: because.clone(),
                row_count: None,
            }),
            _ => None,
        });
    tables.collect()
}
