//! Looks for a text in every field of every table.
//!
//! Blocks of lines are searched as they are, escapes included, for the text written with escapes; only
//! the lines where that is found are taken apart. So the cost is that of unpacking.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use regex::bytes::{Regex, RegexBuilder};

use crate::archive::{Lines, Reader, RowChunk, TableEntry};
use crate::cancel::{CancelToken, checkpoint};
use crate::model::{Profile, TableName};
use crate::reporter::Counters;
use crate::rows::{fields, is_null, push_escaped, text_of, unescape};
use crate::{Code, Error, Result, profile};

/// Frames that one worker reads at a stretch.
const CHUNK_FRAMES: usize = 8;
/// Bytes of one row that are searched; more would have to be held in memory at once.
const LONGEST_ROW: usize = 16 << 20;
/// The longest text that is looked for, in bytes.
const LONGEST_TEXT: usize = 1000;
/// Letters around what was found.
const AROUND: usize = 40;
/// Letters of a value that names a row.
const LONGEST_NAME: usize = 120;
/// Letters of a value of a key: more than an index of the server can hold.
const LONGEST_KEY: usize = 4000;

/// How a search is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchOptions {
    /// The most places that are told; all are counted.
    pub limit: usize,
    /// Threads that read side by side.
    pub worker_count: usize,
}

/// A field in which the text was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The table.
    pub table: TableName,
    /// The key's columns with their values; empty where a row is all of its columns.
    pub key: Vec<(String, Option<String>)>,
    /// Values that name the row for people, best first.
    pub names: Vec<String>,
    /// The column.
    pub column: String,
    /// What stands before it in the field, from not far on.
    pub before: String,
    /// The text as it stands there.
    pub found: String,
    /// What stands behind it, not far.
    pub after: String,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchReport {
    /// The first places, table by table, each in the order of its rows.
    pub hits: Vec<Hit>,
    /// Fields that have the text.
    pub hit_count: u64,
    /// Rows that were searched.
    pub row_count: u64,
    /// Rows that were too long and were searched in their beginning only.
    pub cut_row_count: u64,
}

/// Looks for a text in all tables, whatever its letters' case.
///
/// # Errors
/// `usage` where the text is empty or too long; archive errors; `cancelled`.
pub fn search(
    reader: &Reader,
    profile: Option<&Profile>,
    text: &str,
    options: SearchOptions,
    counters: &Counters,
    cancel: &CancelToken,
) -> Result<SearchReport> {
    let needle = Needle::new(text)?;
    let mut places = Vec::new();
    for entry in &reader.manifest().tables {
        let place = Place::new(reader, profile, entry);
        let chunks = reader.chunks(&entry.table, CHUNK_FRAMES)?;
        places.extend(chunks.into_iter().map(|chunk| (place.clone(), chunk)));
    }
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let work = || -> Result<Worker<'_>> {
        let mut worker = Worker::new(&needle, options.limit);
        while !failed.load(Ordering::Relaxed) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some((place, chunk)) = places.get(number) else {
                break;
            };
            let read = worker.read(reader, place, (number, chunk), counters, cancel);
            if read.is_err() {
                failed.store(true, Ordering::Relaxed);
            }
            read?;
        }
        Ok(worker)
    };
    let done: Vec<Result<Worker<'_>>> = std::thread::scope(|threads| {
        let count = options.worker_count.clamp(1, places.len().max(1));
        let others: Vec<_> = (1..count).map(|_| threads.spawn(work)).collect();
        let own = work();
        let stopped = || Error::new(Code::Defect, "A thread that searches came to an end.");
        let others = others.into_iter().map(|other| match other.join() {
            Ok(done) => done,
            Err(_) => Err(stopped()),
        });
        others.chain([own]).collect()
    });
    let mut report = SearchReport::default();
    let mut hits = Vec::new();
    for worker in done {
        let worker = worker?;
        report.hit_count += worker.hit_count;
        report.row_count += worker.row_count;
        report.cut_row_count += worker.cut_row_count;
        hits.extend(worker.hits);
    }
    hits.sort_by_key(|(number, _)| *number);
    let hits = hits.into_iter().map(|(_, hit)| hit);
    report.hits = hits.take(options.limit).collect();
    Ok(report)
}

/// What is looked for, as a field holds it and as a line does.
struct Needle {
    value: Regex,
    escaped: Regex,
}

impl Needle {
    fn new(text: &str) -> Result<Self> {
        let wrong = |message: &str| Error::new(Code::Usage, message);
        if text.is_empty() {
            return Err(wrong("There is no text to look for."));
        }
        let too_long = || wrong("The text to look for is too long.").with("limit", LONGEST_TEXT);
        if text.len() > LONGEST_TEXT {
            return Err(too_long());
        }
        let mut escaped = Vec::new();
        push_escaped(&mut escaped, Some(text.as_bytes()));
        let escaped = String::from_utf8(escaped).map_err(|_| too_long())?;
        let compile = |text: &str| {
            let mut builder = RegexBuilder::new(&regex::escape(text));
            let built = builder.case_insensitive(true).build();
            built.map_err(|_| too_long())
        };
        Ok(Self {
            value: compile(text)?,
            escaped: compile(&escaped)?,
        })
    }
}

