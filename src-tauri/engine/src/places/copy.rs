use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::StreamExt as _;
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use uuid::Uuid;

use super::address::PlaceAddress;
use super::remote::Remote;
use crate::archive::file_hash;
use crate::cancel::{CancelToken, checkpoint};
use crate::files::{self, Bytes, FileName, Keys, Store, StoredFile};
use crate::library::{Added, Library, require_space};
use crate::reporter::Counters;
use crate::{Code, Error, Result};

/// Bytes that are sent at a time.
const PIECE: usize = 1 << 20;

/// A place that is open.
pub enum Destination {
    /// A folder of this computer.
    Folder(PathBuf),
    /// A folder of another computer.
    Remote(Arc<dyn Remote>),
    /// A bucket of a service.
    Bucket {
        /// The service.
        store: Arc<dyn Store>,
        /// The bucket.
        bucket: String,
        /// What names begin with there.
        prefix: String,
    },
}

impl Destination {
    /// Opens a place of this computer or a bucket. Reaches for nothing yet.
    ///
    /// # Errors
    /// `storage_keys_needed`, `usage`; `defect` for a folder of another computer, which is a
    /// [`Destination::Remote`] of whoever knows how to reach it.
    pub fn open(address: &PlaceAddress, keys: Option<Keys>) -> Result<Self> {
        Ok(match address {
            PlaceAddress::Folder(path) => Self::Folder(path.clone()),
            PlaceAddress::Sftp { .. } => {
                return Err(Error::new(
                    Code::Defect,
                    "Nobody has said how the other computer is reached.",
                ));
            }
            PlaceAddress::Bucket {
                service,
                bucket,
                prefix,
                written: _,
            } => Self::Bucket {
                store: files::open(service, keys)?,
                bucket: bucket.clone(),
                prefix: prefix.clone(),
            },
        })
    }

    /// The library itself is no second place.
    ///
    /// # Errors
    /// `usage`; `no_such_storage` where there is no such folder.
    pub fn require_other_than(&self, library: &Library) -> Result<()> {
        let Self::Folder(path) = self else {
            return Ok(());
        };
        require_folder(path)?;
        let same = |folder: &Path| folder.canonicalize().ok();
        if same(path) == same(library.folder()) {
            return Err(Error::new(
                Code::Usage,
                "That is the library itself. A second place is a folder on another disk.",
            ));
        }
        Ok(())
    }
}

/// A disk that is not there must not be filled into the folder where it is usually found: nothing is made.
fn require_folder(path: &Path) -> Result<()> {
    match path.is_dir() {
        true => Ok(()),
        false => Err(Error::new(
            Code::NoSuchStorage,
            "The folder of the second place is not there.",
        )
        .hint("Is the disk connected? Make the folder first where it is a new one.")
        .with("path", path.display())),
    }
}

/// Copies an archive's file to a place under its name, and reads the copy back: BLAKE3 of both.
///
/// # Errors
/// `archive_mismatch` where the copy is not the same; what the place fails with; `local_file`,
/// `disk_full`, `cancelled`.
pub async fn copy(
    library: &Library,
    source: &Path,
    destination: &Destination,
    cancel: &CancelToken,
) -> Result<String> {
    let name = source.file_name().unwrap_or_default();
    let whole = whole(library, source, cancel)?;
    let source = whole.as_ref().map_or(source, |(_, path)| path.as_path());
    let expected = hash_of(source).await?;
    let found = match destination {
        Destination::Folder(folder) => {
            require_folder(folder)?;
            let target = folder.join(name);
            if !target.is_file() || hash_of(&target).await? != expected {
                refuse_other(&target)?;
                library.save_copy(source, &target, cancel)?;
            }
            hash_of(&target).await?
        }
        Destination::Remote(remote) => {
            let name = name.to_string_lossy();
            if !remote.names().await?.iter().any(|there| *there == name) {
                remote.put(source, &name).await?;
            }
            let size = std::fs::metadata(source)
                .map_err(|error| Error::local_file("the archive", source, &error))?
                .len();
            require_space(library.spool_folder(), size)?;
            let (folder, copy) = aside(library, &name)?;
            remote.get(&name, &copy).await?;
            let found = hash_of(&copy).await?;
            drop(folder);
            found
        }
        Destination::Bucket {
            store,
            bucket,
            prefix,
        } => {
            let name = FileName::new(
                bucket.clone(),
                format!("{prefix}{}", name.to_string_lossy()),
            );
            let size = std::fs::metadata(source)
                .map_err(|error| Error::local_file("the archive", source, &error))?
                .len();
            match store.look(&name, None).await? {
                None => upload(store, source, &name, cancel).await?,
                Some(there) if there.byte_count == size => {}
                Some(_) => return Err(another(&name.to_string())),
            }
            let there = store.look(&name, None).await?.ok_or_else(not_there)?;
            hash_there(store, &there, cancel).await?
        }
    };
    match found == expected {
        true => Ok(expected),
        false => Err(Error::new(
            Code::ArchiveMismatch,
            "The copy at the second place is not the same as the backup.",
        )
        .hint("Nothing is written over there. Look at it, and take it away where it is a copy that was damaged: it is copied again then.")
        .with("archive", source.display())),
    }
}

