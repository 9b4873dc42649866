//! The rows of one table that differ, held in memory while few and in an unnamed file of ours
//! otherwise, to be read as often as somebody asks.

use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use tempfile::SpooledTempFile;

use super::merge::{Change, RowFate};
use crate::{Code, Error, Result};

/// Bytes of differing rows of one table that stay in memory: 300 touched tables must fit.
const HELD_BYTES: usize = 32 << 10;

/// Rows from one place that is noted to the next, so that a page far down is not read from the top.
const MARK_EVERY: u64 = 256;

/// Bytes in front of a row's values: its kind and both lengths.
const HEAD_BYTES: u64 = 9;

/// How many rows of a table are what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows that are as wanted.
    pub same: u64,
    /// Rows that come back.
    pub missing: u64,
    /// Rows that go.
    pub extra: u64,
    /// Rows whose values change.
    pub changed: u64,
}

impl Counts {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.missing == 0 && self.extra == 0 && self.changed == 0
    }

    /// Rows that are written in some way.
    #[must_use]
    pub fn differing(&self) -> u64 {
        self.missing + self.extra + self.changed
    }

    /// Rows of that fate; without one, all that differ.
    #[must_use]
    pub fn of(&self, fate: Option<RowFate>) -> u64 {
        match fate {
            None => self.differing(),
            Some(RowFate::Missing) => self.missing,
            Some(RowFate::Changed) => self.changed,
            Some(RowFate::Extra) => self.extra,
        }
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.same += other.same;
        self.missing += other.missing;
        self.extra += other.extra;
        self.changed += other.changed;
    }
}

/// Where rows lie in a spool: every so many of all of them, and of those of each fate.
#[derive(Debug, Default)]
struct Marks {
    all: Vec<Mark>,
    missing: Vec<Mark>,
    changed: Vec<Mark>,
    extra: Vec<Mark>,
}

/// A place in a spool.
#[derive(Debug, Clone, Copy, Default)]
struct Mark {
    byte: u64,
    /// Differing rows before it.
    row: u64,
}

impl Marks {
    fn of(&self, fate: Option<RowFate>) -> &Vec<Mark> {
        match fate {
            None => &self.all,
            Some(RowFate::Missing) => &self.missing,
            Some(RowFate::Changed) => &self.changed,
            Some(RowFate::Extra) => &self.extra,
        }
    }

    /// Notes a row's place, where it is its turn; `counts` are those of the rows before it.
    fn note(&mut self, fate: RowFate, counts: &Counts, byte: u64) {
        let mark = Mark {
            byte,
            row: counts.differing(),
        };
        if counts.differing().is_multiple_of(MARK_EVERY) {
            self.all.push(mark);
        }
        if counts.of(Some(fate)).is_multiple_of(MARK_EVERY) {
            match fate {
                RowFate::Missing => self.missing.push(mark),
                RowFate::Changed => self.changed.push(mark),
                RowFate::Extra => self.extra.push(mark),
            }
        }
    }
}

/// Takes the rows of one table that differ.
pub struct SpoolWriter {
    file: BufWriter<SpooledTempFile>,
    counts: Counts,
    marks: Marks,
    written_bytes: u64,
}

impl SpoolWriter {
    /// An empty spool that overflows into that folder.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        let file = tempfile::spooled_tempfile_in(HELD_BYTES, folder);
        Self {
            file: BufWriter::with_capacity(64 << 10, file),
            counts: Counts::default(),
            marks: Marks::default(),
            written_bytes: 0,
        }
    }

    /// Takes one row; rows that are as wanted are only counted.
    ///
    /// # Errors
    /// `disk_full` or `local_file`.
    pub fn push(&mut self, change: Change<'_>) -> Result<()> {
        if let Some(fate) = change.fate() {
            self.marks.note(fate, &self.counts, self.written_bytes);
        }
        let (kind, wanted, found) = match change {
            Change::Same { .. } => {
                self.counts.same += 1;
                return Ok(());
            }
            Change::Missing { wanted } => {
                self.counts.missing += 1;
                (b'+', wanted, [].as_slice())
            }
            Change::Extra { found } => {
                self.counts.extra += 1;
                (b'-', [].as_slice(), found)
            }
            Change::Changed { wanted, found } => {
                self.counts.changed += 1;
                (b'~', wanted, found)
            }
        };
        let lengths = ((wanted.len() as u64) << 32) | found.len() as u64;
        self.written_bytes += HEAD_BYTES + (wanted.len() + found.len()) as u64;
        self.file
            .write_all(&[kind])
            .and_then(|()| self.file.write_all(&lengths.to_le_bytes()))
            .and_then(|()| self.file.write_all(wanted))
            .and_then(|()| self.file.write_all(found))
            .map_err(|error| failed(&error))
    }

    /// Counts rows that are as wanted and of which no more need be known.
    pub fn count_same(&mut self, row_count: u64) {
        self.counts.same += row_count;
    }

    /// The finished spool.
    ///
    /// # Errors
    /// As [`SpoolWriter::push`].
    pub fn finish(self) -> Result<Spool> {
        let file = self
            .file
            .into_inner()
            .map_err(|error| failed(error.error()))?;
        Ok(Spool {
            file,
            counts: self.counts,
            marks: self.marks,
        })
    }
}

