//! Archives from elsewhere on their way in, and copies on their way out.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::folder::Library;
use super::listing::Entry;
use super::naming::EXTENSION;
use super::space::require_space;
use crate::archive::{Partial, Reader, file_hash, numbered, read_summary, sync_folder_of};
use crate::cancel::{CancelToken, checkpoint};
use crate::reporter::Counters;
use crate::{Code, Error, Result};

/// Bytes that are copied between two looks at the cancel token.
const STEP: usize = 1 << 20;

/// What became of an archive that was to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Added {
    /// It was copied in.
    New(Entry),
    /// The same bytes lie in the library already.
    Known(Entry),
}

impl Library {
    /// Copies an archive from elsewhere into the library. The copy is held against its manifest to
    /// the last byte before it appears; one that is not whole leaves nothing behind. Counts rows.
    ///
    /// # Errors
    /// Those of [`Reader::open_with`] and [`Reader::verify`]; `local_file`, `disk_full`, `cancelled`.
    pub fn add(&self, source: &Path, counters: &Counters, cancel: &CancelToken) -> Result<Added> {
        let reader = self.open_archive(source)?;
        if let Some(known) = self.same_as(&reader)? {
            reader.verify(counters, cancel)?;
            return Ok(Added::Known(known));
        }
        require_space(self.folder(), reader.size_bytes())?;
        if reader.manifest().stands_on().is_some() {
            // What it stands on stays elsewhere.
            reader.verify(counters, cancel)?;
            let made = self.write_whole(source, &self.free_path(source)?, cancel)?;
            return self.entry(made.path).map(Added::New);
        }
        let copied = copy(source, &self.free_path(source)?, cancel)?;
        self.open_archive(copied.path())
            .and_then(|copy| copy.verify(counters, cancel))
            .map_err(|error| error.with("archive", source.display()))?;
        self.entry(copied.publish()?).map(Added::New)
    }

    /// Copies an archive's file out of the library; a file that is there is replaced, unless it is
    /// one of the library's own.
    ///
    /// # Errors
    /// `usage` where the target lies in the library; `local_file`, `disk_full`, `cancelled`.
    pub fn save_copy(&self, source: &Path, target: &Path, cancel: &CancelToken) -> Result<()> {
        let failed = |error: std::io::Error| Error::local_file("the copy", target, &error);
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        if folder.canonicalize().map_err(failed)? == self.folder().canonicalize().map_err(failed)? {
            return Err(Error::new(
                Code::Usage,
                "A copy belongs outside the library, which has the archive already.",
            )
            .hint("Choose another folder."));
        }
        require_space(folder, file_size(source)?)?;
        if read_summary(source, &self.keys()).is_ok_and(|summary| summary.stands_on().is_some()) {
            // A copy stands alone, whatever the library saves by.
            let place = tempfile::tempdir_in(folder).map_err(failed)?;
            let made = place.path().join(target.file_name().unwrap_or_default());
            let made = self.write_whole(source, &made, cancel)?;
            std::fs::rename(&made.path, target).map_err(failed)?;
            return sync_folder_of(target).map_err(failed);
        }
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        pump(source, cancel, |bytes| {
            std::io::Write::write_all(&mut file, bytes).map_err(failed)
        })?;
        file.as_file().sync_all().map_err(failed)?;
        file.persist(target)
            .map_err(|refused| failed(refused.error))?;
        sync_folder_of(target).map_err(failed)
    }

    /// Copies an archive's file into a folder, under its name or a free one beside it; the copy's path.
    ///
    /// # Errors
    /// As [`save_copy`](Self::save_copy).
    pub fn save_copy_in(
        &self,
        source: &Path,
        folder: &Path,
        cancel: &CancelToken,
    ) -> Result<PathBuf> {
        let first = folder.join(source.file_name().unwrap_or_default());
        let mut target = first.clone();
        let mut number = 2;
        while target
            .try_exists()
            .map_err(|error| Error::local_file("the folder", folder, &error))?
        {
            target = numbered(&first, number);
            number += 1;
        }
        self.save_copy(source, &target, cancel)?;
        Ok(target)
    }

    /// The archive of this library that has exactly those bytes.
    fn same_as(&self, reader: &Reader) -> Result<Option<Entry>> {
        let id = reader.manifest().id;
        for entry in self.list()? {
            let is_candidate = entry.summary().is_some_and(|summary| summary.id == id)
                && entry.size_bytes == reader.size_bytes();
            if is_candidate && file_hash(&entry.path)? == file_hash(reader.path())? {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// A free path in the library under the file's own name.
    fn free_path(&self, source: &Path) -> Result<PathBuf> {
        let mut name = source.file_name().unwrap_or_default().to_owned();
        if !name.as_encoded_bytes().ends_with(EXTENSION.as_bytes()) {
            name.push(EXTENSION);
        }
        self.free(&self.folder().join(name))
    }
}

/// Copies a file to the temporary name of `target`.
fn copy(source: &Path, target: &Path, cancel: &CancelToken) -> Result<Partial> {
    let mut partial = Partial::create(target)?;
    pump(source, cancel, |bytes| partial.write(bytes))?;
    partial.sync()?;
    Ok(partial)
}

fn pump(
    source: &Path,
    cancel: &CancelToken,
    mut write: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let failed = |error: std::io::Error| Error::local_file("the archive", source, &error);
    let mut file = File::open(source).map_err(failed)?;
    let mut step = vec![0; STEP];
    loop {
        checkpoint(cancel)?;
        match file.read(&mut step).map_err(failed)? {
            0 => return Ok(()),
            length => write(step.get(..length).unwrap_or_default())?,
        }
    }
}

fn file_size(path: &Path) -> Result<u64> {
    std::fs::metadata(path)
        .map(|metadata| metadata.len())
        .map_err(|error| Error::local_file("the archive", path, &error))
}