/// A copy stands alone: of an archive that holds only what changed, the whole of it is made first.
fn whole(
    library: &Library,
    source: &Path,
    cancel: &CancelToken,
) -> Result<Option<(TempDir, PathBuf)>> {
    let entry = library.entry(source.to_owned())?;
    if entry
        .summary()
        .is_none_or(|summary| summary.stands_on().is_none())
    {
        return Ok(None);
    }
    let spool = library.spool_folder();
    let folder = tempfile::tempdir_in(spool)
        .map_err(|error| Error::local_file("a spill file", spool, &error))?;
    let target = folder.path().join(source.file_name().unwrap_or_default());
    library.save_copy(source, &target, cancel)?;
    Ok(Some((folder, target)))
}

/// A place on our own disk for what is brought from elsewhere.
fn aside(library: &Library, name: &str) -> Result<(TempDir, PathBuf)> {
    let spool = library.spool_folder();
    let folder = tempfile::tempdir_in(spool)
        .map_err(|error| Error::local_file("a spill file", spool, &error))?;
    let path = folder
        .path()
        .join(Path::new(name).file_name().unwrap_or_default());
    Ok((folder, path))
}

/// Nothing is written over, at a second place least of all.
fn refuse_other(target: &Path) -> Result<()> {
    match target.exists() {
        false => Ok(()),
        true => Err(another(&target.display().to_string())),
    }
}

fn another(path: &str) -> Error {
    Error::new(
        Code::ArchiveMismatch,
        "Another file of that name is at the second place; it is left alone.",
    )
    .hint("Look at it, and take it away if it is a copy that was cut off.")
    .with("path", path)
}

fn not_there() -> Error {
    Error::new(
        Code::StorageFailed,
        "The storage has taken the copy and does not have it.",
    )
}

async fn hash_of(path: &Path) -> Result<String> {
    let path = path.to_owned();
    let hashing = tokio::task::spawn_blocking(move || file_hash(&path));
    hashing
        .await
        .map_err(|_| Error::new(Code::Defect, "Reading a copy came to an end."))?
}

async fn upload(
    store: &Arc<dyn Store>,
    source: &Path,
    name: &FileName,
    cancel: &CancelToken,
) -> Result<()> {
    let failed = |error: std::io::Error| Error::local_file("the archive", source, &error);
    let file = tokio::fs::File::open(source).await.map_err(failed)?;
    let pieces = futures_util::stream::unfold((file, false), async |(mut file, is_over)| {
        if is_over {
            return None;
        }
        let mut piece = vec![0; PIECE];
        let read = match checkpoint(cancel) {
            Ok(()) => file.read(&mut piece).await.map_err(failed),
            Err(stopped) => Err(stopped),
        };
        match read {
            Ok(0) => None,
            Ok(length) => {
                piece.truncate(length);
                Some((Ok(Bytes::from(piece)), (file, false)))
            }
            Err(error) => Some((Err(error), (file, true))),
        }
    });
    let aside = store.aside(name.clone(), Uuid::new_v4(), 0);
    let staged = store.stage(&aside, &BTreeMap::new(), pieces.boxed()).await;
    if let Err(error) = staged {
        // What went wrong is told; what waits in vain is found again by the service's own rules.
        drop(store.unstage(&aside).await);
        return Err(error);
    }
    store.switch(&aside).await
}

