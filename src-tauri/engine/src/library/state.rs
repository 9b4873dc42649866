//! Small journals that must be there after a loss of power, or not at all.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::folder::Library;
use crate::archive::sync_folder_of;
use crate::{Code, Error, Result};

/// The most bytes that are read of a journal.
const STATE_LIMIT: u64 = 64 << 20;

impl Library {
    /// Writes a journal durably: when this returns, the whole of it survives a loss of power, and
    /// until then the earlier one does.
    ///
    /// # Errors
    /// `disk_full`, `local_file`; `defect` for a name that is not of `a-z`, `A-Z`, `0-9`, `-`, `_`.
    pub fn write_state(&self, name: &str, state: &impl Serialize) -> Result<()> {
        self.write_json(&self.state_path(name)?, state)
    }

    /// Reads a journal; `None` where there is none of that name.
    ///
    /// # Errors
    /// `local_file`, also where what is there cannot be understood: it is never passed over.
    pub fn read_state<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        read_json(&self.state_path(name)?)
    }

    /// Removes a journal durably; one that is not there is no error.
    ///
    /// # Errors
    /// `local_file`.
    pub fn remove_state(&self, name: &str) -> Result<()> {
        let path = self.state_path(name)?;
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            done => done.and_then(|()| sync_folder_of(&path)),
        }
        .map_err(|error| Error::local_file("a journal", &path, &error))
    }

    /// Names of all journals, sorted.
    ///
    /// # Errors
    /// `local_file`.
    pub fn state_names(&self) -> Result<Vec<String>> {
        let failed =
            |error: io::Error| Error::local_file("the journals", self.state_folder(), &error);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(self.state_folder()).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            names.extend(
                name.to_str()
                    .and_then(|name| name.strip_suffix(".json"))
                    .map(str::to_owned),
            );
        }
        names.sort();
        Ok(names)
    }

    /// Writes a small JSON file durably, in place of the one that is there.
    pub(super) fn write_json(&self, path: &Path, content: &impl Serialize) -> Result<()> {
        let json = serde_json::to_vec_pretty(content)
            .map_err(|_| Error::new(Code::Defect, "A journal cannot be written as JSON."))?;
        // Made in the spool folder, which is on the same file system and cleared at the next start.
        let write = || -> io::Result<()> {
            let mut file = tempfile::NamedTempFile::new_in(self.spool_folder())?;
            file.write_all(&json)?;
            file.as_file().sync_all()?;
            file.persist(path).map_err(|refused| refused.error)?;
            sync_folder_of(path)
        };
        write().map_err(|error| Error::local_file("a journal", path, &error))
    }

    fn state_path(&self, name: &str) -> Result<PathBuf> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if name.is_empty() || name.len() > 200 || !name.bytes().all(plain) {
            return Err(
                Error::new(Code::Defect, "A journal's name is not a plain one.")
                    .with("state", name),
            );
        }
        Ok(self.state_folder().join(format!("{name}.json")))
    }
}

/// Reads a small JSON file; `None` where there is none.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let failed = |error: io::Error| Error::local_file("a journal", path, &error);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut json = Vec::new();
    file.take(STATE_LIMIT)
        .read_to_end(&mut json)
        .map_err(failed)?;
    serde_json::from_slice(&json)
        .map(Some)
        .map_err(|_| failed(io::ErrorKind::InvalidData.into()))
}
