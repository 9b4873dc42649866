//! `rows` and `search`: what an archive holds, without a database.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use snapback_engine::inspect::{
    self, Direction, Filter, Likeness, Order, PageQuery, SearchOptions,
};
use snapback_engine::model::TableName;
use snapback_engine::reporter::{Counters, Phase, Reporter};
use snapback_engine::rows::SortSettings;
use snapback_engine::{Code, Error};
use snapback_wire::{
    ArchiveArea, ArchiveRows, KeyPart, Labels, SearchHit, SearchReport, archive_areas,
};

use super::Ending;
use crate::args::{Rows, Search};
use crate::context::Context;
use crate::failure::{Result, usage};
use crate::format::{Align, Table, count, cut, duration, number, value};
use crate::output::{self, printable};
use crate::render;

/// Bytes of values that are held while rows are put in order.
const SORT_BUDGET_BYTES: usize = 32 << 20;
/// Letters of a cell where rows stand below each other.
const CELL: usize = 40;

/// The tables of an archive.
#[derive(Serialize)]
struct Tables {
    areas: Vec<ArchiveArea>,
}

pub(super) async fn rows(context: &Context, arguments: &Rows) -> Result<Ending> {
    let library = context.library_to_read().await?;
    let entry = context.find(&library, &arguments.archive.archive).await?;
    let reader = library.open_archive(&entry.path)?;
    let manifest = reader.manifest();
    let profile = context.profile_named(&manifest.profile);
    let labels = Labels::of_archives(&[manifest], profile.clone());
    let Some(table) = &arguments.table else {
        let tables = Tables {
            areas: archive_areas(&manifest.tables, &labels),
        };
        context.show(&tables, || text_of_tables(&tables));
        return Ok(Ending::Done);
    };
    let table = inspect::table_named(manifest, profile.as_ref(), table)?.clone();
    let query = PageQuery {
        filters: arguments
            .filters
            .iter()
            .map(|written| filter(written))
            .collect::<Result<_>>()?,
        order: arguments.sort.as_deref().map(order),
        offset: arguments.offset,
        limit: arguments.limit,
    };
    let manifest = manifest.clone();
    let (asked, cancel) = (table.clone(), context.cancel.clone());
    let (offset, is_filtered) = (query.offset, !query.filters.is_empty());
    let sort = SortSettings::new(SORT_BUDGET_BYTES, library.spool_folder().to_owned());
    let read =
        tokio::task::spawn_blocking(move || inspect::page(&reader, &asked, &query, &sort, &cancel));
    let page = read.await.map_err(|_| stopped())??;
    let shown = ArchiveRows::new(page, offset, &table, &manifest, &labels);
    context.show(&shown, || text_of_rows(&shown, is_filtered));
    Ok(Ending::Done)
}

/// What a column is to have, as a person writes it: `name=Weber`, `total>=100`, `note is empty`.
fn filter(written: &str) -> Result<Filter> {
    for (word, likeness) in [
        (" is not empty", Likeness::Filled),
        (" is empty", Likeness::Empty),
    ] {
        if let Some(column) = written.strip_suffix(word) {
            return Ok(Filter {
                column: column.to_owned(),
                likeness,
                value: String::new(),
            });
        }
    }
    let signs = [
        (">=", Likeness::AtLeast),
        ("<=", Likeness::AtMost),
        ("!=", Likeness::Different),
        ("=", Likeness::Equal),
        ("~", Likeness::Contains),
    ];
    let found = signs.into_iter().filter_map(|(sign, likeness)| {
        let (column, value) = written.split_once(sign)?;
        Some((column, likeness, value))
    });
    // What stands first decides, and of two in one place the longer: a value may hold any of them.
    let Some((column, likeness, value)) = found.min_by_key(|(column, ..)| column.len()) else {
        return Err(usage(
            "It is not said which value the column is to have.",
            "Write it as in --where name=Weber, or --where name~web for a text inside; there are also !=, >=, <=, \"is empty\" and \"is not empty\".",
        ));
    };
    Ok(Filter {
        column: column.to_owned(),
        likeness,
        value: value.to_owned(),
    })
}

/// A column, and which way: `price` or `price:desc`.
fn order(written: &str) -> Order {
    let (column, direction) = match written.strip_suffix(":desc") {
        Some(column) => (column, Direction::Descending),
        None => (
            written.strip_suffix(":asc").unwrap_or(written),
            Direction::Ascending,
        ),
    };
    Order {
        column: column.to_owned(),
        direction,
    }
}

