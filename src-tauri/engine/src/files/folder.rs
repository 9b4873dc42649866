//! A plain folder: `<folder>/<bucket>/<key>`.

use std::path::{Path, PathBuf};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

use super::disk::{self, blocking};
use super::name::ASIDE;
use super::stat::{self, failed};
use super::store::{Listing, Store, StoredFile};
use super::{Aside, Attributes, Bytes, Content, FileName, Place};
use crate::Result;

/// Files under their own names in a folder of this computer.
#[derive(Debug)]
pub(super) struct FolderStore {
    root: PathBuf,
}

impl FolderStore {
    pub(super) fn new(root: &Path) -> Result<Self> {
        let root = std::fs::canonicalize(root).map_err(|error| failed(root, &error))?;
        Ok(Self { root })
    }

    fn stored(&self, name: &FileName) -> Result<Option<(PathBuf, StoredFile)>> {
        if !name.is_plain() && !name.is_aside() {
            return Ok(None);
        }
        let inside =
            stat::inside(&self.root, parts(name)).map_err(|error| failed(&self.root, &error))?;
        let Some(path) = inside else {
            return Ok(None);
        };
        match std::fs::symlink_metadata(&path) {
            Ok(found) => Ok(Some((path, stored(name.clone(), &found)))),
            Err(error) if stat::is_absent(&error) => Ok(None),
            Err(error) => Err(failed(&path, &error)),
        }
    }

    fn bucket(&self, name: &FileName) -> PathBuf {
        self.root.join(&name.bucket)
    }
}

fn stored(name: FileName, found: &std::fs::Metadata) -> StoredFile {
    StoredFile {
        name,
        byte_count: found.len(),
        tag: stat::tag(found),
        version: None,
    }
}

/// Bucket and key, part by part.
fn parts(name: &FileName) -> impl Iterator<Item = &str> {
    std::iter::once(name.bucket.as_str()).chain(name.key.split('/'))
}

impl Store for FolderStore {
    fn address(&self) -> String {
        format!("file://{}", self.root.display())
    }

    /// It is a folder, which comes with its first file.
    fn make_bucket<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<()>> {
        async { Ok(()) }.boxed()
    }

    fn remove_bucket<'a>(&'a self, bucket: &'a str) -> BoxFuture<'a, ()> {
        async move { stat::remove_bucket(&self.root, bucket) }.boxed()
    }

    fn list<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Option<Listing>>> {
        let (root, place) = (self.root.clone(), place.clone());
        blocking(move || {
            let Some(walked) = disk::walk(&root, &place)? else {
                return Ok(None);
            };
            let files = walked.files.into_iter();
            let named = files.map(|(key, found)| (FileName::new(place.bucket.clone(), key), found));
            let files = named
                .filter(|(name, _)| place.holds(name))
                .map(|(name, found)| stored(name, &found));
            Ok(Some(Listing {
                files: files.collect(),
                odd: walked.odd,
            }))
        })
        .boxed()
    }

    fn look<'a>(
        &'a self,
        name: &'a FileName,
        _: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Option<StoredFile>>> {
        async move { Ok(self.stored(name)?.map(|(_, file)| file)) }.boxed()
    }

    fn read<'a>(&'a self, file: &'a StoredFile) -> BoxFuture<'a, Result<Content<'a>>> {
        async move {
            let (path, _) = self.stored(&file.name)?.ok_or_else(disk::changed)?;
            Ok(Content {
                attributes: Attributes::new(),
                pieces: disk::read(path, file.tag.clone()).await?,
            })
        }
        .boxed()
    }

    fn stage<'a>(
        &'a self,
        aside: &'a Aside,
        _: &'a Attributes,
        pieces: BoxStream<'a, Result<Bytes>>,
    ) -> BoxFuture<'a, Result<()>> {
        async move {
            let path = stat::make_way(&self.root, parts(&aside.waiting()))?;
            disk::write(&path, pieces).await?;
            stat::sync_parent(&path).map_err(|error| failed(&path, &error))
        }
        .boxed()
    }

    fn waits<'a>(&'a self, aside: &'a Aside) -> BoxFuture<'a, Result<bool>> {
        async move { Ok(self.stored(&aside.waiting())?.is_some()) }.boxed()
    }

    fn switch<'a>(&'a self, aside: &'a Aside) -> BoxFuture<'a, Result<()>> {
        async move {
            let waiting = stat::make_way(&self.root, parts(&aside.waiting()))?;
            let path = stat::make_way(&self.root, parts(&aside.name))?;
            std::fs::rename(&waiting, &path)
                .and_then(|()| stat::sync_parent(&path))
                .map_err(|error| failed(&path, &error))?;
            // The folder in which it waited goes with the last that waited there.
            stat::remove_empty(&self.bucket(&aside.name), &waiting);
            Ok(())
        }
        .boxed()
    }

    fn unstage<'a>(&'a self, aside: &'a Aside) -> BoxFuture<'a, Result<()>> {
        async move {
            match self.stored(&aside.waiting())? {
                Some((path, _)) => stat::remove(&self.bucket(&aside.name), &path)
                    .map_err(|error| failed(&path, &error)),
                None => Ok(()),
            }
        }
        .boxed()
    }

    fn remove<'a>(&'a self, name: &'a FileName, _: Option<&'a str>) -> BoxFuture<'a, Result<()>> {
        async move {
            match self.stored(name)? {
                Some((path, _)) => {
                    stat::remove(&self.bucket(name), &path).map_err(|error| failed(&path, &error))
                }
                None => Ok(()),
            }
        }
        .boxed()
    }

    fn left_over<'a>(&'a self, place: &'a Place) -> BoxFuture<'a, Result<Vec<Aside>>> {
        let (root, place) = (self.root.clone(), place.clone());
        blocking(move || {
            let first = place.prefix.split_inclusive('/').next().unwrap_or_default();
            let waiting = Place {
                prefix: format!("{first}{ASIDE}/"),
                ..place.clone()
            };
            let walked = disk::walk(&root, &waiting)?;
            let keys = walked.into_iter().flat_map(|walked| walked.files);
            Ok(keys
                .map(|(key, _)| Aside::left(&place.bucket, key))
                .collect())
        })
        .boxed()
    }
}
