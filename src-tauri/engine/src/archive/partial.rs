//! A file that is not there under its name until it is whole: written under a temporary one, synced,
//! renamed, folder synced.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use crate::{Error, Result};

/// What follows an archive's name until it is complete.
pub const PARTIAL_SUFFIX: &str = ".partial";

/// A new file under its temporary name, readable by its owner alone, with an exclusive lock by which
/// others see that its writer lives. It goes when this does.
pub(crate) struct Partial {
    file: File,
    path: TempPath,
    target: PathBuf,
    replaces: bool,
}

impl Partial {
    /// Makes the file that is to be called `target`.
    ///
    /// # Errors
    /// `local_file` where the target exists, or its temporary name with a writer that lives, or cannot be made;
    /// `disk_full`.
    pub(crate) fn create(target: &Path) -> Result<Self> {
        let failed = |error: io::Error| Error::local_file("the new archive", target, &error);
        if target.try_exists().map_err(failed)? {
            return Err(failed(io::ErrorKind::AlreadyExists.into())
                .hint("There is a file of that name already; choose another name."));
        }
        Self::begin(target, false)
    }

    /// Makes the file that is to be called `target` in place of the one that is.
    ///
    /// # Errors
    /// `local_file` where the temporary name exists with a writer that lives, or cannot be made; `disk_full`.
    pub(crate) fn replacing(target: &Path) -> Result<Self> {
        Self::begin(target, true)
    }

    fn begin(target: &Path, replaces: bool) -> Result<Self> {
        let failed = |error: io::Error| Error::local_file("the new archive", target, &error);
        let name = target
            .file_name()
            .ok_or_else(|| failed(io::ErrorKind::InvalidInput.into()))?;
        let path = target.with_file_name(append(name, PARTIAL_SUFFIX));
        let file = match create_private(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                take_over(&path).map_err(|_| failed(error))?
            }
            created => created.map_err(failed)?,
        };
        // From here on the partial file goes when this does.
        let path = TempPath::try_from_path(path).map_err(failed)?;
        // Nobody else can hold it but for the moment in which a list asks whether the writer lives.
        // Where the file system knows no locks, the writer is only not seen to be alive.
        drop(file.lock());
        Ok(Self {
            file,
            path,
            target: target.to_owned(),
            replaces,
        })
    }

    /// Where it is now.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// `disk_full`, `local_file`.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file
            .write_all(bytes)
            .map_err(|error| Error::local_file("the new archive", &self.path, &error))
    }

    /// The file, for what is written there by others.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// The name that it is to have.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Makes what was written survive a loss of power.
    ///
    /// # Errors
    /// `disk_full`, `local_file`.
    pub(crate) fn sync(&self) -> Result<()> {
        self.file
            .sync_all()
            .map_err(|error| Error::local_file("the new archive", &self.target, &error))
    }

    /// Gives it its name, once it is synced, or a free one beside it where that was taken meanwhile and it was
    /// not made to replace what has it.
    ///
    /// # Errors
    /// `disk_full`, `local_file`.
    pub(crate) fn publish(self) -> Result<PathBuf> {
        let Self {
            file,
            path,
            target,
            replaces,
        } = self;
        let failed = |error: io::Error| Error::local_file("the new archive", &target, &error);
        let path = match replaces {
            false => publish(path, &target).map_err(failed)?,
            true => {
                let placed = path.persist(&target);
                placed.map_err(|refused| failed(refused.error))?;
                target.clone()
            }
        };
        drop(file);
        sync_folder_of(&path).map_err(failed)?;
        Ok(path)
    }
}

/// Gives the partial file its name without ever replacing a file: where the name was taken since the
/// start, the first free one of `name-2`, `name-3` and so on.
fn publish(mut partial: TempPath, target: &Path) -> io::Result<PathBuf> {
    let mut path = target.to_owned();
    for number in 2..1000 {
        match partial.persist_noclobber(&path) {
            Ok(()) => return Ok(path),
            Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => {
                partial = refused.path;
                path = numbered(target, number);
            }
            Err(refused) => return Err(refused.error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// The name with `-number` before its extension.
pub(crate) fn numbered(target: &Path, number: u32) -> PathBuf {
    let mut name = target.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{number}"));
    if let Some(extension) = target.extension() {
        name.push(".");
        name.push(extension);
    }
    target.with_file_name(name)
}

fn append(name: &std::ffi::OsStr, suffix: &str) -> OsString {
    let mut name = name.to_owned();
    name.push(suffix);
    name
}

/// The file that a writer left who was killed, emptied. Who holds its lock lives; and what is locked here
/// counts only while it bears that name, since its writer may have given it another one meanwhile.
#[cfg(unix)]
fn take_over(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::MetadataExt as _;
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    file.try_lock()?;
    let (ours, there) = (file.metadata()?, std::fs::symlink_metadata(path)?);
    if (ours.dev(), ours.ino()) != (there.dev(), there.ino()) {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    file.set_len(0)?;
    Ok(file)
}

/// Which file a handle leads to cannot be told here.
#[cfg(not(unix))]
fn take_over(_path: &Path) -> io::Result<File> {
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Makes a file that did not exist, readable by its owner alone.
fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a rename or a new file in that folder survive a loss of power, where the system can.
pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    {
        // A folder cannot be opened for syncing here; the file system journals the rename.
        let _unused = path;
    }
    Ok(())
}
