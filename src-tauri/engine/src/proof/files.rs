//! Uploaded files, read to their end, and those that rows name.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::certificate::{FindingKind, GapKind};
use super::prove::Proving;
use crate::archive::{FileEntry, Manifest, Reader};
use crate::cancel::{CancelToken, checkpoint};
use crate::files::{self, Place};
use crate::model::{Profile, TableName};
use crate::pg::{Ident, Qualified};
use crate::{Code, Error, Result, uploads};

/// Reads every file of the archive and holds it against the manifest.
pub(super) async fn read(proving: &mut Proving<'_>) -> Result<()> {
    let reader = Arc::clone(proving.reader);
    for entry in reader.manifest().files.iter().flatten() {
        let (from, file, cancel) = (Arc::clone(&reader), entry.clone(), proving.cancel.clone());
        let reading = tokio::task::spawn_blocking(move || to_the_end(&from, &file, &cancel));
        let read = reading
            .await
            .map_err(|_| Error::new(Code::Defect, "Reading a file came to an end."))?;
        match read {
            Ok(()) => {
                proving.proven.file_count += 1;
                proving.proven.file_byte_count += entry.byte_count;
            }
            Err(error) => proving.unreadable(None, Some(&entry.member), error)?,
        }
    }
    Ok(())
}

fn to_the_end(reader: &Reader, entry: &FileEntry, cancel: &CancelToken) -> Result<()> {
    let mut content = reader.file(entry)?;
    while content.next_piece()?.is_some() {
        checkpoint(cancel)?;
    }
    Ok(())
}

/// Looks whether every file that the loaded rows name is in the archive, where it carries files at all.
pub(super) async fn named(proving: &mut Proving<'_>, profile: &Profile) -> Result<()> {
    let reader = Arc::clone(proving.reader);
    let manifest = reader.manifest();
    let (Some(rule), Some(carried)) = (&profile.files, &manifest.files) else {
        return Ok(());
    };
    let places = files::places(rule, &manifest.company.id)?;
    let carried: BTreeSet<&str> = carried.iter().map(|entry| entry.key.as_str()).collect();
    for written in &profile.path_columns {
        checkpoint(proving.cancel)?;
        let Some((table, column)) = profile.column_name(written) else {
            continue;
        };
        let values = values(proving, &table, column).await?;
        let (mut missing, mut known) = (BTreeSet::new(), BTreeSet::new());
        for value in &values {
            match uploads::key_in(value, &rule.path_prefixes, &places) {
                Some(key) if !carried.contains(key) => {
                    let is_known = was_missed(manifest, &places, key);
                    let to = if is_known { &mut known } else { &mut missing };
                    to.insert(key);
                }
                _ => {}
            }
        }
        if !missing.is_empty() {
            let (name, count) = (Some(column.to_owned()), Some(missing.len() as u64));
            proving.find_in(&table, FindingKind::FileMissing, name, count, None);
        }
        if !known.is_empty() {
            let count = Some(known.len() as u64);
            proving.gap(GapKind::FileNotThere, Some(&table), Some(column), count);
        }
    }
    Ok(())
}

/// The values of a column of the archive, as it was loaded.
async fn values(
    proving: &mut Proving<'_>,
    table: &TableName,
    column: &str,
) -> Result<BTreeSet<String>> {
    let manifest = proving.reader.manifest();
    let mut tables = manifest.tables.iter();
    let is_there = tables.any(|entry| {
        entry.table == *table && entry.columns.iter().any(|carried| carried == column)
    });
    // What the server does not know the type of is no list for it, either.
    let is_text = proving.gaps.iter().any(|gap| {
        gap.what == GapKind::TypeReplaced
            && gap.table.as_ref() == Some(table)
            && gap.name.as_deref() == Some(column)
    });
    if !is_there || is_text {
        return Ok(BTreeSet::new());
    }
    let found = manifest.catalog.tables.get(table);
    let found = found.and_then(|found| found.column(column));
    let value = match found.is_some_and(|found| found.type_name.ends_with("[]")) {
        true => format!("unnest({})::text", Ident(column)),
        false => format!("{}::text", Ident(column)),
    };
    let sql = format!(
        "SELECT DISTINCT {value} FROM {} WHERE {} IS NOT NULL",
        Qualified(table),
        Ident(column)
    );
    let rows = proving.session.fetch_text_rows(&sql, &[]).await?;
    Ok(rows.into_iter().flatten().flatten().collect())
}

/// Whether the archive says of a file that it could not be had: each such problem begins with the file's name.
fn was_missed(manifest: &Manifest, places: &[Place], key: &str) -> bool {
    let names: Vec<String> = places
        .iter()
        .map(|place| format!("{}/{key} ", place.bucket))
        .chain([format!("{key} ")])
        .collect();
    let mut problems = manifest.problems.iter();
    problems.any(|problem| {
        problem.code.starts_with("file_")
            && names
                .iter()
                .any(|name| problem.message.starts_with(name.as_str()))
    })
}
