//! Takes an archive of Carbon's apart into one file without a name. Nothing in it is trusted: what unpacks to
//! too much, leads out of its place or is no JSON is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use super::document::unpack_document;
use super::facts::Facts;
use super::source::{LONGEST, Source, read_up_to};
use crate::cancel::{CancelToken, checkpoint};
use crate::{Code, Error, Result};

/// The most tables and files; each is held by name.
const MOST_MEMBERS: usize = 1 << 20;
/// Rows between two looks at the token.
const ROWS_BETWEEN: u64 = 1024;

/// An archive that was taken apart.
pub(super) struct Unpacked {
    pub(super) facts: Facts,
    pub(super) tables: BTreeMap<String, Rows>,
    /// Uploaded files, by key.
    pub(super) files: BTreeMap<String, Piece>,
    content: File,
    folder: PathBuf,
}

/// Where something lies in the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Piece {
    offset: u64,
    length: u64,
}

/// Rows of one table, each a line of JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rows {
    piece: Piece,
    pub(super) row_count: u64,
    /// The names that rows have, where the archive does not list them.
    pub(super) columns: BTreeSet<String>,
}

impl Unpacked {
    /// Reads a piece from its beginning.
    pub(super) fn read(&self, piece: Piece) -> Result<impl BufRead + use<>> {
        let failed = |error| self.spilling(&error);
        let mut content = self.content.try_clone().map_err(failed)?;
        content
            .seek(SeekFrom::Start(piece.offset))
            .map_err(failed)?;
        Ok(BufReader::new(content.take(piece.length)))
    }

    /// Reads the lines of a table's rows from their beginning.
    pub(super) fn lines(&self, rows: &Rows) -> Result<impl BufRead + use<>> {
        self.read(rows.piece)
    }

    /// What it means that the file could not be read.
    pub(super) fn spilling(&self, error: &io::Error) -> Error {
        Error::local_file("a spill file", &self.folder, error)
    }
}

/// Takes the archive apart into a file in that folder, which goes with the process.
///
/// # Errors
/// `no_such_archive`, `not_an_archive`, `archive_too_new`, `archive_too_large`, `archive_unsafe_path`,
/// `archive_damaged`, `archive_mismatch`; `local_file`, `disk_full`, `cancelled`.
pub(super) fn unpack(path: &Path, folder: &Path, cancel: &CancelToken) -> Result<Unpacked> {
    let source = Source::open(path)?;
    let mut head = [0; 512];
    let length = read_up_to(&mut source.unzipped()?, &mut head);
    let length = length.map_err(|_| source.failed())?;
    let head = head.get(..length).unwrap_or_default();
    let mut sink = Sink::new(folder, cancel)?;
    let is_tar = head.get(257..262) == Some(b"ustar");
    let starts = head.iter().find(|byte| !byte.is_ascii_whitespace());
    let facts = match (is_tar, starts) {
        (true, _) => unpack_tar(&source, &mut sink)?,
        (false, Some(b'{')) => unpack_document(&source, &mut sink)?,
        (false, _) => return Err(source.not_ours()),
    };
    facts.check(path)?;
    let Sink {
        content,
        tables,
        files,
        ..
    } = sink;
    let unpacked = Unpacked {
        content: content
            .into_inner()
            .map_err(|error| Error::local_file("a spill file", folder, error.error()))?,
        folder: folder.to_owned(),
        facts,
        tables,
        files,
    };
    check_counts(&unpacked, path)?;
    Ok(unpacked)
}

/// What was taken out of the archive.
pub(super) struct Sink<'a> {
    content: BufWriter<File>,
    folder: &'a Path,
    offset: u64,
    tables: BTreeMap<String, Rows>,
    files: BTreeMap<String, Piece>,
    cancel: &'a CancelToken,
}

impl<'a> Sink<'a> {
    fn new(folder: &'a Path, cancel: &'a CancelToken) -> Result<Self> {
        let file = tempfile::tempfile_in(folder)
            .map_err(|error| Error::local_file("a spill file", folder, &error))?;
        Ok(Self {
            content: BufWriter::new(file),
            folder,
            offset: 0,
            tables: BTreeMap::new(),
            files: BTreeMap::new(),
            cancel,
        })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.offset += bytes.len() as u64;
        self.content
            .write_all(bytes)
            .map_err(|error| Error::local_file("a spill file", self.folder, &error))
    }

    /// Takes a row of the table that is under way.
    pub(super) fn row(&mut self, rows: &mut Rows, line: &[u8]) -> Result<()> {
        rows.row_count += 1;
        if rows.row_count.is_multiple_of(ROWS_BETWEEN) {
            checkpoint(self.cancel)?;
        }
        self.write(line)?;
        self.write(b"\n")
    }

    pub(super) fn begin(&self) -> Rows {
        Rows {
            piece: Piece {
                offset: self.offset,
                length: 0,
            },
            ..Rows::default()
        }
    }

