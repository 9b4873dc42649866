//! The archive's file, read at given places, so that several readers share one handle. What is in it is
//! the same whether it is encrypted or not.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use age::DecryptError;
use age::stream::StreamReader;

use super::failure;
use super::keys::ArchiveKeys;
use super::manifest::Encryption;
use crate::rows::Spares;
use crate::{Error, Result};

/// What a file encrypted by age begins with.
const SEALED: &[u8] = b"age-encryption.org/v1\n";
/// What one that was locked with a passphrase begins with.
const LOCKED: &[u8] = b"age-encryption.org/v1\n-> scrypt ";

/// Whether a file was locked with a passphrase, as far as it can be read.
#[must_use]
pub fn is_locked_by_passphrase(path: &Path) -> bool {
    let mut begin = [0; LOCKED.len()];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut begin));
    read.is_ok() && begin == *LOCKED
}

/// An archive's file, opened once: what is read later is the same file even if the name has moved.
#[derive(Debug)]
pub(super) struct Source {
    file: Arc<File>,
    path: PathBuf,
    size_bytes: u64,
    length: u64,
    seal: Option<Seal>,
}

/// What is needed to read an encrypted file: it is decrypted by as many as read it side by side.
#[derive(Debug)]
struct Seal {
    keys: ArchiveKeys,
    readers: Spares<StreamReader<Window>>,
}

impl Source {
    pub(super) fn open(path: &Path, keys: &ArchiveKeys) -> Result<Self> {
        let failed = |error: io::Error| {
            if error.kind() == io::ErrorKind::NotFound {
                Error::new(crate::Code::NoSuchArchive, "There is no such archive.")
                    .with("archive", path.display())
            } else {
                Error::local_file("the archive", path, &error)
            }
        };
        // Asked before opening, since opening a pipe would wait for its other end.
        if !std::fs::metadata(path).map_err(failed)?.is_file() {
            return Err(failure::not_an_archive(path));
        }
        Self::of(File::open(path).map_err(failed)?, path, keys)
    }

    /// An archive that is part of the program, under a name for people, in a file that nobody sees.
    pub(super) fn of_program(name: &str, bytes: &[u8]) -> Result<Self> {
        let path = Path::new(name);
        let mut file = tempfile::tempfile()
            .map_err(|error| Error::local_file("a spill file", path, &error))?;
        file.write_all(bytes)
            .map_err(|error| Error::local_file("a spill file", path, &error))?;
        Self::of(file, path, &ArchiveKeys::default())
    }

    fn of(file: File, path: &Path, keys: &ArchiveKeys) -> Result<Self> {
        let size_bytes = file
            .metadata()
            .map_err(|error| Error::local_file("the archive", path, &error))?
            .len();
        let mut source = Self {
            file: Arc::new(file),
            path: path.to_owned(),
            size_bytes,
            length: size_bytes,
            seal: None,
        };
        if source.begins_sealed()? {
            let readers = Spares::default();
            let mut first = source.unseal(keys)?;
            // Reads the last piece too, so a file that was cut off between two is found here.
            let length = first.seek(SeekFrom::End(0));
            source.length = length.map_err(|error| source.failed(&error, true))?;
            readers.leave(first);
            let keys = keys.clone();
            source.seal = Some(Seal { keys, readers });
        }
        Ok(source)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Length of what is in it in bytes, when it was opened.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Length of the file in bytes, when it was opened.
    pub(super) fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    pub(super) fn encryption(&self) -> Encryption {
        match self.seal {
            Some(_) => Encryption::Age,
            None => Encryption::None,
        }
    }

    /// Fills the buffer from that place; a file that got shorter meanwhile is an incomplete archive.
    pub(super) fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> Result<()> {
        let Some(seal) = &self.seal else {
            let read = read_exact_at(&self.file, buffer, offset);
            return read.map_err(|error| self.failed(&error, false));
        };
        let mut reader = match seal.readers.take() {
            Some(reader) => reader,
            None => self.unseal(&seal.keys)?,
        };
        reader
            .seek(SeekFrom::Start(offset))
            .and_then(|_| reader.read_exact(buffer))
            .map_err(|error| self.failed(&error, true))?;
        seal.readers.leave(reader);
        Ok(())
    }

    fn begins_sealed(&self) -> Result<bool> {
        if self.size_bytes < SEALED.len() as u64 {
            return Ok(false);
        }
        let mut begin = [0; SEALED.len()];
        self.read_exact_at(&mut begin, 0)?;
        Ok(begin == *SEALED)
    }

    /// One more reader of what is encrypted.
    fn unseal(&self, keys: &ArchiveKeys) -> Result<StreamReader<Window>> {
        let window = Window {
            file: Arc::clone(&self.file),
            place: 0,
            end: self.size_bytes,
        };
        let mut is_locked = false;
        let opened = age::Decryptor::new(window).and_then(|sealed| {
            is_locked = sealed.is_scrypt();
            sealed.decrypt(keys.identities())
        });
        opened.map_err(|error| match error {
            DecryptError::NoMatchingKeys if is_locked => failure::passphrase_needed(&self.path),
            DecryptError::DecryptionFailed if is_locked => failure::wrong_passphrase(&self.path),
            DecryptError::ExcessiveWork { .. } => failure::too_much_work(&self.path),
            DecryptError::NoMatchingKeys if keys.is_empty() => failure::key_needed(&self.path),
            DecryptError::NoMatchingKeys => failure::wrong_key(&self.path),
            DecryptError::InvalidMac | DecryptError::DecryptionFailed => {
                failure::damaged(&self.path, "the head of its encryption was changed")
            }
            DecryptError::Io(error) if error.kind() != io::ErrorKind::UnexpectedEof => {
                self.failed(&error, false)
            }
            _ => failure::not_an_archive(&self.path),
        })
    }

    fn failed(&self, error: &io::Error, is_sealed: bool) -> Error {
        match error.kind() {
            io::ErrorKind::UnexpectedEof if !is_sealed => failure::incomplete(&self.path),
            // What age says of a piece that is not the one that was written.
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => failure::damaged(
                &self.path,
                "a piece of it is not the one that was encrypted, or it was cut short",
            ),
            _ => Error::local_file("the archive", &self.path, error),
        }
    }
}

/// A place in a file that others read too.
struct Window {
    file: Arc<File>,
    place: u64,
    end: u64,
}

impl Read for Window {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.end.saturating_sub(self.place);
        let length = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        if let Some(buffer) = buffer.get_mut(..length) {
            read_exact_at(&self.file, buffer, self.place)?;
        }
        self.place += length as u64;
        Ok(length)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::Current(by) => self.place.checked_add_signed(by),
            SeekFrom::End(by) => self.end.checked_add_signed(by),
        };
        self.place = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.place)
    }
}

/// Fills the buffer from that place, whatever place others read at through the same handle.
#[cfg(unix)]
pub(super) fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

/// Fills the buffer from that place, whatever place others read at through the same handle.
#[cfg(windows)]
pub(super) fn read_exact_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, buffer, offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                buffer = buffer.split_at_mut(count).1;
                offset += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