fn stopped() -> Error {
    Error::new(Code::Defect, "Reading the archive came to an end.")
}

fn text_of_tables(tables: &Tables) -> String {
    let mut table = Table::new(&[Align::Left, Align::Left, Align::Right]);
    for area in &tables.areas {
        let name = render::area_name(&area.name);
        table.row([&area.title, &name, &number(area.row_count)]);
        for of_area in &area.tables {
            let label = format!("  {}", of_area.label);
            table.row([&label, &of_area.table, &number(of_area.row_count)]);
        }
    }
    table.lines()
}

fn text_of_rows(shown: &ArchiveRows, is_filtered: bool) -> String {
    let mut text = format!(
        "{} ({}): {}\n",
        printable(&shown.label),
        printable(&shown.table),
        count(shown.row_count, "row", "rows")
    );
    if shown.rows.is_empty() {
        text.push_str(match (is_filtered, shown.row_count) {
            (true, _) => "No row is like that.\n",
            (false, 0) => "",
            (false, _) => "There are not so many rows.\n",
        });
        return text;
    }
    // A column in which no row has anything would only push the others out of sight.
    let (used, empty): (Vec<usize>, Vec<usize>) = (0..shown.columns.len())
        .partition(|place| shown.rows.iter().any(|row| value_at(row, *place).is_some()));
    let aligns: Vec<Align> = used.iter().map(|place| align(shown, *place)).collect();
    let mut table = Table::new(&aligns);
    let names = used.iter().filter_map(|place| shown.columns.get(*place));
    let names: Vec<String> = names.map(|column| column.name.clone()).collect();
    table.row_of(&names);
    for row in &shown.rows {
        let cells = used.iter().map(|place| match value_at(row, *place) {
            Some(value) => cut(value, CELL),
            None => "NULL".to_owned(),
        });
        table.row_of(&cells.collect::<Vec<String>>());
    }
    text.push('\n');
    text.push_str(&table.lines());
    let empty = empty.iter().filter_map(|place| shown.columns.get(*place));
    let empty: Vec<&str> = empty.map(|column| column.name.as_str()).collect();
    if !empty.is_empty() {
        let names = printable(&empty.join(", "));
        text.push_str(&format!("\nNULL in all of these: {names}\n"));
    }
    if !shown.secret_columns.is_empty() {
        let names = printable(&shown.secret_columns.join(", "));
        text.push_str(&format!("\nSecret, and in no backup: {names}\n"));
    }
    if shown.has_more {
        let next = shown.offset + shown.rows.len() as u64;
        text.push_str(&format!("\nMore follow: --offset {next}\n"));
    }
    text
}

fn value_at(row: &[Option<String>], place: usize) -> Option<&str> {
    row.get(place).and_then(Option::as_deref)
}

fn align(shown: &ArchiveRows, place: usize) -> Align {
    use snapback_wire::ValueKind::{Money, Number};
    match shown.columns.get(place).map(|column| column.kind) {
        Some(Number | Money) => Align::Right,
        _ => Align::Left,
    }
}

pub(super) async fn search(context: &Context, arguments: Search) -> Result<Ending> {
    let library = context.library_to_read().await?;
    let entry = context.find(&library, &arguments.archive.archive).await?;
    let reader = library.open_archive(&entry.path)?;
    let manifest = reader.manifest();
    let profile = context.profile_named(&manifest.profile);
    let labels = Labels::of_archives(&[manifest], profile.clone());
    let missed = LeftOut {
        columns: manifest.secret_columns.clone(),
        table_count: manifest.excluded.len() as u64,
    };
    let progress = context.progress();
    let counters = Arc::new(Counters::default());
    progress.phase(
        Phase::Searching,
        Some(manifest.row_count),
        Arc::clone(&counters),
    );
    let options = SearchOptions {
        limit: arguments.limit,
        worker_count: std::thread::available_parallelism()
            .map_or(2, usize::from)
            .min(8),
    };
    let (text, cancel) = (arguments.text.clone(), context.cancel.clone());
    let searched = tokio::task::spawn_blocking(move || {
        inspect::search(
            &reader,
            profile.as_ref(),
            &text,
            options,
            &counters,
            &cancel,
        )
    });
    let searched = searched.await;
    drop(progress);
    let found = searched.map_err(|_| stopped())??;
    let left_out = match found.hit_count {
        0 => missed,
        _ => LeftOut::default(),
    };
    let report = SearchReport::new(&arguments.text, found, &labels, context.elapsed_ms());
    context.show(&report, || {
        text_of_search(&report, &labels) + &not_searched(&left_out, &labels)
    });
    Ok(Ending::Done)
}

