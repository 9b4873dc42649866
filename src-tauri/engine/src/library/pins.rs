//! Archives that a person wants kept, and how long schedules want theirs kept.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};

use uuid::Uuid;

use super::folder::Library;
use super::spool::open_lock;
use crate::{Error, Result};

/// The journal of pinned archives.
const JOURNAL: &str = "pins";

impl Library {
    /// Archives that never go by themselves, since a person wants them.
    ///
    /// # Errors
    /// `local_file`.
    pub fn pinned(&self) -> Result<BTreeSet<Uuid>> {
        Ok(self.read_state(JOURNAL)?.unwrap_or_default())
    }

    /// Pins an archive, or lets it go again. Whether that changed anything.
    ///
    /// # Errors
    /// `local_file`, `disk_full`.
    pub fn pin(&self, archive: Uuid, is_pinned: bool) -> Result<bool> {
        let mut pinned = self.pinned()?;
        let changed = match is_pinned {
            true => pinned.insert(archive),
            false => pinned.remove(&archive),
        };
        if changed {
            self.write_state(JOURNAL, &pinned)?;
        }
        Ok(changed)
    }

    /// Holds a lock of this library by that name until the file is closed; `None` where somebody else does,
    /// in this process or another.
    ///
    /// # Errors
    /// `local_file`.
    pub fn hold(&self, name: &str) -> Result<Option<File>> {
        let path = self.state_folder().join(format!("{name}.lock"));
        let failed = |error: std::io::Error| Error::local_file("a lock", &path, &error);
        let file = open_lock(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}
