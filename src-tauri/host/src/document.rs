//! Small JSON documents in the person's configuration folder.
//!
//! Readable by their owner alone, replaced in one step, and never thrown away because they could not
//! be read: what cannot be understood is put aside under another name, and the caller says so.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use snapback_engine::library::create_private_folder;
use snapback_engine::{Error, Result};

/// The most bytes that are read of a document.
const LONGEST: u64 = 4 << 20;

/// What was found where a document should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<T> {
    /// There is none.
    Nothing,
    /// It was read.
    Document(T),
    /// It is not what it should be; it lies at `kept` now.
    Unreadable {
        /// Where it was put.
        kept: PathBuf,
    },
}

/// Reads a document. One that cannot be understood is renamed, so that a later write does not take
/// it away.
///
/// # Errors
/// `local_file` where it is there and cannot be opened, or cannot be put aside.
pub fn read<T: DeserializeOwned>(what: &str, path: &Path) -> Result<Found<T>> {
    let failed = |error: io::Error| Error::local_file(what, path, &error);
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(failed(error)),
    };
    let mut json = Vec::new();
    file.take(LONGEST).read_to_end(&mut json).map_err(failed)?;
    if let Ok(document) = serde_json::from_slice(&json) {
        return Ok(Found::Document(document));
    }
    let kept = put_aside(path).map_err(failed)?;
    tracing::warn!(
        document = what,
        "a document could not be read and was put aside"
    );
    Ok(Found::Unreadable { kept })
}

/// Writes a document in place of the one that is there: a reader finds the old one or the new one.
///
/// # Errors
/// `local_file`, `disk_full`.
pub fn write(what: &str, path: &Path, document: &impl Serialize) -> Result<()> {
    let write = || -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        create_private_folder(folder)?;
        // A temporary file is made for its owner alone, and stays so when it is renamed.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut file, document)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|refused| refused.error)?;
        Ok(())
    };
    write().map_err(|error| Error::local_file(what, path, &error))
}

/// Renames a file to a name that is free: `settings.unreadable.json`, then `settings.unreadable-2.json`.
fn put_aside(path: &Path) -> io::Result<PathBuf> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut number = 1;
    let kept = loop {
        let name = match number {
            1 => format!("{stem}.unreadable.json"),
            more => format!("{stem}.unreadable-{more}.json"),
        };
        let kept = path.with_file_name(name);
        if !kept.try_exists()? {
            break kept;
        }
        number += 1;
    };
    std::fs::rename(path, &kept)?;
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(found: Found<Vec<u32>>) -> PathBuf {
        match found {
            Found::Unreadable { kept } => kept,
            other => panic!("it was understood: {other:?}"),
        }
    }

    #[test]
    fn what_was_written_is_read_and_only_its_owner_may() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config/snapback/numbers.json");
        assert_eq!(read::<Vec<u32>>("numbers", &path).unwrap(), Found::Nothing);
        write("numbers", &path, &[1, 2]).unwrap();
        write("numbers", &path, &[3]).unwrap();
        assert_eq!(read("numbers", &path).unwrap(), Found::Document(vec![3]));
        #[cfg(unix)]
        for place in [&path, path.parent().unwrap()] {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(place).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{}", place.display());
        }
        let folder = path.parent().unwrap();
        assert_eq!(
            std::fs::read_dir(folder).unwrap().count(),
            1,
            "nothing is left over"
        );
    }

    #[test]
    fn what_cannot_be_understood_is_kept_under_another_name() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("numbers.json");
        for text in ["[1, 2", "{}"] {
            std::fs::write(&path, text).unwrap();
            let kept = kept(read("numbers", &path).unwrap());
            assert_eq!(std::fs::read_to_string(kept).unwrap(), text);
            assert!(!path.exists());
        }
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 2);
    }
}
