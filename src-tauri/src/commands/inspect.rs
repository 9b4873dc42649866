//! Looking into an archive: its rows, and a text in all of them. No database is asked.

use snapback_engine::company::Role;
use snapback_engine::inspect::{self, PageQuery, RowName, SearchOptions};
use snapback_engine::reporter::Counters;
use snapback_engine::rows::SortSettings;
use snapback_engine::{CancelToken, profile, restore};
use snapback_wire::{ArchiveRows, Labels, RecordHistory, RowKey, RowsQuery, SearchReport};
use tauri::State;

use super::Answer;
use crate::connections::Connections;
use crate::jobs::blocking;

/// Rows of one page at most.
const MOST_ROWS: u64 = 200;
/// Places of a text that are listed; all are counted.
const MOST_HITS: usize = 200;
/// Bytes of values that are held while rows are put in order.
const SORT_BUDGET_BYTES: usize = 32 << 20;
/// Threads that search.
const SEARCHERS: usize = 4;

/// Some rows of one table.
#[tauri::command]
pub(crate) async fn archive_rows(
    connections: State<'_, Connections>,
    connection: String,
    archive: String,
    table: String,
    query: RowsQuery,
) -> Answer<ArchiveRows> {
    let session = connections.session(&connection).await?;
    let archive = session.archive(&archive, Role::Viewer).await?;
    session.note_looked_at(&archive, "rows");
    let mut query = PageQuery::from(query);
    query.limit = query.limit.min(MOST_ROWS);
    let rows = blocking(move || {
        let reader = session.library.open_archive(&archive.path)?;
        let manifest = reader.manifest();
        let entry = inspect::table_named(manifest, None, &table)?;
        let spill = session.library.spool_folder().to_owned();
        let sort = SortSettings::new(SORT_BUDGET_BYTES, spill);
        let page = inspect::page(&reader, entry, &query, &sort, &CancelToken::new())?;
        let labels = Labels::of_archives(&[manifest], profile::built_in(&manifest.profile));
        Ok(ArchiveRows::new(
            page,
            query.offset,
            entry,
            manifest,
            &labels,
        ))
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
    let archive = session.archive(&archive, Role::Viewer).await?;
    session.note_looked_at(&archive, "search");
    let options = SearchOptions {
        limit: MOST_HITS,
        worker_count: SEARCHERS,
    };
    let begun = std::time::Instant::now();
    let found = blocking(move || {
        let reader = session.library.open_archive(&archive.path)?;
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

/// One row through all backups of a company.
#[tauri::command]
pub(crate) async fn row_history(
    connections: State<'_, Connections>,
    connection: String,
    company: String,
    row: RowKey,
) -> Answer<RecordHistory> {
    let session = connections.session(&connection).await?;
    session.roles().await?.require(&company, Role::Viewer)?;
    let restore::RowKey { table, columns } = row.into();
    let told = blocking(move || {
        let (library, profile) = (&session.library, &session.target.profile);
        let row = (table.as_str(), &RowName::Columns(columns));
        let found = inspect::history(library, profile, &company, row, &CancelToken::new())?;
        Ok(RecordHistory::new(found, |table| {
            profile::table_label(profile, table)
        }))
    });
    Ok(told.await?)
}
