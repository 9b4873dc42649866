//! A scheduled backup as the point after another one: only what changed between the two stays on disk.

use std::path::Path;

use crate::archive::{
    ChangedRows, DEFAULT_LEVEL, Kind, Manifest, MemberSpool, Reader, Summary, TableChanges,
    TableEntry, Writer,
};
use crate::cancel::{CancelToken, checkpoint};
use crate::difference::{Change, Identity, merge};
use crate::library::{Entry, Library};
use crate::rows::fields;
use crate::{Code, Result};

/// Archives that stand on one whole one at most, before another whole one begins.
const LONGEST: usize = 39;

/// How a point is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// With all of its rows: it is the first, or the next of those that are.
    Whole,
    /// With what changed since the point before it alone.
    Changes,
}

/// Stores a backup that a schedule has just made by what changed since the point before it, where that is less.
/// What it stands for stays the same, to the last byte, and so does its name.
///
/// # Errors
/// What the readers of both meet; `disk_full`, `local_file`, `cancelled`. The backup is whole then.
pub fn store_by_changes(library: &Library, path: &Path, cancel: &CancelToken) -> Result<Stored> {
    let now = match library.open_archive(path) {
        // A timer that has no key makes backups all the same, each with all of its rows.
        Err(error) if matches!(error.code(), Code::KeyNeeded | Code::WrongKey) => {
            return Ok(Stored::Whole);
        }
        opened => opened?,
    };
    let entries = library.list()?;
    let Some(chain) = Chain::before(&entries, now.manifest()) else {
        return Ok(Stored::Whole);
    };
    let before = library.open_archive(&chain.newest.path)?;
    if chain.length >= LONGEST || !is_alike(before.manifest(), now.manifest()) {
        return Ok(Stored::Whole);
    }
    let mut manifest = now.manifest().clone();
    let writer = library.begin_in_place(path, &manifest.readme_facts(), manifest.encryption)?;
    manifest.base = Some(before.manifest().id);
    manifest.base_state = Some(before.manifest().state());
    for entry in &mut manifest.tables {
        checkpoint(cancel)?;
        (entry.first_frame, entry.frame_count) = (0, 0);
        if let Some(known) = before.manifest().table(&entry.table)
            && (known.row_count, &known.blake3) != (entry.row_count, &entry.blake3)
        {
            let changes = changes(&before, &now, entry, (&writer, library.spool_folder()))?;
            manifest.changes.push(changes);
        }
    }
    carry_files(&before, &now, &writer, &mut manifest)?;
    let sealed = writer.seal(manifest)?;
    // Changes that add up to the whole save nothing, and each of them is one more to read.
    if chain.changes_bytes + sealed.finished().size_bytes >= now.size_bytes() {
        return Ok(Stored::Whole);
    }
    library.replace(sealed)?;
    Ok(Stored::Changes)
}

/// The points before a new one, down to the whole one that they stand on.
struct Chain<'a> {
    newest: &'a Entry,
    /// How many of them hold only changes.
    length: usize,
    /// Bytes of those.
    changes_bytes: u64,
}

impl<'a> Chain<'a> {
    fn before(entries: &'a [Entry], now: &Manifest) -> Option<Self> {
        let newest = entries
            .iter()
            .filter_map(|entry| Some((entry, entry.summary()?)))
            .filter(|(_, summary)| {
                summary.kind == Kind::Scheduled
                    && summary.company.id == now.company.id
                    && summary.profile == now.profile
                    && summary.id != now.id
                    && summary.snapshot_time < now.snapshot_time
            })
            .max_by_key(|(_, summary)| (summary.snapshot_time, summary.id));
        let (newest, _) = newest?;
        let (mut length, mut changes_bytes) = (0, 0);
        let mut below = newest;
        while let Some(base) = below.summary().and_then(Summary::stands_on) {
            length += 1;
            changes_bytes += below.size_bytes;
            let mut found = entries.iter();
            below = found.find(|entry| entry.summary().is_some_and(|it| it.id == base))?;
            if length > entries.len() {
                return None;
            }
        }
        Some(Self {
            newest,
            length,
            changes_bytes,
        })
    }
}

/// Whether both hold the same columns of the same tables, by the same keys, and files or none.
fn is_alike(before: &Manifest, now: &Manifest) -> bool {
    let shape = |entry: &TableEntry| {
        (
            entry.table.clone(),
            entry.columns.clone(),
            entry.key_columns.clone(),
        )
    };
    let tables = |manifest: &Manifest| manifest.tables.iter().map(shape).collect::<Vec<_>>();
    tables(before) == tables(now) && before.files.is_some() == now.files.is_some()
}

fn changes(
    before: &Reader,
    now: &Reader,
    entry: &TableEntry,
    (writer, folder): (&Writer, &Path),
) -> Result<TableChanges> {
    let key = entry.key();
    let mut came = MemberSpool::for_table(&entry.table, folder, DEFAULT_LEVEL)?;
    let mut went = MemberSpool::for_gone_rows(&entry.table, folder, DEFAULT_LEVEL)?;
    let (identity, kept) = match key.is_whole_row() {
        true => (Identity::WholeRow, None),
        false => (Identity::Keyed, Some(places(entry))),
    };
    merge(
        &mut now.keyed_rows(&entry.table)?,
        &mut before.keyed_rows(&entry.table)?,
        identity,
        None,
        &mut |change| match change {
            Change::Same { .. } => Ok(()),
            Change::Missing { wanted } | Change::Changed { wanted, .. } => came.push_row(wanted),
            Change::Extra { found } => match &kept {
                None => went.push_row(found),
                Some(places) => {
                    let found: Vec<&[u8]> = fields(found).collect();
                    let named = places.iter().filter_map(|place| found.get(*place).copied());
                    went.push_row(&named.collect::<Vec<_>>().join(&b'\t'))
                }
            },
        },
    )?;
    let member = |spool: MemberSpool| -> Result<Option<ChangedRows>> {
        match spool.row_count() {
            0 => Ok(None),
            _ => Ok(Some(writer.append(&spool.finish()?)?.into())),
        }
    };
    Ok(TableChanges {
        table: entry.table.clone(),
        came: member(came)?,
        went: member(went)?,
    })
}

/// Where a table's key columns are among its columns.
fn places(entry: &TableEntry) -> Vec<usize> {
    let place = |name: &String| entry.columns.iter().position(|column| column == name);
    entry.key_columns.iter().filter_map(place).collect()
}

/// Takes along the files whose content nobody below has.
fn carry_files(
    before: &Reader,
    now: &Reader,
    writer: &Writer,
    manifest: &mut Manifest,
) -> Result<()> {
    let held = before.manifest().files.iter().flatten();
    let mut held: std::collections::HashSet<(String, u64)> = held
        .map(|entry| (entry.blake3.clone(), entry.byte_count))
        .collect();
    for entry in manifest.files.iter_mut().flatten() {
        if held.insert((entry.blake3.clone(), entry.byte_count)) {
            let member = writer.append_file(now, entry)?;
            (entry.first_frame, entry.frame_count) = (member.first_frame, member.frame_count);
        } else {
            (entry.first_frame, entry.frame_count) = (0, 0);
        }
    }
    Ok(())
}