    /// Notes the table whose rows end here; whether there was none of that name.
    pub(super) fn end(&mut self, name: String, mut rows: Rows) -> bool {
        rows.piece.length = self.offset - rows.piece.offset;
        self.tables.insert(name, rows).is_none()
    }
}

fn unpack_tar(source: &Source<'_>, sink: &mut Sink<'_>) -> Result<Facts> {
    let mut archive = tar::Archive::new(source.metered(source.unzipped()?));
    let mut entries = archive.entries().map_err(|_| source.failed())?;
    let mut facts = None;
    loop {
        checkpoint(sink.cancel)?;
        // A name is held in memory.
        source.meter.begin_value();
        let Some(entry) = entries.next() else {
            break;
        };
        source.meter.end_value();
        let mut entry = entry.map_err(|_| source.failed())?;
        let kind = entry.header().entry_type();
        if kind.is_dir() {
            continue;
        }
        let name = entry.path_bytes().into_owned();
        let name = String::from_utf8(name).ok().filter(|name| is_safe(name));
        let (Some(name), true) = (name, kind.is_file()) else {
            return Err(source.error(
                Code::ArchiveUnsafePath,
                "Something in the archive is no plain file, or would leave its place.",
            ));
        };
        if sink.tables.len() + sink.files.len() > MOST_MEMBERS {
            return Err(source.error(Code::ArchiveTooLarge, "The archive has too many members."));
        }
        let name = name.strip_prefix("./").unwrap_or(&name);
        let table = name
            .strip_prefix("tables/")
            .and_then(|name| name.strip_suffix(".ndjson.gz"));
        let is_new = if name == "manifest.json" {
            source.meter.begin_value();
            let read: Facts = serde_json::from_reader(BufReader::new(&mut entry))
                .map_err(|error| source.no_json(&error))?;
            source.meter.end_value();
            facts.replace(read).is_none()
        } else if let Some(table) = table {
            let rows = table_rows(source, sink, &mut entry)?;
            sink.end(table.to_owned(), rows)
        } else if let Some(key) = name.strip_prefix("assets/") {
            let piece = file(source, sink, &mut entry)?;
            sink.files.insert(key.to_owned(), piece).is_none()
        } else {
            io::copy(&mut entry, &mut io::sink()).map_err(|_| source.failed())?;
            true
        };
        if !is_new {
            return Err(source
                .error(
                    Code::ArchiveMismatch,
                    "The archive has two members of one name.",
                )
                .with("member", name));
        }
    }
    facts.ok_or_else(|| source.error(Code::ArchiveIncomplete, "The archive has no manifest."))
}

/// Whether a name stays in its place.
fn is_safe(name: &str) -> bool {
    let has_control = name.chars().any(char::is_control);
    !has_control
        && !name.contains('\\')
        && !name.starts_with('/')
        && name.split('/').all(|part| part != "..")
}

fn table_rows(source: &Source<'_>, sink: &mut Sink<'_>, entry: &mut impl Read) -> Result<Rows> {
    let unzipped = MultiGzDecoder::new(BufReader::new(entry));
    let mut lines = BufReader::new(source.metered(unzipped));
    let (mut rows, mut line) = (sink.begin(), Vec::new());
    loop {
        line.clear();
        let read = (&mut lines).take(LONGEST).read_until(b'\n', &mut line);
        if read.map_err(|_| source.failed())? == 0 {
            return Ok(rows);
        }
        if line.len() as u64 == LONGEST {
            return Err(source.error(
                Code::RowTooLarge,
                "A row of the archive is larger than a row may be.",
            ));
        }
        let row = line.trim_ascii();
        if !row.is_empty() {
            sink.row(&mut rows, row)?;
        }
    }
}

fn file(source: &Source<'_>, sink: &mut Sink<'_>, entry: &mut impl Read) -> Result<Piece> {
    let offset = sink.offset;
    let mut piece = vec![0; 128 << 10];
    loop {
        checkpoint(sink.cancel)?;
        let length = entry.read(&mut piece).map_err(|_| source.failed())?;
        match piece.get(..length) {
            Some(read) if !read.is_empty() => sink.write(read)?,
            _ => {
                return Ok(Piece {
                    offset,
                    length: sink.offset - offset,
                });
            }
        }
    }
}

/// Whether what is inside is what the manifest lists.
fn check_counts(unpacked: &Unpacked, path: &Path) -> Result<()> {
    let facts = &unpacked.facts;
    let wrong = |name: &str| {
        Error::new(
            Code::ArchiveMismatch,
            "The archive does not have the rows that its manifest lists.",
        )
        .with("archive", path.display())
        .with("table", name)
    };
    let mut listed = BTreeSet::new();
    for table in &facts.tables {
        let found = unpacked.tables.get(&table.name);
        if !listed.insert(&table.name) || found.map_or(0, |rows| rows.row_count) != table.rows {
            return Err(wrong(&table.name));
        }
    }
    // The older form lists no tables in some versions.
    match unpacked.tables.keys().find(|name| !listed.contains(name)) {
        Some(name) if !facts.tables.is_empty() => Err(wrong(name)),
        _ => Ok(()),
    }
}
