//! What a folder knows of a file, and how it is told from another file of the same name and length.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::{Code, Error, Result};

/// Changes whenever the content does: nobody writes to a file, or puts another in its place, without
/// that one of these becomes another.
#[cfg(unix)]
pub(super) fn tag(found: &Metadata) -> String {
    use std::os::unix::fs::MetadataExt;
    format!(
        "{:x}-{:x}-{:x}.{:x}-{:x}.{:x}",
        found.ino(),
        found.len(),
        found.mtime(),
        found.mtime_nsec(),
        found.ctime(),
        found.ctime_nsec(),
    )
}

#[cfg(not(unix))]
pub(super) fn tag(found: &Metadata) -> String {
    let modified = found.modified().ok();
    let since = modified.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    let created = found.created().ok();
    let born = created.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    format!(
        "{:x}-{:x}-{:x}",
        found.len(),
        since.map_or(0, |since| since.as_nanos()),
        born.map_or(0, |born| born.as_nanos())
    )
}

/// A file below `root`, by its parts; `None` where one of them is a link, or no folder on the way: what
/// a link points at is not in the storage.
pub(super) fn inside<'a>(
    root: &Path,
    parts: impl Iterator<Item = &'a str>,
) -> io::Result<Option<PathBuf>> {
    let mut path = root.to_owned();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        path.push(part);
        match std::fs::symlink_metadata(&path) {
            Ok(found) if found.is_dir() && parts.peek().is_some() => {}
            Ok(found) if found.is_file() && parts.peek().is_none() => return Ok(Some(path)),
            Ok(_) => return Ok(None),
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Whether there is nothing of that name.
pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Makes the folders between `root` and the last part, durably, and gives the path of that part.
///
/// # Errors
/// `storage_refused` where a link or a file stands in the way.
pub(super) fn make_way<'a>(root: &Path, parts: impl Iterator<Item = &'a str>) -> Result<PathBuf> {
    let mut path = root.to_owned();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        path.push(part);
        if parts.peek().is_none() {
            break;
        }
        match std::fs::symlink_metadata(&path) {
            Ok(found) if found.is_dir() => continue,
            Ok(_) => {
                return Err(Error::new(
                    Code::StorageFailed,
                    "A link or a file stands where the storage needs a folder.",
                )
                .with("path", path.display()));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&path, &error)),
        }
        std::fs::create_dir(&path)
            .and_then(|()| sync_parent(&path))
            .map_err(|error| failed(&path, &error))?;
    }
    Ok(path)
}

/// Makes a rename, a new or a removed name in that folder survive a loss of power.
pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _unused = path;
    Ok(())
}

/// Removes a file and the folders above it that have become empty, up to `root`.
pub(super) fn remove(root: &Path, path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if is_absent(&error) => return Ok(()),
        done => done?,
    }
    let gone = remove_empty(root, path);
    match sync_parent(&gone) {
        // Somebody else has removed the folder meanwhile.
        Err(error) if is_absent(&error) => Ok(()),
        done => done,
    }
}

/// Removes the folders above `path` that are empty, up to `root`; the topmost that went, or `path`.
pub(super) fn remove_empty(root: &Path, path: &Path) -> PathBuf {
    let mut gone = path;
    let inside = |folder: &&Path| *folder != root && folder.starts_with(root);
    while let Some(folder) = gone.parent().filter(inside) {
        // One that is not empty stays, and so do all above it.
        if std::fs::remove_dir(folder).is_err() {
            break;
        }
        gone = folder;
    }
    gone.to_owned()
}

/// Removes the folder of a bucket; one with something in it is somebody's by now, and stays.
pub(super) fn remove_bucket(root: &Path, bucket: &str) {
    drop(std::fs::remove_dir(root.join(bucket)));
}

/// Maps what the file system says of a storage's folder.
pub(super) fn failed(path: &Path, error: &io::Error) -> Error {
    let code = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Code::StorageRefused,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            Code::StorageFull
        }
        _ => Code::StorageFailed,
    };
    let message = match code {
        Code::StorageRefused => "The storage's folder cannot be read or written by this user.",
        Code::StorageFull => "There is no room left in the storage.",
        _ => "The storage's folder cannot be read or written.",
    };
    Error::new(code, message)
        .with("path", path.display())
        .because(error.kind().to_string())
}
