//! Spill files: each process has a folder of its own with a lock in it, so that the next start can
//! tell those of the dead from those of the living.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

use tempfile::TempDir;

const LOCK: &str = "lock";

/// One process's folder for spill files.
#[derive(Debug)]
pub(super) struct SpoolFolder {
    folder: Option<TempDir>,
    lock: Option<File>,
}

impl SpoolFolder {
    /// Removes what dead processes left in `parent` and makes this process's folder there.
    pub(super) fn open(parent: &Path) -> io::Result<Self> {
        // Held while folders are made and removed: a new folder is not locked from its first moment.
        let gate = open_lock(&parent.join(LOCK))?;
        let guarded = gate.lock().is_ok();
        if guarded {
            remove_abandoned(parent)?;
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix("process-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let folder = builder.tempdir_in(parent)?;
        let lock = open_lock(&folder.path().join(LOCK))?;
        if guarded {
            lock.try_lock()?;
        }
        Ok(Self {
            folder: Some(folder),
            lock: Some(lock),
        })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.as_ref().map_or(Path::new(""), TempDir::path)
    }
}

impl Drop for SpoolFolder {
    fn drop(&mut self) {
        // The lock's file is closed first, since some systems cannot remove an open one.
        drop(self.lock.take());
        drop(self.folder.take());
    }
}

/// Removes the folders in `parent` whose lock nobody holds. One that cannot be removed stays for the
/// next start: it is no reason not to work.
fn remove_abandoned(parent: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(parent)? {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            continue;
        }
        let alive = match File::open(entry.path().join(LOCK)) {
            Ok(lock) => !matches!(lock.try_lock(), Ok(())),
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        };
        if !alive && let Err(error) = std::fs::remove_dir_all(entry.path()) {
            tracing::warn!(kind = %error.kind(), "spill files of an earlier run could not be removed");
        }
    }
    Ok(())
}

pub(super) fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whether another open file holds the lock of the file at `path`: its writer is alive.
pub(super) fn is_locked(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}
