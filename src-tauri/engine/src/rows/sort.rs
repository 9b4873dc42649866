//! Sorts the rows of one table within a memory budget, spilling sorted runs to our own disk.

use std::cmp::Ordering;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::PathBuf;

use super::{KeyColumns, Row, RowStream, Spares};
use crate::{Code, Error, Result};

/// So many runs of one level are merged into one of the next, so that the memory of the last merge does
/// not grow with the table, and each row is written once a level.
const MERGE_WIDTH: usize = 16;
/// 32 KiB windows keep a run's decoder small: some 40 of them fit in a few MiB.
const RUN_WINDOW_LOG: u32 = 15;
/// Bytes that are read of a run at a time.
const RUN_BUFFER: usize = 16 << 10;
/// Merged runs are written once and read once: speed counts, not size. Those that come first are written as they
/// are: they are read again soon, mostly before the disk has seen them.
const RUN_LEVEL: i32 = -3;

/// Bytes of rows up to which memory grows with them.
const FEW_BYTES: usize = 128 << 10;

/// How much memory a sort may use and where it spills.
#[derive(Debug, Clone)]
pub struct SortSettings {
    /// Bytes of rows held in memory before they are spilled; one row may exceed it.
    pub budget_bytes: usize,
    /// An owner-only folder on this computer. Spill files have no name in it and go with the process.
    pub spill_folder: PathBuf,
    /// What sorts that came to their end leave to the next ones.
    spares: Spares<Buffers>,
}

impl SortSettings {
    /// Sorts in so much memory, and spills into that folder.
    #[must_use]
    pub fn new(budget_bytes: usize, spill_folder: PathBuf) -> Self {
        Self {
            budget_bytes,
            spill_folder,
            spares: Spares::default(),
        }
    }
}

/// The memory of one sort.
#[derive(Default)]
struct Buffers {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy)]
struct Entry {
    /// The first bytes of the key, for most comparisons.
    prefix: u64,
    start: usize,
    key_len: u32,
    line_len: u32,
}

/// Takes rows in any order.
pub struct Sorter {
    columns: KeyColumns,
    settings: SortSettings,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    runs: Vec<Run>,
}

impl Sorter {
    /// A sorter of rows by that key.
    #[must_use]
    pub fn new(columns: KeyColumns, settings: SortSettings) -> Self {
        let Buffers { bytes, entries } = settings.spares.take().unwrap_or_default();
        Self {
            columns,
            settings,
            bytes,
            entries,
            runs: Vec::new(),
        }
    }

    /// Takes one row (without newline).
    ///
    /// # Errors
    /// `disk_full` or `local_file` when a run cannot be spilled; `row_too_large` beyond 4 GiB.
    pub fn push(&mut self, line: &[u8]) -> Result<()> {
        self.make_room(line.len());
        let start = self.bytes.len();
        self.columns.push_key(line, &mut self.bytes);
        self.push_line(start, line)
    }

    /// Takes one row with a key that the caller has made, in place of the one of its columns.
    ///
    /// # Errors
    /// As [`Sorter::push`].
    pub fn push_keyed(&mut self, key: &[u8], line: &[u8]) -> Result<()> {
        self.make_room(key.len().max(line.len()));
        let start = self.bytes.len();
        self.bytes.extend_from_slice(key);
        self.push_line(start, line)
    }

    /// Takes the line whose key was put at the end, from `start` on.
    fn push_line(&mut self, start: usize, line: &[u8]) -> Result<()> {
        let key_len = self.bytes.len() - start;
        self.bytes.extend_from_slice(line);
        let too_large = |_| Error::new(Code::RowTooLarge, "A row is larger than 4 GiB.");
        self.entries.push(Entry {
            prefix: prefix(self.bytes.get(start..start + key_len).unwrap_or_default()),
            start,
            key_len: u32::try_from(key_len).map_err(too_large)?,
            line_len: u32::try_from(line.len()).map_err(too_large)?,
        });
        if self.bytes.len() + self.entries.len() * size_of::<Entry>() >= self.settings.budget_bytes
        {
            self.spill()?;
        }
        Ok(())
    }

