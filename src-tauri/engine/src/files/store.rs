use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use uuid::Uuid;

use super::address::{Keys, Layout, StoreAddress};
use super::folder::FolderStore;
use super::s3::S3Store;
use super::supabase::SupabaseFolder;
use super::{Aside, Attributes, Bytes, Content, FileName, Place};
use crate::{Code, Error, Result};

/// A file that a storage has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Its name.
    pub name: FileName,
    /// Its length in bytes.
    pub byte_count: u64,
    /// Changes whenever the content does: an S3 service's ETag, or what a folder knows of the file.
    pub tag: String,
    /// Which of several versions it is, where the storage keeps them apart by name.
    pub version: Option<String>,
}

/// What lies in a place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Its files.
    pub files: Vec<StoredFile>,
    /// What is no file that could be read under its name: links, devices, names that are no text.
    pub odd: Vec<FileName>,
}

/// Who decides which content of a file counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versions {
    /// The storage: a name has one content.
    OfStorage,
    /// A row of the database names the version, as in Supabase's folder.
    OfRows,
}

/// A place where an application keeps uploaded files.
///
/// Calls are bounded in time and tried again where that may help; what they fail with is the last
/// refusal. `storage_refused`, `storage_unreachable`, `no_such_bucket`, `storage_failed`, `disk_full`.
pub trait Store: fmt::Debug + Send + Sync {
    /// Where it is, without keys: for people, and to know the same store again.
    fn address(&self) -> String;

    /// Who decides which content of a file counts.
    fn versions(&self) -> Versions {
        Versions::OfStorage
    }

    /// What a bucket that it makes is limited to, in a sentence for people; `None` where rows say that.
    fn bucket_limits(&self) -> Option<&'static str> {
        None
    }

    /// What it does not take back when a restore is reverted, in a sentence for people; `None` where there
    /// is nothing of the kind.
    fn caveat(&self) -> Option<&'static str> {
        None
    }

    /// Makes a bucket; one that is there is no error.
    fn make_bucket<'a>(&'a self, bucket: &'a str) -> BoxFuture<'a, Result<()>>;

    /// Removes a bucket that was made so; one with something in it stays, and so does one that cannot go.
    fn remove_bucket<'a>(&'a self, bucket: &'a str) -> BoxFuture<'a, ()>;

    /// Every file of a place, all versions, without what was put aside; `None` where there is no such bucket.
    fn list<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Option<Listing>>>;

    /// The file of that name as it is now, in that version where versions have names.
    fn look<'a>(
        &'a self,
        name: &'a FileName,
        version: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Option<StoredFile>>>;

    /// Reads a file; `file_changed` where it is not the one that was listed any more, or is gone.
    fn read<'a>(&'a self, file: &'a StoredFile) -> BoxFuture<'a, Result<Content<'a>>>;

    /// Where new content of that file would wait.
    fn aside(&self, name: FileName, operation: Uuid, number: usize) -> Aside {
        Aside::beside(name, operation, number)
    }

    /// Puts new content aside, durably; the file stays as it is.
    fn stage<'a>(
        &'a self,
        aside: &'a Aside,
        attributes: &'a Attributes,
        pieces: BoxStream<'a, Result<Bytes>>,
    ) -> BoxFuture<'a, Result<()>>;

    /// Whether that content still waits.
    fn waits<'a>(&'a self, aside: &'a Aside) -> BoxFuture<'a, Result<bool>>;

    /// Makes what was put aside the file, in one move where the storage can. The content may wait on.
    fn switch<'a>(&'a self, aside: &'a Aside) -> BoxFuture<'a, Result<()>>;

    /// Removes what was put aside; what is not there is no error.
    fn unstage<'a>(&'a self, aside: &'a Aside) -> BoxFuture<'a, Result<()>>;

    /// Removes a file, or the version of it; one that is not there is no error.
    fn remove<'a>(
        &'a self,
        name: &'a FileName,
        version: Option<&'a str>,
    ) -> BoxFuture<'a, Result<()>>;

    /// What waits in a place, whoever put it aside: of restores that were cut off.
    fn left_over<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Vec<Aside>>>;
}

/// Opens the store at that address. Reaches for nothing yet.
///
/// # Errors
/// `usage` where it is incomplete, `no_such_storage` where there is no such folder.
pub fn open(address: &StoreAddress, keys: Option<Keys>) -> Result<Arc<dyn Store>> {
    match address {
        StoreAddress::Folder { path, layout } => {
            let is_folder = std::fs::metadata(path).is_ok_and(|found| found.is_dir());
            if !is_folder {
                return Err(Error::new(
                    Code::NoSuchStorage,
                    "There is no folder of uploaded files at that place.",
                )
                .with("path", path.display()));
            }
            Ok(match layout {
                Layout::Plain => Arc::new(FolderStore::new(path)?),
                Layout::Supabase { below, separator } => {
                    Arc::new(SupabaseFolder::new(path, below, separator)?)
                }
            })
        }
        StoreAddress::S3(service) => Ok(Arc::new(S3Store::new(service, keys)?)),
    }
}

/// None of the buckets in which a company's files could lie is there.
#[must_use]
pub fn no_bucket(places: &[Place]) -> Error {
    let names: BTreeSet<&str> = places.iter().map(|place| place.bucket.as_str()).collect();
    let names: Vec<&str> = names.into_iter().collect();
    Error::new(
        Code::NoSuchBucket,
        "The storage has none of the buckets in which the company's files lie.",
    )
    .hint("Name the folder or service that holds the buckets themselves.")
    .with("buckets", names.join(", "))
}