/// What no search finds, where nothing was found: whoever looks for a key learns why.
fn not_searched(left_out: &LeftOut, labels: &Labels) -> String {
    let mut text = String::new();
    for (table, columns) in &left_out.columns {
        let (label, columns) = (labels.table(table), columns.join(", "));
        let (label, columns) = (printable(&label), printable(&columns));
        text.push_str(&format!("  {label}: {columns}\n"));
    }
    if !text.is_empty() {
        text.insert_str(0, "\nNot searched, for secrets are in no backup:\n");
    }
    if left_out.table_count > 0 {
        let tables = count(left_out.table_count, "table is", "tables are");
        text.push_str(&format!(
            "\n{tables} left out of the backup: snapback show ARCHIVE --details\n"
        ));
    }
    text
}

/// What is not in an archive.
#[derive(Default)]
struct LeftOut {
    columns: BTreeMap<TableName, Vec<String>>,
    table_count: u64,
}

fn text_of_search(report: &SearchReport, labels: &Labels) -> String {
    let mut text = format!(
        "{} with \"{}\", of {} in {}\n",
        count(report.hit_count, "field", "fields"),
        printable(&report.text),
        count(report.row_count, "row", "rows"),
        duration(report.elapsed_ms)
    );
    if report.cut_row_count > 0 {
        text.push_str(&format!(
            "{} too long: only the beginning was searched.\n",
            count(report.cut_row_count, "row is", "rows are")
        ));
    }
    let mut last: Option<&SearchHit> = None;
    for hit in &report.hits {
        if last.is_none_or(|last| last.area != hit.area) {
            let area = labels.area(hit.area.as_deref().unwrap_or_default());
            text.push_str(&format!("\n{}\n", printable(&area)));
        }
        if last.is_none_or(|last| last.table != hit.table) {
            let (label, table) = (printable(&hit.label), printable(&hit.table));
            text.push_str(&format!("  {label} ({table})\n"));
        }
        text.push_str(&format!("    {}\n", place(hit)));
        let around = format!("{}{}{}", hit.before, hit.found, hit.after);
        text.push_str(&format!(
            "      {}: {}\n",
            printable(&hit.column),
            value(&around)
        ));
        last = Some(hit);
    }
    let left = report.hit_count.saturating_sub(report.hits.len() as u64);
    if left > 0 {
        text.push_str(&format!("\nAnd {} more (--limit)\n", number(left)));
    }
    text
}

/// What names a row, with its key.
fn place(hit: &SearchHit) -> String {
    let key = key(&hit.key);
    match (&hit.name, key.is_empty()) {
        (Some(name), false) => format!("{}  [{key}]", value(name)),
        (Some(name), true) => value(name),
        (None, false) => format!("[{key}]"),
        (None, true) => "(a row without a key)".to_owned(),
    }
}

/// The parts of a key in one line.
pub(super) fn key(parts: &[KeyPart]) -> String {
    let parts = parts.iter().map(|part| {
        let shown = part.value.as_deref().map_or("NULL".to_owned(), value);
        format!("{} {shown}", output::printable(&part.column))
    });
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_read_by_the_sign_that_stands_first() {
        for (written, column, likeness, value) in [
            ("name=Weber", "name", Likeness::Equal, "Weber"),
            ("name=a~b>=c", "name", Likeness::Equal, "a~b>=c"),
            ("name~a=b", "name", Likeness::Contains, "a=b"),
            ("total>=10", "total", Likeness::AtLeast, "10"),
            ("total<=10", "total", Likeness::AtMost, "10"),
            ("state!=paid", "state", Likeness::Different, "paid"),
            ("note=", "note", Likeness::Equal, ""),
            ("note is empty", "note", Likeness::Empty, ""),
            ("note is not empty", "note", Likeness::Filled, ""),
        ] {
            let expected = Filter {
                column: column.to_owned(),
                likeness,
                value: value.to_owned(),
            };
            assert_eq!(filter(written).unwrap(), expected, "{written}");
        }
        assert!(filter("name").is_err());
    }
}