    /// Makes room for the whole budget at once where there are more than a few rows: growing by doubling
    /// would hold the old memory beside the new.
    fn make_room(&mut self, line_length: usize) {
        let (length, most) = (self.bytes.len(), self.settings.budget_bytes);
        // A row is held with its key, which is rarely longer than it.
        let needed = length + 2 * line_length;
        if needed > self.bytes.capacity() && (FEW_BYTES..most).contains(&needed) {
            self.bytes.reserve_exact(most + FEW_BYTES - length);
        }
    }

    /// The rows in order.
    ///
    /// # Errors
    /// As [`Sorter::push`].
    pub fn finish(mut self) -> Result<SortedRows> {
        self.sort_entries();
        let held = Held {
            bytes: self.bytes,
            entries: self.entries,
            next: 0,
            settings: self.settings,
        };
        if self.runs.is_empty() {
            return Ok(SortedRows(Sorted::Held(held)));
        }
        let mut sources = open_runs(self.runs)?;
        sources.push(Source::new(Backing::Held(held))?);
        Ok(SortedRows(Sorted::Merged(Merge::new(sources))))
    }

    fn sort_entries(&mut self) {
        let bytes = &self.bytes;
        let order = |a: &Entry, b: &Entry| {
            a.prefix
                .cmp(&b.prefix)
                .then_with(|| row_of(bytes, a).cmp_row(&row_of(bytes, b)))
        };
        if !self
            .entries
            .is_sorted_by(|a, b| order(a, b) != Ordering::Greater)
        {
            self.entries.sort_unstable_by(order);
        }
    }

    fn spill(&mut self) -> Result<()> {
        self.sort_entries();
        let mut run = RunWriter::create(&self.settings.spill_folder, 0)?;
        for entry in &self.entries {
            run.push(row_of(&self.bytes, entry))?;
        }
        self.runs.push(run.finish()?);
        self.bytes.clear();
        if self.bytes.capacity() > most_left(&self.settings) {
            self.bytes.shrink_to(self.settings.budget_bytes);
        }
        self.entries.clear();
        let mut level = 0;
        // Levels fall from the first run to the last, so those of the lowest one stand at the end.
        while self.runs.iter().filter(|run| run.level == level).count() == MERGE_WIDTH {
            let narrow = self.runs.split_off(self.runs.len() - MERGE_WIDTH);
            let mut merge = Merge::new(open_runs(narrow)?);
            level += 1;
            let mut wider = RunWriter::create(&self.settings.spill_folder, level)?;
            while let Some(row) = merge.next_row()? {
                wider.push(row)?;
            }
            self.runs.push(wider.finish()?);
        }
        Ok(())
    }
}

impl Row<'_> {
    fn cmp_row(&self, other: &Row<'_>) -> Ordering {
        self.key
            .cmp(other.key)
            .then_with(|| self.line.cmp(other.line))
    }
}

fn prefix(key: &[u8]) -> u64 {
    let mut first = [0; 8];
    for (place, byte) in first.iter_mut().zip(key) {
        *place = *byte;
    }
    u64::from_be_bytes(first)
}

fn row_of<'a>(bytes: &'a [u8], entry: &Entry) -> Row<'a> {
    let (key_len, line_len) = (entry.key_len as usize, entry.line_len as usize);
    let whole = bytes
        .get(entry.start..entry.start + key_len + line_len)
        .unwrap_or_default();
    let (key, line) = whole.split_at(key_len.min(whole.len()));
    Row { key, line }
}

/// The rows of one table in order of their keys, equal keys in order of their lines.
pub struct SortedRows(Sorted);

enum Sorted {
    Held(Held),
    Merged(Merge),
}

impl RowStream for SortedRows {
    fn next_row(&mut self) -> Result<Option<Row<'_>>> {
        match &mut self.0 {
            Sorted::Held(held) => Ok(held.next()),
            Sorted::Merged(merge) => merge.next_row(),
        }
    }
}

struct Held {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    next: usize,
    settings: SortSettings,
}

