//! An uploaded file on its way out of an archive to a place that a person chose.

use std::io::{self, Write as _};
use std::path::Path;

use super::manifest::FileEntry;
use super::partial::sync_folder_of;
use super::reader::Reader;
use crate::cancel::{CancelToken, checkpoint};
use crate::{Error, Result};

impl Reader {
    /// Writes the content of an uploaded file to `target`, in place of what is there; it appears once all
    /// of it is what the manifest says.
    ///
    /// # Errors
    /// What [`super::FileReader::next_piece`] fails with; `local_file`, `disk_full`, `cancelled`.
    pub fn save_file(&self, entry: &FileEntry, target: &Path, cancel: &CancelToken) -> Result<()> {
        let failed = |error: io::Error| Error::local_file("the file", target, &error);
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut saved = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        let mut content = self.file(entry)?;
        while let Some(piece) = content.next_piece()? {
            checkpoint(cancel)?;
            saved.write_all(piece).map_err(failed)?;
        }
        saved.as_file().sync_all().map_err(failed)?;
        saved
            .persist(target)
            .map_err(|refused| failed(refused.error))?;
        sync_folder_of(target).map_err(failed)
    }
}
