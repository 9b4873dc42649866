//! The file of an archive, and how much it may unpack to.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::{Code, Error, Result};

/// What files begin with that gzip has made.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Bytes to which every archive may unpack, however small it is.
const SMALL: u64 = 1 << 30;
/// How many times its size a larger one may unpack to; rows as JSON become a twentieth when they are packed.
const MOST_TIMES: u64 = 200;
/// Bytes of one row or of the manifest.
pub(super) const LONGEST: u64 = 64 << 20;

/// The archive's file, and how much it may still unpack to.
pub(super) struct Source<'a> {
    path: &'a Path,
    pub(super) meter: Meter,
}

/// What may still be unpacked, and of it for one value where it is held in memory.
pub(super) struct Meter {
    left: Cell<u64>,
    of_value: Cell<Option<u64>>,
}

impl Meter {
    pub(super) fn begin_value(&self) {
        self.of_value.set(Some(LONGEST));
    }

    pub(super) fn end_value(&self) {
        self.of_value.set(None);
    }

    fn take(&self, length: usize) {
        let less = |left: u64| left.saturating_sub(length as u64);
        self.left.set(less(self.left.get()));
        self.of_value.set(self.of_value.get().map(less));
    }

    fn is_spent(&self) -> bool {
        self.left.get() == 0 || self.of_value.get() == Some(0)
    }
}

/// A reader that stops where the meter is spent.
pub(super) struct Metered<'a, R> {
    inner: R,
    meter: &'a Meter,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.meter.is_spent() {
            return Err(io::Error::other("spent"));
        }
        let length = self.inner.read(buffer)?;
        self.meter.take(length);
        Ok(length)
    }
}

impl<'a> Source<'a> {
    pub(super) fn open(path: &'a Path) -> Result<Self> {
        let size = match std::fs::metadata(path) {
            Ok(found) if found.is_file() => found.len(),
            Ok(_) => return Err(Self::missing(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Self::missing(path));
            }
            Err(error) => return Err(Error::local_file("the archive", path, &error)),
        };
        let source = Self {
            path,
            meter: Meter {
                left: Cell::new(size.saturating_mul(MOST_TIMES).max(SMALL)),
                of_value: Cell::new(None),
            },
        };
        let mut first = [0; 2];
        let read = read_up_to(&mut source.file()?, &mut first);
        read.map_err(|error| Error::local_file("the archive", path, &error))?;
        match first == GZIP {
            true => Ok(source),
            false => Err(source.not_ours()),
        }
    }

    fn missing(path: &Path) -> Error {
        Error::new(Code::NoSuchArchive, "There is no such file.").with("archive", path.display())
    }

    pub(super) fn unzipped(&self) -> Result<impl Read + use<>> {
        Ok(MultiGzDecoder::new(BufReader::new(self.file()?)))
    }

    fn file(&self) -> Result<File> {
        File::open(self.path).map_err(|error| Error::local_file("the archive", self.path, &error))
    }

    pub(super) fn metered<R: Read>(&self, inner: R) -> Metered<'_, R> {
        Metered {
            inner,
            meter: &self.meter,
        }
    }

    pub(super) fn error(&self, code: Code, message: &str) -> Error {
        Error::new(code, message).with("archive", self.path.display())
    }

    pub(super) fn not_ours(&self) -> Error {
        self.error(
            Code::NotAnArchive,
            "The file is not a backup that Carbon made of a company.",
        )
        .hint("Carbon's backups are called NAME.carbon.tar.gz, older ones NAME.carbon.json.gz.")
    }

    /// Why reading on failed: the text of the cause may hold what was read, and stays out.
    pub(super) fn failed(&self) -> Error {
        if self.meter.is_spent() {
            return self.error(
                Code::ArchiveTooLarge,
                "The archive would unpack to more than a backup can be.",
            );
        }
        self.error(Code::ArchiveDamaged, "The archive cannot be unpacked.")
    }

    pub(super) fn no_json(&self, error: &serde_json::Error) -> Error {
        match error.is_io() {
            true => self.failed(),
            false => self.error(
                Code::ArchiveDamaged,
                "The archive's JSON cannot be read, or is of another form.",
            ),
        }
    }
}

pub(super) fn read_up_to(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while let Some(rest) = buffer.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest)? {
            0 => break,
            read => length += read,
        }
    }
    Ok(length)
}