/// The rows of one table that differ.
pub struct Spool {
    file: SpooledTempFile,
    counts: Counts,
    marks: Marks,
}

impl Spool {
    /// How many rows are what.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Calls `sink` for every differing row in order of the keys, until it says to stop.
    ///
    /// # Errors
    /// `local_file`, and what the sink returns.
    pub fn each(&mut self, sink: &mut dyn FnMut(Change<'_>) -> Result<Flow>) -> Result<()> {
        let mut reader = self.reader()?;
        while let Some(change) = reader.next()? {
            if sink(change)? == Flow::Stop {
                break;
            }
        }
        Ok(())
    }

    /// Reads the differing rows from the first one on.
    ///
    /// # Errors
    /// `local_file`.
    pub fn reader(&mut self) -> Result<SpoolReader<'_>> {
        self.reader_from(None, 0)
    }

    /// Reads the differing rows, or those of one fate alone, leaving out the first `offset` of them.
    ///
    /// # Errors
    /// `local_file`.
    pub fn reader_from(&mut self, only: Option<RowFate>, offset: u64) -> Result<SpoolReader<'_>> {
        let marks = self.marks.of(only);
        let last = marks.len().saturating_sub(1);
        let turn = usize::try_from(offset / MARK_EVERY).map_or(last, |turn| turn.min(last));
        let mark = marks.get(turn).copied().unwrap_or_default();
        self.file
            .seek(SeekFrom::Start(mark.byte))
            .map_err(|error| failed(&error))?;
        let left = match self.counts.of(only) {
            0 => 0,
            _ => self.counts.differing().saturating_sub(mark.row),
        };
        let mut reader = SpoolReader {
            file: BufReader::with_capacity(64 << 10, &mut self.file),
            wanted: Vec::new(),
            found: Vec::new(),
            left,
            only,
        };
        for _ in turn as u64 * MARK_EVERY..offset {
            if reader.next()?.is_none() {
                break;
            }
        }
        Ok(reader)
    }
}

/// Whether a walk over rows goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// The next one, please.
    Continue,
    /// Enough.
    Stop,
}

/// Reads a spool, one differing row at a time.
pub struct SpoolReader<'a> {
    file: BufReader<&'a mut SpooledTempFile>,
    wanted: Vec<u8>,
    found: Vec<u8>,
    left: u64,
    only: Option<RowFate>,
}

impl SpoolReader<'_> {
    /// The next differing row, valid until the next call.
    ///
    /// # Errors
    /// `local_file`.
    #[expect(
        clippy::should_implement_trait,
        reason = "the row borrows from the reader, which Iterator cannot say"
    )]
    pub fn next(&mut self) -> Result<Option<Change<'_>>> {
        loop {
            let Some(fate) = self.advance()? else {
                return Ok(None);
            };
            if self.only.is_none_or(|only| only == fate) {
                let (wanted, found) = (&self.wanted[..], &self.found[..]);
                return Ok(Some(match fate {
                    RowFate::Missing => Change::Missing { wanted },
                    RowFate::Extra => Change::Extra { found },
                    RowFate::Changed => Change::Changed { wanted, found },
                }));
            }
        }
    }

    fn advance(&mut self) -> Result<Option<RowFate>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let mut kind = [0];
        let mut lengths = [0; 8];
        self.file
            .read_exact(&mut kind)
            .and_then(|()| self.file.read_exact(&mut lengths))
            .map_err(|error| failed(&error))?;
        let lengths = u64::from_le_bytes(lengths);
        self.wanted.resize((lengths >> 32) as usize, 0);
        self.found.resize((lengths & 0xffff_ffff) as usize, 0);
        self.file
            .read_exact(&mut self.wanted)
            .and_then(|()| self.file.read_exact(&mut self.found))
            .map_err(|error| failed(&error))?;
        match kind {
            [b'+'] => Ok(Some(RowFate::Missing)),
            [b'-'] => Ok(Some(RowFate::Extra)),
            [b'~'] => Ok(Some(RowFate::Changed)),
            _ => Err(Error::new(
                Code::Defect,
                "A spooled difference cannot be read back.",
            )),
        }
    }
}

fn failed(error: &std::io::Error) -> Error {
    Error::local_file("the spooled difference", Path::new("(unnamed)"), error)
}