/// Bytes that a sort needs at most, unless a row is larger: what it grew by must not be taken from it.
fn most_left(settings: &SortSettings) -> usize {
    settings.budget_bytes.saturating_mul(2)
}

impl Drop for Held {
    fn drop(&mut self) {
        let (mut bytes, mut entries) = (
            std::mem::take(&mut self.bytes),
            std::mem::take(&mut self.entries),
        );
        bytes.clear();
        entries.clear();
        if bytes.capacity() <= most_left(&self.settings) {
            self.settings.spares.leave(Buffers { bytes, entries });
        }
    }
}

impl Held {
    fn next(&mut self) -> Option<Row<'_>> {
        let entry = self.entries.get(self.next)?;
        self.next += 1;
        Some(row_of(&self.bytes, entry))
    }
}

/// A spilled run and how many rows it holds: the count, not the end of the file, says when it ends.
struct Run {
    file: File,
    row_count: u64,
    /// How many merges its rows went through.
    level: u32,
}

/// A run on its way into its file.
enum RunFile {
    Plain(BufWriter<File>),
    Pressed(zstd::Encoder<'static, File>),
}

impl Write for RunFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Pressed(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Pressed(encoder) => encoder.flush(),
        }
    }
}

struct RunWriter {
    file: RunFile,
    row_count: u64,
    level: u32,
}

impl RunWriter {
    fn create(folder: &std::path::Path, level: u32) -> Result<Self> {
        let failed =
            |error: io::Error| Error::local_file("the folder for spilled rows", folder, &error);
        let file = tempfile::tempfile_in(folder).map_err(failed)?;
        let file = match level {
            0 => RunFile::Plain(BufWriter::with_capacity(FEW_BYTES, file)),
            _ => {
                let mut encoder = zstd::Encoder::new(file, RUN_LEVEL).map_err(spill_failed)?;
                encoder.window_log(RUN_WINDOW_LOG).map_err(spill_failed)?;
                RunFile::Pressed(encoder)
            }
        };
        Ok(Self {
            file,
            row_count: 0,
            level,
        })
    }

    fn push(&mut self, row: Row<'_>) -> Result<()> {
        self.row_count += 1;
        let lengths = ((row.key.len() as u64) << 32) | row.line.len() as u64;
        self.file
            .write_all(&lengths.to_le_bytes())
            .map_err(spill_failed)?;
        self.file.write_all(row.key).map_err(spill_failed)?;
        self.file.write_all(row.line).map_err(spill_failed)
    }

    fn finish(self) -> Result<Run> {
        let file = match self.file {
            RunFile::Plain(file) => file.into_inner().map_err(io::IntoInnerError::into_error),
            RunFile::Pressed(encoder) => encoder.finish(),
        };
        let mut file = file.map_err(spill_failed)?;
        file.rewind().map_err(spill_failed)?;
        Ok(Run {
            file,
            row_count: self.row_count,
            level: self.level,
        })
    }
}

fn spill_failed(error: io::Error) -> Error {
    Error::local_file("spilled rows", std::path::Path::new("(unnamed)"), &error)
}

fn open_runs(runs: Vec<Run>) -> Result<Vec<Source>> {
    runs.into_iter()
        .map(|run| {
            let file = BufReader::with_capacity(RUN_BUFFER, run.file);
            let rows: Box<dyn Read + Send> = match run.level {
                0 => Box::new(file),
                _ => {
                    let decoder = zstd::Decoder::with_buffer(file).map_err(spill_failed)?;
                    Box::new(BufReader::with_capacity(RUN_BUFFER, decoder))
                }
            };
            Source::new(Backing::Run {
                rows,
                left: run.row_count,
            })
        })
        .collect()
}

enum Backing {
    Held(Held),
    Run {
        rows: Box<dyn Read + Send>,
        left: u64,
    },
}

/// One sorted run with its current row.
struct Source {
    from: Backing,
    bytes: Vec<u8>,
    key_len: usize,
    ended: bool,
}