async fn hash_there(
    store: &Arc<dyn Store>,
    file: &StoredFile,
    cancel: &CancelToken,
) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    let mut content = store.read(file).await?;
    while let Some(piece) = content.pieces.next().await {
        checkpoint(cancel)?;
        hasher.update(&piece?);
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// The names of the archives at a place.
///
/// # Errors
/// What the place fails with; `no_such_storage`, `no_such_bucket`.
pub async fn present(destination: &Destination) -> Result<Vec<String>> {
    let mut names = match destination {
        Destination::Folder(folder) => {
            require_folder(folder)?;
            let failed =
                |error: std::io::Error| Error::local_file("the second place", folder, &error);
            let found = std::fs::read_dir(folder).map_err(failed)?;
            found
                .map(|entry| {
                    Ok(entry
                        .map_err(failed)?
                        .file_name()
                        .to_string_lossy()
                        .into_owned())
                })
                .collect::<Result<Vec<_>>>()?
        }
        Destination::Remote(remote) => remote.names().await?,
        Destination::Bucket {
            store,
            bucket,
            prefix,
        } => {
            let place = files::Place {
                bucket: bucket.clone(),
                prefix: prefix.clone(),
            };
            let listing = store.list(&place).await?;
            let listing = listing.ok_or_else(|| files::no_bucket(&[place]))?;
            let names = listing.files.into_iter();
            names
                .filter_map(|file| file.name.key.strip_prefix(prefix).map(str::to_owned))
                .collect()
        }
    };
    names.retain(|name| name.ends_with(".snapback") && !name.contains('/'));
    names.sort();
    Ok(names)
}

/// Brings an archive of that name from a place into the library, as a verified copy.
///
/// # Errors
/// `no_such_archive`; what the place fails with; as [`Library::add`].
pub async fn fetch(
    library: &Library,
    destination: &Destination,
    name: &str,
    counters: &Counters,
    cancel: &CancelToken,
) -> Result<Added> {
    let (_folder, target) = aside(library, name)?;
    bring(library, destination, name, &target, cancel).await?;
    library.add(&target, counters, cancel)
}

/// An archive of a place that is here for as long as this lives.
#[derive(Debug)]
pub struct Borrowed {
    /// Goes with it, and the file in it.
    _folder: TempDir,
    path: PathBuf,
}

impl Borrowed {
    /// Where the copy is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Holds the copy against its manifest to the last byte, once the library has the keys to it. Counts rows.
    ///
    /// # Errors
    /// As [`Reader::open_with`](crate::archive::Reader::open_with) and [`Reader::verify`](crate::archive::Reader::verify).
    pub fn verify(
        &self,
        library: &Library,
        counters: &Counters,
        cancel: &CancelToken,
    ) -> Result<()> {
        let verified = library.open_archive(&self.path)?.verify(counters, cancel);
        verified.map(drop)
    }
}

/// Brings an archive of that name from a place, to be read once: it does not become one of the library's.
///
/// # Errors
/// `no_such_archive`; what the place fails with; `local_file`, `disk_full`, `cancelled`.
pub async fn borrow(
    library: &Library,
    destination: &Destination,
    name: &str,
    cancel: &CancelToken,
) -> Result<Borrowed> {
    let (folder, path) = aside(library, name)?;
    bring(library, destination, name, &path, cancel).await?;
    Ok(Borrowed {
        _folder: folder,
        path,
    })
}

async fn bring(
    library: &Library,
    destination: &Destination,
    name: &str,
    target: &Path,
    cancel: &CancelToken,
) -> Result<()> {
    let missing = || {
        Error::new(
            Code::NoSuchArchive,
            "There is no such archive at that place.",
        )
        .hint("See what is there (`snapback place list --there NUMBER`).")
        .with("archive", name)
    };
    match destination {
        Destination::Folder(folder) => {
            let source = folder.join(name);
            if name.contains(['/', '\\']) || !source.is_file() {
                return Err(missing());
            }
            library.save_copy(&source, target, cancel)
        }
        Destination::Remote(remote) => {
            if !remote.names().await?.iter().any(|there| there == name) {
                return Err(missing());
            }
            remote.get(name, target).await
        }
        Destination::Bucket {
            store,
            bucket,
            prefix,
        } => {
            let name = FileName::new(bucket.clone(), format!("{prefix}{name}"));
            let file = store.look(&name, None).await?.ok_or_else(missing)?;
            download(store, &file, target, cancel).await
        }
    }
}

async fn download(
    store: &Arc<dyn Store>,
    file: &StoredFile,
    target: &Path,
    cancel: &CancelToken,
) -> Result<()> {
    let failed = |error: std::io::Error| Error::local_file("the copy", target, &error);
    let folder = target.parent().unwrap_or(Path::new("."));
    let mut saved = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let mut content = store.read(file).await?;
    while let Some(piece) = content.pieces.next().await {
        checkpoint(cancel)?;
        std::io::Write::write_all(&mut saved, &piece?).map_err(failed)?;
    }
    saved.as_file().sync_all().map_err(failed)?;
    let refused = saved.persist_noclobber(target);
    refused.map(drop).map_err(|refused| failed(refused.error))
}
