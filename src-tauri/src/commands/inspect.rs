//! Looking into an archive: its rows, and a text in all of them. No database is asked.

use snapback_engine::inspect::{self, Filter, PageQuery, SearchOptions};
use snapback_engine::reporter::Counters;
use snapback_engine::{CancelToken, profile};
use snapback_wire::{ArchiveRows, Labels, SearchReport};
use tauri::State;

use super::Answer;
use crate::connections::Connections;
use crate::jobs::blocking;

/// Rows of one page at most.
const MOST_ROWS: u64 = 200;
/// Places of a text that are listed; all are counted.
const MOST_HITS: usize = 200;
/// Threads that search.
const SEARCHERS: usize = 4;

/// Some rows of one table; only those whose columns have those values, where some are given.
#[tauri::command]
pub(crate) async fn archive_rows(
    connections: State<'_, Connections>,
    connection: String,
    archive: String,
    table: String,
    filters: Vec<(String, String)>,
    offset: u64,
    limit: u64,
) -> Answer<ArchiveRows> {
    let session = connections.session(&connection).await?;
    let filters = filters.into_iter();
    let query = PageQuery {
        filters: filters
            .map(|(column, value)| Filter { column, value })
            .collect(),
        offset,
        limit: limit.min(MOST_ROWS),
    };
    let rows = blocking(move || {
        let reader = session.reader(&archive)?;
        let manifest = reader.manifest();
        let entry = inspect::table_named(manifest, None, &table)?;
        let page = inspect::page(&reader, entry, &query, &CancelToken::new())?;
        let labels = Labels::of_archives(&[manifest], profile::built_in(&manifest.profile));
        Ok(ArchiveRows::new(page, offset, entry, manifest, &labels))
    });
    Ok(rows.await?)
}

/// Looks for a text in every field.
#[tauri::command]
pub(crate) async fn search_archive(
    connections: State<'_, Connections>,
    connection: String,
    archive: String,
    text: String,
) -> Answer<SearchReport> {
    let session = connections.session(&connection).await?;
    let options = SearchOptions {
        limit: MOST_HITS,
        worker_count: SEARCHERS,
    };
    let begun = std::time::Instant::now();
    let found = blocking(move || {
        let reader = session.reader(&archive)?;
        let manifest = reader.manifest();
        let known = profile::built_in(&manifest.profile);
        let (counters, cancel) = (Counters::default(), CancelToken::new());
        let report = inspect::search(&reader, known.as_ref(), &text, options, &counters, &cancel)?;
        let labels = Labels::of_archives(&[manifest], known);
        let elapsed_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(SearchReport::new(&text, report, &labels, elapsed_ms))
    });
    Ok(found.await?)
}
