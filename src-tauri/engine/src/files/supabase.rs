//! The folder of self-hosted Supabase: `<folder>/<tenant>/<tenant>/<bucket>/<key>/<version>`, each with
//! extended attributes without which its service answers 500. A row of `storage.objects` says which
//! version counts, so new content waits as a version that no row names yet.

use std::path::{Path, PathBuf};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use uuid::Uuid;

use super::content::{CACHE_CONTROL, CONTENT_TYPE};
use super::disk::{self, blocking};
use super::stat::{self, failed};
use super::store::{Listing, Store, StoredFile, Versions};
use super::{Aside, Attributes, Bytes, Content, FileName, Place};
use crate::{Code, Error, Result};

/// The header that the service answers with, kept beside the file since it does not compute it again.
const ETAG: &str = "etag";
/// Headers and the attributes in which they are kept, with what stands there where nobody says.
const KEPT: [(&str, &str, &str); 2] = [
    (
        CONTENT_TYPE,
        "user.supabase.content-type",
        "application/octet-stream",
    ),
    (CACHE_CONTROL, "user.supabase.cache-control", "no-cache"),
];
const ETAG_ATTRIBUTE: &str = "user.supabase.etag";
/// Marks a version that one of our restores put aside, until a row names it.
const OURS: &str = "user.snapback.aside";

/// Supabase's folder of this computer.
#[derive(Debug)]
pub(super) struct SupabaseFolder {
    /// The folder that holds the buckets.
    root: PathBuf,
    separator: String,
}

impl SupabaseFolder {
    pub(super) fn new(folder: &Path, below: &str, separator: &str) -> Result<Self> {
        let root = folder.join(below);
        let root = std::fs::canonicalize(&root).map_err(|error| failed(&root, &error))?;
        Ok(Self {
            root,
            separator: separator.to_owned(),
        })
    }

    /// Bucket, key and version as the parts of a path.
    fn path_of(&self, name: &FileName, version: &str) -> Option<String> {
        let is_plain = name.is_plain()
            && !matches!(version, "" | "." | "..")
            && !version.contains(['/', '\0']);
        is_plain.then(|| format!("{}/{}{}{version}", name.bucket, name.key, self.separator))
    }

    fn stored(
        &self,
        name: &FileName,
        version: Option<&str>,
    ) -> Result<Option<(PathBuf, StoredFile)>> {
        let Some(version) = version else {
            return Ok(None);
        };
        let Some(below) = self.path_of(name, version) else {
            return Ok(None);
        };
        let inside = stat::inside(&self.root, below.split('/'))
            .map_err(|error| failed(&self.root, &error))?;
        let Some(path) = inside else {
            return Ok(None);
        };
        match std::fs::symlink_metadata(&path) {
            Ok(found) => Ok(Some((path, stored(name.clone(), version, &found)))),
            Err(error) if stat::is_absent(&error) => Ok(None),
            Err(error) => Err(failed(&path, &error)),
        }
    }

    fn remove_version(&self, name: &FileName, version: Option<&str>) -> Result<()> {
        match self.stored(name, version)? {
            Some((path, _)) => stat::remove(&self.root.join(&name.bucket), &path)
                .map_err(|error| failed(&path, &error)),
            None => Ok(()),
        }
    }
}

fn stored(name: FileName, version: &str, found: &std::fs::Metadata) -> StoredFile {
    StoredFile {
        name,
        byte_count: found.len(),
        tag: stat::tag(found),
        version: Some(version.to_owned()),
    }
}

impl Store for SupabaseFolder {
    fn address(&self) -> String {
        format!("file://{}", self.root.display())
    }

    fn versions(&self) -> Versions {
        Versions::OfRows
    }

    /// It is a folder, which comes with its first file.
    fn make_bucket<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<()>> {
        async { Ok(()) }.boxed()
    }

    fn remove_bucket<'a>(&'a self, bucket: &'a str) -> BoxFuture<'a, ()> {
        async move { stat::remove_bucket(&self.root, bucket) }.boxed()
    }

    fn list<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Option<Listing>>> {
        let (root, place, separator) = (self.root.clone(), place.clone(), self.separator.clone());
        blocking(move || {
            let Some(walked) = disk::walk(&root, &place)? else {
                return Ok(None);
            };
            let mut listing = Listing {
                files: Vec::new(),
                odd: walked.odd,
            };
            for (below, found) in walked.files {
                match below.rsplit_once(&separator) {
                    Some((key, version)) if !version.contains('/') => {
                        let name = FileName::new(place.bucket.clone(), key);
                        if place.holds(&name) {
                            listing.files.push(stored(name, version, &found));
                        }
                    }
                    _ => listing.odd.push(FileName::new(place.bucket.clone(), below)),
                }
            }
            Ok(Some(listing))
        })
        .boxed()
    }

    fn look<'a>(
        &'a self,
        name: &'a FileName,
        version: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Option<StoredFile>>> {
        async move { Ok(self.stored(name, version)?.map(|(_, file)| file)) }.boxed()
    }