impl Source {
    fn new(from: Backing) -> Result<Self> {
        let mut source = Self {
            from,
            bytes: Vec::new(),
            key_len: 0,
            ended: false,
        };
        source.advance()?;
        Ok(source)
    }

    fn row(&self) -> Row<'_> {
        let (key, line) = self.bytes.split_at(self.key_len.min(self.bytes.len()));
        Row { key, line }
    }

    fn advance(&mut self) -> Result<()> {
        match &mut self.from {
            Backing::Held(held) => match held.next() {
                Some(row) => {
                    self.bytes.clear();
                    self.bytes.extend_from_slice(row.key);
                    self.bytes.extend_from_slice(row.line);
                    self.key_len = row.key.len();
                }
                None => self.ended = true,
            },
            Backing::Run { left: 0, .. } => self.ended = true,
            Backing::Run { rows, left } => {
                *left -= 1;
                let mut lengths = [0; 8];
                rows.read_exact(&mut lengths).map_err(spill_failed)?;
                let lengths = u64::from_le_bytes(lengths);
                self.key_len = (lengths >> 32) as usize;
                self.bytes
                    .resize(self.key_len + (lengths & 0xffff_ffff) as usize, 0);
                rows.read_exact(&mut self.bytes).map_err(spill_failed)?;
            }
        }
        Ok(())
    }
}

/// A binary heap of runs, the one with the least current row on top.
struct Merge {
    sources: Vec<Source>,
    started: bool,
}

impl Merge {
    fn new(sources: Vec<Source>) -> Self {
        let mut sources: Vec<Source> = sources.into_iter().filter(|source| !source.ended).collect();
        sources.sort_by(|a, b| a.row().cmp_row(&b.row()));
        Self {
            sources,
            started: false,
        }
    }

    /// Moves the top down until no run below it has a lesser row.
    fn sift_down(&mut self) {
        let mut place = 0;
        loop {
            let least =
                [2 * place + 1, 2 * place + 2]
                    .into_iter()
                    .fold(place, |least, child| {
                        match (self.sources.get(child), self.sources.get(least)) {
                            (Some(below), Some(above))
                                if below.row().cmp_row(&above.row()) == Ordering::Less =>
                            {
                                child
                            }
                            _ => least,
                        }
                    });
            if least == place {
                return;
            }
            self.sources.swap(place, least);
            place = least;
        }
    }

    fn next_row(&mut self) -> Result<Option<Row<'_>>> {
        if self.started {
            if let Some(top) = self.sources.first_mut() {
                top.advance()?;
                if top.ended {
                    self.sources.swap_remove(0);
                }
                self.sift_down();
            }
        } else {
            self.started = true;
        }
        Ok(self.sources.first().map(Source::row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(lines: &[String], budget_bytes: usize) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let settings = SortSettings::new(budget_bytes, folder.path().to_owned());
        let mut sorter = Sorter::new(KeyColumns::at(vec![0]), settings);
        for line in lines {
            sorter.push(line.as_bytes()).unwrap();
        }
        let mut rows = sorter.finish().unwrap();
        let mut found = Vec::new();
        while let Some(row) = rows.next_row().unwrap() {
            found.push(String::from_utf8(row.line.to_owned()).unwrap());
        }
        found
    }

    #[test]
    fn a_spilled_sort_gives_what_a_held_one_gives() {
        let lines: Vec<String> = (0..5_000_u64)
            .map(|n| format!("{:x}\tvalue {n}", n.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
            .collect();
        let mut expected = lines.clone();
        expected.sort();
        assert_eq!(sorted(&lines, 16 << 20), expected);
        // Small enough for many more runs than are merged at once.
        assert_eq!(sorted(&lines, 4 << 10), expected);
    }

    #[test]
    fn equal_rows_are_all_kept() {
        let lines = vec!["a\t1".to_owned(), "a\t1".to_owned(), "a\t0".to_owned()];
        assert_eq!(sorted(&lines, 1), ["a\t0", "a\t1", "a\t1"]);
    }

    #[test]
    fn no_rows_are_no_rows() {
        assert!(sorted(&[], 1).is_empty());
    }
}