/// The table of a chunk.
#[derive(Clone)]
struct Place<'a> {
    entry: &'a TableEntry,
    naming: Vec<usize>,
    key: Vec<usize>,
}

impl<'a> Place<'a> {
    fn new(reader: &Reader, profile: Option<&Profile>, entry: &'a TableEntry) -> Self {
        let positions = |names: &[String]| {
            let found = names.iter().filter_map(|name| {
                let mut columns = entry.columns.iter();
                columns.position(|column| column == name)
            });
            found.collect()
        };
        let naming = profile.map(|known| {
            let schema = &reader.manifest().catalog;
            profile::naming_columns(known, schema, &entry.table)
        });
        Self {
            naming: positions(&naming.unwrap_or_default()),
            key: positions(&entry.key_columns),
            entry,
        }
    }
}

struct Worker<'a> {
    needle: &'a Needle,
    limit: usize,
    /// With the chunk's number and the place in it. Chunks are taken in their order, so that the first
    /// of a worker are the first of all that it finds.
    hits: Vec<((usize, u64), Hit)>,
    hit_count: u64,
    row_count: u64,
    cut_row_count: u64,
}

impl<'a> Worker<'a> {
    fn new(needle: &'a Needle, limit: usize) -> Self {
        Self {
            needle,
            limit,
            hits: Vec::new(),
            hit_count: 0,
            row_count: 0,
            cut_row_count: 0,
        }
    }

    fn read(
        &mut self,
        reader: &Reader,
        place: &Place<'_>,
        (number, chunk): (usize, &RowChunk),
        counters: &Counters,
        cancel: &CancelToken,
    ) -> Result<()> {
        reader.read_chunk(chunk, LONGEST_ROW, &mut |lines| {
            checkpoint(cancel)?;
            let rows = memchr::memchr_iter(b'\n', lines.bytes).count() as u64;
            counters.add(rows, lines.bytes.len() as u64);
            self.row_count += rows;
            self.cut_row_count += u64::from(lines.is_cut);
            self.block(place, number, lines)?;
            Ok(ControlFlow::Continue(()))
        })
    }

    fn block(&mut self, place: &Place<'_>, number: usize, lines: Lines<'_>) -> Result<()> {
        let mut rest = lines.bytes;
        while let Some(found) = self.needle.escaped.find(rest) {
            let (before, behind) = rest.split_at(found.start());
            let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
            let end = memchr::memchr(b'\n', behind).map_or(rest.len(), |at| before.len() + at);
            let line = rest.get(start..end).unwrap_or_default();
            self.line(place, number, line, lines.is_cut)?;
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        Ok(())
    }

    fn line(&mut self, place: &Place<'_>, number: usize, line: &[u8], is_cut: bool) -> Result<()> {
        let fields: Vec<&[u8]> = fields(line).collect();
        if !is_cut && fields.len() != place.entry.columns.len() {
            return Err(Error::new(
                Code::ArchiveMismatch,
                "A row does not have as many columns as the manifest says.",
            )
            .with("table", &place.entry.table));
        }
        for (field, column) in fields.iter().zip(&place.entry.columns) {
            if is_null(field) || !self.needle.escaped.is_match(field) {
                continue;
            }
            let value = unescape(field);
            // An escape may have looked like the text.
            let Some(found) = self.needle.value.find(&value) else {
                continue;
            };
            self.hit_count += 1;
            if self.hits.len() < self.limit {
                let hit = hit(place, &fields, column, &value, found.range())?;
                self.hits.push(((number, self.hit_count), hit));
            }
        }
        Ok(())
    }
}

fn hit(
    place: &Place<'_>,
    line: &[&[u8]],
    column: &str,
    value: &[u8],
    found: std::ops::Range<usize>,
) -> Result<Hit> {
    let of = |position: usize, longest: usize| -> Result<Option<String>> {
        let field = line.get(position).copied().unwrap_or(b"\\N");
        Ok(text_of(field)?.map(|text| beginning(&text, longest)))
    };
    let mut key = Vec::with_capacity(place.key.len());
    for position in &place.key {
        if let Some(name) = place.entry.columns.get(*position) {
            key.push((name.clone(), of(*position, LONGEST_KEY)?));
        }
    }
    let mut names = Vec::new();
    for position in &place.naming {
        names.extend(of(*position, LONGEST_NAME)?);
    }
    let text =
        |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
    let before = text(value.get(..found.start));
    let skipped = before.chars().count().saturating_sub(AROUND);
    Ok(Hit {
        table: place.entry.table.clone(),
        key,
        names,
        column: column.to_owned(),
        before: before.chars().skip(skipped).collect(),
        found: text(value.get(found.clone())),
        after: beginning(&text(value.get(found.end..)), AROUND),
    })
}

fn beginning(text: &str, letters: usize) -> String {
    text.chars().take(letters).collect()
}
