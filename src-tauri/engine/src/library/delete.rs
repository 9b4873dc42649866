//! Deleting archives.

use super::folder::Library;
use super::listing::{Entry, is_partial};
use super::spool::is_locked;
use crate::archive::sync_folder_of;
use crate::cancel::CancelToken;
use crate::{Code, Error, Result};

impl Library {
    /// Deletes an archive's file, once what stands on it stands alone, unless `in_use` says that something still needs it (a review), or
    /// it is being written.
    ///
    /// # Errors
    /// `archive_in_use`; what making those whole meets that stand on it; `not_an_archive` for a file that is none, which is left alone; `local_file`.
    pub fn delete(&self, entry: &Entry, in_use: impl FnOnce(&Entry) -> bool) -> Result<()> {
        let path = &entry.path;
        if entry.problem() == Some(Code::NotAnArchive) {
            return Err(Error::new(
                Code::NotAnArchive,
                "This file is not an archive of Snapback.",
            )
            .with("archive", path.display()));
        }
        if is_partial(path) && is_locked(path) {
            return Err(
                Error::new(Code::ArchiveInUse, "The archive is being written.")
                    .with("archive", path.display()),
            );
        }
        if in_use(entry) {
            return Err(Error::new(
                Code::ArchiveInUse,
                "The archive is needed by a review and stays until then.",
            )
            .hint("Keep or revert the restore first.")
            .with("archive", path.display()));
        }
        if let Some(summary) = entry.summary() {
            self.release(summary.id, &CancelToken::new())?;
        }
        std::fs::remove_file(path)
            .and_then(|()| sync_folder_of(path))
            .map_err(|error| Error::local_file("the archive", path, &error))?;
        let Some(summary) = entry.summary() else {
            return Ok(());
        };
        self.pin(summary.id, false)?;
        match &entry.given_name {
            Some(_) => self.rename(summary.id, None),
            None => Ok(()),
        }
    }
}
