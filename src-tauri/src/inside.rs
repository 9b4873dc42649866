//! What is inside an archive, whoever named it and however: no database is asked.

use std::path::{Path, PathBuf};
use std::time::Instant;

use snapback_engine::archive::{FileEntry, Manifest, Reader};
use snapback_engine::inspect::{self, PageQuery, SearchOptions};
use snapback_engine::library::Library;
use snapback_engine::reporter::Counters;
use snapback_engine::rows::SortSettings;
use snapback_engine::{CancelToken, Code, Error, Result, profile};
use snapback_wire::{
    ArchiveDetails, ArchiveRows, CopyReport, FilePreview, Labels, RowsQuery, SearchReport,
};

/// Rows of one page at most.
const MOST_ROWS: u64 = 200;
/// Places of a text that are listed; all are counted.
const MOST_HITS: usize = 200;
/// Bytes of values that are held while rows are put in order.
const SORT_BUDGET_BYTES: usize = 32 << 20;
/// Threads that search.
const SEARCHERS: usize = 4;

/// What an archive says about itself.
pub(crate) fn details(library: &Library, path: &Path) -> Result<ArchiveDetails> {
    let reader = library.open_archive(path)?;
    let manifest = reader.manifest();
    let made_here = library.has_made(&reader)?;
    let (path, size) = (reader.path(), reader.size_bytes());
    let labels = labels(manifest);
    Ok(ArchiveDetails::new(
        path, size, made_here, manifest, &labels,
    ))
}

/// Some rows of one table.
pub(crate) fn rows(
    library: &Library,
    path: &Path,
    table: &str,
    query: RowsQuery,
) -> Result<ArchiveRows> {
    let reader = library.open_archive(path)?;
    let manifest = reader.manifest();
    let entry = inspect::table_named(manifest, None, table)?;
    let spill = library.spool_folder().to_owned();
    let sort = SortSettings::new(SORT_BUDGET_BYTES, spill);
    let mut query = PageQuery::from(query);
    query.limit = query.limit.min(MOST_ROWS);
    let page = inspect::page(&reader, entry, &query, &sort, &CancelToken::new())?;
    let (offset, labels) = (query.offset, labels(manifest));
    Ok(ArchiveRows::new(page, offset, entry, manifest, &labels))
}

/// A text in every field.
pub(crate) fn search(library: &Library, path: &Path, text: &str) -> Result<SearchReport> {
    let begun = Instant::now();
    let options = SearchOptions {
        limit: MOST_HITS,
        worker_count: SEARCHERS,
    };
    let reader = library.open_archive(path)?;
    let manifest = reader.manifest();
    let known = profile::built_in(&manifest.profile);
    let (counters, cancel) = (Counters::default(), CancelToken::new());
    let report = inspect::search(&reader, known.as_ref(), text, options, &counters, &cancel)?;
    let elapsed_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(SearchReport::new(
        text,
        report,
        &labels(manifest),
        elapsed_ms,
    ))
}

/// What can be shown of an uploaded file.
pub(crate) fn preview(
    library: &Library,
    path: &Path,
    bucket: &str,
    key: &str,
) -> Result<FilePreview> {
    let (reader, entry) = file(library, path, bucket, key)?;
    Ok(reader.preview(&entry)?.into())
}

/// Writes an uploaded file to where the person wants it, in place of what is there.
pub(crate) fn save(
    library: &Library,
    path: &Path,
    (bucket, key): (&str, &str),
    target: PathBuf,
    cancel: &CancelToken,
) -> Result<CopyReport> {
    let (reader, entry) = file(library, path, bucket, key)?;
    reader.save_file(&entry, &target, cancel)?;
    Ok(CopyReport::new(&[target]))
}

fn file(library: &Library, path: &Path, bucket: &str, key: &str) -> Result<(Reader, FileEntry)> {
    let reader = library.open_archive(path)?;
    let mut files = reader.manifest().files.iter().flatten();
    let found = files.find(|entry| entry.bucket == bucket && entry.key == key);
    let found = found
        .cloned()
        .ok_or_else(|| Error::new(Code::NoSuchArchive, "This file is not in the archive."))?;
    Ok((reader, found))
}

fn labels(manifest: &Manifest) -> Labels {
    Labels::of_archives(&[manifest], profile::built_in(&manifest.profile))
}
