//! A file at a place that a person chose: under its name once it is whole. An uploaded file comes out of
//! an archive that way.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use super::manifest::FileEntry;
use super::partial::sync_folder_of;
use super::reader::Reader;
use crate::cancel::{CancelToken, checkpoint};
use crate::{Error, Result};

/// What becomes of a file that has the name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Occupied {
    /// It stays, and nothing is written.
    #[default]
    Refused,
    /// It is replaced: the person was asked.
    Replaced,
}

/// Writes a file, readable by its owner alone; it appears once all of it is written and synced.
///
/// # Errors
/// Those of `write`; `local_file`, `disk_full`.
pub fn save_whole<T>(
    target: &Path,
    occupied: Occupied,
    write: impl FnOnce(&File) -> Result<T>,
) -> Result<T> {
    let failed = |error: io::Error| Error::local_file("the new file", target, &error);
    if occupied == Occupied::Refused && target.try_exists().map_err(failed)? {
        return Err(failed(io::ErrorKind::AlreadyExists.into())
            .hint("There is a file of that name already; choose another name."));
    }
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let saved = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let written = write(saved.as_file())?;
    saved.as_file().sync_all().map_err(failed)?;
    let persisted = match occupied {
        Occupied::Refused => saved.persist_noclobber(target),
        Occupied::Replaced => saved.persist(target),
    };
    persisted.map_err(|refused| failed(refused.error))?;
    sync_folder_of(target).map_err(failed)?;
    Ok(written)
}

/// Gives a file that is being written to `write` through a buffer.
///
/// # Errors
/// Those of `write`; `local_file`, `disk_full`.
pub fn buffered<T>(
    file: &File,
    target: &Path,
    write: impl FnOnce(&mut dyn io::Write) -> Result<T>,
) -> Result<T> {
    let mut out = BufWriter::with_capacity(256 << 10, file);
    let written = write(&mut out)?;
    let flushed = out.flush();
    flushed.map_err(|error| Error::local_file("the new file", target, &error))?;
    Ok(written)
}

impl Reader {
    /// Writes the content of an uploaded file to `target`, in place of what is there; it appears once all
    /// of it is what the manifest says.
    ///
    /// # Errors
    /// What [`super::FileReader::next_piece`] fails with; `local_file`, `disk_full`, `cancelled`.
    pub fn save_file(&self, entry: &FileEntry, target: &Path, cancel: &CancelToken) -> Result<()> {
        let failed = |error: io::Error| Error::local_file("the file", target, &error);
        save_whole(target, Occupied::Replaced, |mut file| {
            let mut content = self.file(entry)?;
            while let Some(piece) = content.next_piece()? {
                checkpoint(cancel)?;
                file.write_all(piece).map_err(failed)?;
            }
            Ok(())
        })
    }
}
