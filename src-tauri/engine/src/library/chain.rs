//! Archives that hold only what changed since another one: opened, copied and let go as if they were whole.

use std::fs;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::folder::Library;
use super::keys::Encrypt;
use super::listing::Entry;
use super::naming::EXTENSION;
use crate::archive::{
    ArchiveKeys, Encryption, Finished, Reader, Sealed, Stack, Writer, read_summary,
};
use crate::cancel::CancelToken;
use crate::{Error, Result};

/// Archives that may stand on each other: more are none of ours.
const MOST_LAYERS: usize = 256;

impl Library {
    /// Opens an archive in this library or elsewhere. One that holds only what changed is made whole by those
    /// beside it when its rows or files are first asked for, in a file that nobody sees and that goes with the
    /// process.
    ///
    /// # Errors
    /// Those of [`Reader::open_with`]; `base_missing` once rows are asked for.
    pub fn open_archive(&self, path: &Path) -> Result<Reader> {
        let keys = self.keys();
        let reader = Reader::open_with(path, &keys)?;
        if reader.manifest().stands_on().is_none() {
            return Ok(reader);
        }
        let (path, folder) = (path.to_owned(), self.spool_folder().to_owned());
        Ok(reader.made_whole_by(move || whole(&path, &folder, &keys)))
    }

    /// Puts the whole of an archive in place of one that holds only what changed.
    ///
    /// # Errors
    /// Those of [`open_archive`](Self::open_archive); `disk_full`, `local_file`, `cancelled`.
    pub fn make_whole(&self, entry: &Entry, cancel: &CancelToken) -> Result<()> {
        let stack = stack(&entry.path, &self.keys())?;
        let facts = stack.manifest().readme_facts();
        let encryption = stack.manifest().encryption;
        let writer = self.begin_in_place(&entry.path, &facts, encryption)?;
        self.replace(stack.write_whole(writer, self.spool_folder(), cancel)?)
    }

    /// Publishes an archive in place of the same one, stored otherwise.
    ///
    /// # Errors
    /// `disk_full`, `local_file`.
    pub fn replace(&self, sealed: Sealed) -> Result<()> {
        // Noted first, with the file as it is now: at no instant is it one of unknown origin.
        self.note_replaced(sealed.manifest().id, sealed.finished())?;
        sealed.publish()?;
        Ok(())
    }

    /// Makes every archive whole that stands on that one, which may go then.
    pub(super) fn release(&self, archive: Uuid, cancel: &CancelToken) -> Result<()> {
        for entry in self.list()? {
            let stands = entry
                .summary()
                .is_some_and(|it| it.stands_on() == Some(archive));
            if stands {
                self.make_whole(&entry, cancel)?;
            }
        }
        Ok(())
    }

    /// Writes the whole of an archive that holds only what changed to another place, where none is.
    ///
    /// # Errors
    /// As [`make_whole`](Self::make_whole).
    pub(super) fn write_whole(
        &self,
        source: &Path,
        target: &Path,
        cancel: &CancelToken,
    ) -> Result<Finished> {
        let stack = stack(source, &self.keys())?;
        let facts = stack.manifest().readme_facts();
        let encrypt = match stack.manifest().encryption {
            Encryption::None => Encrypt::Never,
            Encryption::Age => Encrypt::AsTheLibrary,
        };
        let writer = self.begin_archive(target, &facts, &encrypt)?;
        let sealed = stack.write_whole(writer, self.spool_folder(), cancel)?;
        Ok(sealed.publish()?.0)
    }
}

/// The whole of an archive, in a file that has no name any more.
fn whole(path: &Path, folder: &Path, keys: &ArchiveKeys) -> Result<Reader> {
    let stack = match stack(path, keys) {
        // Meanwhile it was made whole, and what it stood on has gone.
        Err(_) if is_whole(path, keys) => return Reader::open_with(path, keys),
        stack => stack?,
    };
    let failed =
        |error: std::io::Error| Error::local_file("the folder for spilled rows", folder, &error);
    let place = tempfile::tempdir_in(folder).map_err(failed)?;
    let target = place.path().join(path.file_name().unwrap_or_default());
    let writer = Writer::create(&target, &stack.manifest().readme_facts())?;
    let sealed = stack.write_whole(writer, place.path(), &CancelToken::new())?;
    let (made, _) = sealed.publish()?;
    Reader::open(&made.path)
}

fn is_whole(path: &Path, keys: &ArchiveKeys) -> bool {
    read_summary(path, keys).is_ok_and(|summary| summary.stands_on().is_none())
}

/// The archive with all that it stands on, from its own folder.
fn stack(path: &Path, keys: &ArchiveKeys) -> Result<Stack> {
    let mut lowest = Reader::open_with(path, keys)?;
    let mut above = Vec::new();
    let mut beside = None;
    while let Some(base) = lowest.manifest().stands_on()
        && above.len() < MOST_LAYERS
    {
        let known = match &beside {
            Some(known) => known,
            None => beside.insert(archives_beside(path, keys)?),
        };
        let Some((_, found)) = known.iter().find(|(id, _)| *id == base) else {
            break;
        };
        let below = Reader::open_with(found, keys)?;
        above.push(std::mem::replace(&mut lowest, below));
    }
    above.reverse();
    Stack::new(lowest, above)
}

/// The archives of the folder in which that one lies, by their ids.
fn archives_beside(path: &Path, keys: &ArchiveKeys) -> Result<Vec<(Uuid, PathBuf)>> {
    let folder = path.parent().unwrap_or(path);
    let failed =
        |error: std::io::Error| Error::local_file("the folder of the archive", folder, &error);
    let mut found = Vec::new();
    for item in fs::read_dir(folder).map_err(failed)? {
        let path = item.map_err(failed)?.path();
        let is_archive = path
            .as_os_str()
            .as_encoded_bytes()
            .ends_with(EXTENSION.as_bytes());
        if is_archive && let Ok(summary) = read_summary(&path, keys) {
            found.push((summary.id, path));
        }
    }
    Ok(found)
}
