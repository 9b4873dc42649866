//! The library on this computer, opened once for all that the window does.

use std::path::absolute;
use std::sync::Arc;

use snapback_engine::library::Library;
use snapback_engine::{Code, Error, Result};
use snapback_host::archive_keys;
use tokio::sync::Mutex;

use crate::deeds::LookedAt;

/// The library that the settings name.
#[derive(Default)]
pub(crate) struct Shelf {
    open: Mutex<Option<Arc<Library>>>,
    /// Archives that were looked into without a database.
    pub(crate) looked_at: LookedAt,
}

impl Shelf {
    /// The library; one that is open already is the same, with the passphrases that it was given.
    ///
    /// # Errors
    /// `local_file` where its folder cannot be used; `invalid_key` where the environment names what is no key.
    pub(crate) async fn library(&self) -> Result<Arc<Library>> {
        let (set, _) = snapback_host::Settings::read()?;
        let folder = snapback_host::library_folder(&set).ok_or_else(no_data_folder)?;
        let folder = absolute(&folder)
            .map_err(|error| Error::local_file("the library folder", &folder, &error))?;
        let mut open = self.open.lock().await;
        if let Some(library) = open.as_ref().filter(|library| library.folder() == folder) {
            return Ok(Arc::clone(library));
        }
        let library = Arc::new(Library::open(&folder)?);
        library.hold_keys(archive_keys::at_hand(&library).await?);
        *open = Some(Arc::clone(&library));
        Ok(library)
    }

    /// The same with the keys that are at hand now: the keychain may have been opened since.
    ///
    /// # Errors
    /// As [`library`](Self::library).
    pub(crate) async fn library_with_keys(&self) -> Result<Arc<Library>> {
        let library = self.library().await?;
        let keys = archive_keys::at_hand(&library).await?;
        library.hold_keys(keys.with_passphrase_of(&library.keys()));
        Ok(library)
    }
}

pub(crate) fn no_data_folder() -> Error {
    Error::new(
        Code::LocalFile,
        "This computer names no folder for a person's data.",
    )
    .hint("Name one for the library with SNAPBACK_LIBRARY.")
}
