use std::fs::DirBuilder;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::listing::Known;
use super::naming::archive_name;
use super::origin::MADE_FOLDER;
use super::spool::SpoolFolder;
use crate::archive::{ArchiveKeys, PARTIAL_SUFFIX, numbered};
use crate::model::Company;
use crate::{Error, Result};

/// A folder of archives, open for this process.
#[derive(Debug)]
pub struct Library {
    folder: PathBuf,
    state: PathBuf,
    spool: SpoolFolder,
    known: Mutex<Known>,
    keys: Mutex<ArchiveKeys>,
}

impl Library {
    /// Opens a library, making its folder where there is none, and removes spill files of processes
    /// that are gone.
    ///
    /// # Errors
    /// `local_file`, `disk_full`.
    pub fn open(folder: &Path) -> Result<Self> {
        let failed = |error: io::Error| Error::local_file("the library folder", folder, &error);
        let folder = std::path::absolute(folder).map_err(failed)?;
        create_private_folder(&folder).map_err(failed)?;
        let state = folder.join("state");
        create_private_folder(&state.join(MADE_FOLDER)).map_err(failed)?;
        let spool = folder.join("spool");
        create_private_folder(&spool).map_err(failed)?;
        let spool = SpoolFolder::open(&spool).map_err(failed)?;
        Ok(Self {
            folder,
            state,
            spool,
            known: Mutex::default(),
            keys: Mutex::default(),
        })
    }

    /// From now on these keys open encrypted archives.
    pub fn hold_keys(&self, keys: ArchiveKeys) {
        *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = keys;
        // What could not be opened until now may be.
        self.known().clear();
    }

    /// The keys that open encrypted archives.
    #[must_use]
    pub fn keys(&self) -> ArchiveKeys {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.clone()
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where this process may put spill files; removed when the library is dropped, and at the next
    /// start where it could not be.
    #[must_use]
    pub fn spool_folder(&self) -> &Path {
        self.spool.path()
    }

    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn state_folder(&self) -> &Path {
        &self.state
    }

    /// A path in this folder for a new archive that no archive has, nor one under way.
    ///
    /// # Errors
    /// `local_file`.
    pub fn new_archive_path(
        &self,
        company: &Company,
        at: Timestamp,
        label: Option<&str>,
    ) -> Result<PathBuf> {
        self.free(&self.folder.join(archive_name(company, at, label)))
    }

    /// That path, or the first beside it that no archive has, nor one under way.
    pub(super) fn free(&self, first: &Path) -> Result<PathBuf> {
        let mut path = first.to_owned();
        let mut number = 2;
        while is_taken(&path)
            .map_err(|error| Error::local_file("the library folder", &self.folder, &error))?
        {
            path = numbered(first, number);
            number += 1;
        }
        Ok(path)
    }
}

fn is_taken(path: &Path) -> io::Result<bool> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(PARTIAL_SUFFIX);
    Ok(path.try_exists()? || Path::new(&partial).try_exists()?)
}

/// Makes a folder and those above it, readable by their owner alone; one that is there stays as it is.
///
/// # Errors
/// What the system says.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