    fn read<'a>(&'a self, file: &'a StoredFile) -> BoxFuture<'a, Result<Content<'a>>> {
        async move {
            let found = self.stored(&file.name, file.version.as_deref())?;
            let (path, _) = found.ok_or_else(disk::changed)?;
            let attributes = attributes_of(&path).map_err(|error| failed(&path, &error))?;
            Ok(Content {
                attributes,
                pieces: disk::read(path, file.tag.clone()).await?,
            })
        }
        .boxed()
    }

    fn aside(&self, name: FileName, _: Uuid, _: usize) -> Aside {
        Aside {
            name,
            waits_as: Uuid::new_v4().to_string(),
        }
    }

    fn stage<'a>(
        &'a self,
        aside: &'a Aside,
        attributes: &'a Attributes,
        pieces: BoxStream<'a, Result<Bytes>>,
    ) -> BoxFuture<'a, Result<()>> {
        async move {
            let below = self.path_of(&aside.name, &aside.waits_as).ok_or_else(|| {
                Error::new(
                    Code::StorageRefused,
                    "A file of that name cannot lie in the storage.",
                )
            })?;
            let path = stat::make_way(&self.root, below.split('/'))?;
            // Ours before there is anything in it, so that it is taken away again wherever this is cut off.
            std::fs::File::create(&path)
                .and_then(|_| xattr::set(&path, OURS, b"1"))
                .map_err(|error| failed(&path, &error))?;
            let hash = disk::write(&path, pieces).await?;
            keep_attributes(&path, attributes, &hash.to_hex())
                .map_err(|error| failed(&path, &error))?;
            std::fs::File::open(&path)
                .and_then(|file| file.sync_all())
                .and_then(|()| stat::sync_parent(&path))
                .map_err(|error| failed(&path, &error))
        }
        .boxed()
    }

    fn waits<'a>(&'a self, aside: &'a Aside) -> BoxFuture<'a, Result<bool>> {
        async move { Ok(self.stored(&aside.name, Some(&aside.waits_as))?.is_some()) }.boxed()
    }

    /// The row that names the version has been written with the others; what is left is our mark.
    fn switch<'a>(&'a self, aside: &'a Aside) -> BoxFuture<'a, Result<()>> {
        async move {
            let Some((path, _)) = self.stored(&aside.name, Some(&aside.waits_as))? else {
                return Ok(());
            };
            match xattr::remove(&path, OURS) {
                Err(error) if xattr::get(&path, OURS).is_ok_and(|mark| mark.is_some()) => {
                    Err(failed(&path, &error))
                }
                _ => Ok(()),
            }
        }
        .boxed()
    }

    fn unstage<'a>(&'a self, aside: &'a Aside) -> BoxFuture<'a, Result<()>> {
        async move { self.remove_version(&aside.name, Some(&aside.waits_as)) }.boxed()
    }

    fn remove<'a>(
        &'a self,
        name: &'a FileName,
        version: Option<&'a str>,
    ) -> BoxFuture<'a, Result<()>> {
        async move { self.remove_version(name, version) }.boxed()
    }

    fn left_over<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Vec<Aside>>> {
        async move {
            let listing = self.list(place).await?;
            let mut left = Vec::new();
            for file in listing.into_iter().flat_map(|listing| listing.files) {
                let found = self.stored(&file.name, file.version.as_deref())?;
                let is_ours = found.is_some_and(|(path, _)| {
                    xattr::get(&path, OURS).is_ok_and(|mark| mark.is_some())
                });
                if let (true, Some(version)) = (is_ours, file.version) {
                    left.push(Aside {
                        name: file.name,
                        waits_as: version,
                    });
                }
            }
            Ok(left)
        }
        .boxed()
    }
}

/// The headers that are kept beside a file.
fn attributes_of(path: &Path) -> std::io::Result<Attributes> {
    let mut attributes = Attributes::new();
    let kept = KEPT.map(|(header, attribute, _)| (header, attribute));
    for (header, attribute) in kept.into_iter().chain([(ETAG, ETAG_ATTRIBUTE)]) {
        let kept = match xattr::get(path, attribute) {
            Err(error) if error.kind() == std::io::ErrorKind::Unsupported => None,
            kept => kept?,
        };
        if let Some(value) = kept {
            attributes.insert(
                header.to_owned(),
                String::from_utf8_lossy(&value).into_owned(),
            );
        }
    }
    Ok(attributes)
}

fn keep_attributes(path: &Path, attributes: &Attributes, hash: &str) -> std::io::Result<()> {
    for (header, attribute, usual) in KEPT {
        let value = attributes.get(header).map_or(usual, String::as_str);
        xattr::set(path, attribute, value.as_bytes())?;
    }
    // Whatever it is, it must be another one for other content.
    let made = format!("\"{}\"", hash.get(..32).unwrap_or(hash));
    let etag = attributes.get(ETAG).unwrap_or(&made);
    xattr::set(path, ETAG_ATTRIBUTE, etag.as_bytes())
}
