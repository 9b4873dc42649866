use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::deed::{Deed, Entry};
use crate::library::create_private_folder;
use crate::{Code, Error, Result};

/// The lines.
const LINES: &str = "audit.log";
/// The number and hash of the last line.
const END: &str = "audit-end.json";
/// More than any line has.
const LONGEST_LINE: u64 = 64 << 10;
const WHAT: &str = "the audit trail";

/// How far a trail goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailEnd {
    /// The trail.
    pub trail: Uuid,
    /// The number of its last line.
    pub number: u64,
    /// That line's hash.
    pub hash: String,
}

/// The audit trail of a computer, in a folder that only its owner can read. Several programs may write it at once.
#[derive(Debug, Clone)]
pub struct Trail {
    folder: PathBuf,
}

impl Trail {
    /// The trail in that folder, which is made when something is noted.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The file of its lines: each is the BLAKE3 of the rest of the line, a space and a JSON document.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.join(LINES)
    }

    /// Appends a line durably. What a trail that was meddled with still has stays as it is.
    ///
    /// # Errors
    /// `local_file`, `disk_full`.
    pub fn append(&self, deed: Deed, now: Timestamp) -> Result<TrailEnd> {
        let path = self.path();
        let failed = |error: io::Error| Error::local_file(WHAT, &path, &error);
        create_private_folder(&self.folder).map_err(failed)?;
        let mut file = open_private(&path).map_err(failed)?;
        file.lock().map_err(failed)?;
        let known = self.end()?;
        let last = last_line(&mut file, known.as_ref()).map_err(failed)?;
        let number = match &last {
            None => 0,
            Some(last) => match last.entry() {
                Some(entry) => entry.number,
                None => count_lines(&mut file).map_err(failed)?,
            },
        };
        let trail = match (&last, &known) {
            (_, Some(known)) => known.trail,
            (Some(last), None) => last.entry().map_or_else(Uuid::new_v4, |entry| entry.trail),
            (None, None) => Uuid::new_v4(),
        };
        let entry = Entry {
            number: number + 1,
            at: now,
            trail,
            deed: deed.bounded(),
            previous: last.map_or_else(String::new, |last| last.hash()),
        };
        let json = serde_json::to_string(&entry)
            .map_err(|_| Error::new(Code::Defect, "A deed cannot be written as JSON."))?;
        let hash = hash_of(&json);
        // One write, so that a kill leaves a whole line or the beginning of one.
        file.write_all(format!("{hash} {json}\n").as_bytes())
            .and_then(|()| file.sync_data())
            .map_err(failed)?;
        let end = TrailEnd {
            trail,
            number: entry.number,
            hash,
        };
        self.write_end(&end)?;
        Ok(end)
    }

    /// How far it went when it was last written; `None` where nobody has noted that.
    ///
    /// # Errors
    /// `local_file`.
    pub fn end(&self) -> Result<Option<TrailEnd>> {
        let path = self.folder.join(END);
        match std::fs::read(&path) {
            Ok(json) => Ok(serde_json::from_slice(&json).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::local_file(WHAT, &path, &error)),
        }
    }

    fn write_end(&self, end: &TrailEnd) -> Result<()> {
        let path = self.folder.join(END);
        let write = || -> io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            serde_json::to_writer(&mut file, end)?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|refused| refused.error)?;
            File::open(&self.folder)?.sync_all()
        };
        write().map_err(|error| Error::local_file(WHAT, &path, &error))
    }

    /// Its lines that can be read, oldest first.
    ///
    /// # Errors
    /// `local_file`.
    pub fn entries(&self) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        self.each_line(|line| entries.extend(line.entry()))?;
        Ok(entries)
    }

    /// Hands every line over, in order.
    pub(super) fn each_line(&self, mut each: impl FnMut(Line)) -> Result<()> {
        let path = self.path();
        let failed = |error: io::Error| Error::local_file(WHAT, &path, &error);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(error)),
        };
        // Nobody is in the middle of a line.
        file.lock_shared().map_err(failed)?;
        let mut reader = BufReader::new(file);
        loop {
            let mut text = Vec::new();
            let mut bounded = (&mut reader).take(LONGEST_LINE);
            if bounded.read_until(b'\n', &mut text).map_err(failed)? == 0 {
                return Ok(());
            }
            each(Line::new(text));
        }
    }
}

/// A line as it lies there.
pub(super) struct Line {
    text: Vec<u8>,
    is_ended: bool,
}

impl Line {
    fn new(mut text: Vec<u8>) -> Self {
        let is_ended = text.last() == Some(&b'\n');
        if is_ended {
            text.pop();
        }
        Self { text, is_ended }
    }

    /// The hash that it begins with and the document that this is of.
    fn parts(&self) -> Option<(&str, &str)> {
        std::str::from_utf8(&self.text).ok()?.split_once(' ')
    }

    /// What the next line must name: the hash that it begins with, or where there is none, that of all of it.
    pub(super) fn hash(&self) -> String {
        match self.parts() {
            Some((hash, _)) if hash.len() == 64 => hash.to_owned(),
            _ => blake3::hash(&self.text).to_string(),
        }
    }

    pub(super) fn entry(&self) -> Option<Entry> {
        serde_json::from_str(self.parts()?.1).ok()
    }

    /// Whether it is whole and its document has the hash that it begins with.
    pub(super) fn is_as_written(&self) -> bool {
        self.is_ended
            && self
                .parts()
                .is_some_and(|(hash, json)| hash_of(json) == hash)
    }
}

fn hash_of(json: &str) -> String {
    blake3::hash(json.as_bytes()).to_string()
}

/// The last line. The beginning of one whose writing was cut off goes, unless it is known to have been whole.
fn last_line(file: &mut File, known: Option<&TrailEnd>) -> io::Result<Option<Line>> {
    let length = file.seek(SeekFrom::End(0))?;
    let from = length.saturating_sub(2 * LONGEST_LINE);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    (&mut *file).take(length - from).read_to_end(&mut tail)?;
    if !tail.is_empty() && tail.last() != Some(&b'\n') {
        let begun = tail
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let whole = tail.get(..begun).unwrap_or_default();
        let before = whole
            .split_last()
            .map_or(&[][..], |(_, lines)| last_of(lines));
        let number = Line::new(before.to_vec())
            .entry()
            .map_or(0, |entry| entry.number);
        if known.is_none_or(|known| known.number <= number) {
            file.set_len(from + begun as u64)?;
            tail.truncate(begun);
        } else {
            file.write_all(b"\n")?;
            tail.push(b'\n');
        }
    }
    tail.pop();
    Ok((!tail.is_empty()).then(|| Line {
        text: last_of(&tail).to_vec(),
        is_ended: true,
    }))
}

/// What follows the last end of a line.
fn last_of(lines: &[u8]) -> &[u8] {
    let begun = lines
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    lines.get(begun..).unwrap_or_default()
}

fn count_lines(file: &mut File) -> io::Result<u64> {
    file.seek(SeekFrom::Start(0))?;
    let mut count = 0;
    let mut reader = BufReader::new(&mut *file);
    loop {
        let held = reader.fill_buf()?;
        if held.is_empty() {
            return Ok(count);
        }
        count += held.iter().filter(|byte| **byte == b'\n').count() as u64;
        let length = held.len();
        reader.consume(length);
    }
}

fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
