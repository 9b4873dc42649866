//! The archive's file, read at given places, so that several readers share one handle.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::failure;
use crate::{Error, Result};

/// An archive's file, opened once: what is read later is the same file even if the name has moved.
#[derive(Debug)]
pub(super) struct Source {
    file: File,
    path: PathBuf,
    length: u64,
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Self> {
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
        let file = File::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        Ok(Self {
            file,
            path: path.to_owned(),
            length,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Length in bytes when it was opened.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Fills the buffer from that place; a file that got shorter meanwhile is an incomplete archive.
    pub(super) fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> Result<()> {
        read_exact_at(&self.file, buffer, offset).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => failure::incomplete(&self.path),
            _ => Error::local_file("the archive", &self.path, &error),
        })
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
