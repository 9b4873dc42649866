//! Files of a folder, read and written piece by piece away from the threads that must not wait.

use std::path::{Path, PathBuf};

use bytes::BytesMut;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::stat::{self, failed};
use super::{Bytes, FileName, Place};
use crate::{Code, Error, Result};

/// Bytes read at a time. Pieces go from one thread to another, and each thread that reads keeps some of what it
/// gave away.
const PIECE: usize = 128 << 10;

/// Runs what may wait for a disk where that is allowed.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Error::new(Code::Defect, "Work on the storage's folder came to an end."))?
}

/// The pieces of a file that must be the one with that tag, from its first byte to its last.
pub(super) async fn read(path: PathBuf, tag: String) -> Result<BoxStream<'static, Result<Bytes>>> {
    let file = match File::open(&path).await {
        Ok(file) => file,
        Err(error) if stat::is_absent(&error) => return Err(changed()),
        Err(error) => return Err(failed(&path, &error)),
    };
    check_tag(&file, &path, &tag).await?;
    let pieces = stream::try_unfold((file, path, tag), |(mut file, path, tag)| async move {
        let mut piece = BytesMut::with_capacity(PIECE);
        while piece.len() < PIECE {
            let read = file.read_buf(&mut piece).await;
            if read.map_err(|error| failed(&path, &error))? == 0 {
                break;
            }
        }
        if piece.is_empty() {
            check_tag(&file, &path, &tag).await?;
            return Ok(None);
        }
        Ok(Some((piece.freeze(), (file, path, tag))))
    });
    Ok(pieces.boxed())
}

async fn check_tag(file: &File, path: &Path, tag: &str) -> Result<()> {
    let found = file
        .metadata()
        .await
        .map_err(|error| failed(path, &error))?;
    if stat::tag(&found) == tag {
        Ok(())
    } else {
        Err(changed())
    }
}

/// A file is not the one that was listed any more.
pub(super) fn changed() -> Error {
    Error::new(
        Code::FileChanged,
        "A file of the storage was changed while it was read.",
    )
}

/// Writes a file anew, readable by its owner and those whom the folder lets in; its hash, once it is
/// on the disk.
pub(super) async fn write(
    path: &Path,
    mut pieces: BoxStream<'_, Result<Bytes>>,
) -> Result<blake3::Hash> {
    let refused = |error: std::io::Error| failed(path, &error);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    let mut file = options.open(path).await.map_err(refused)?;
    let mut hasher = blake3::Hasher::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece?;
        hasher.update(&piece);
        file.write_all(&piece).await.map_err(refused)?;
    }
    file.flush().await.map_err(refused)?;
    file.sync_all().await.map_err(refused)?;
    Ok(hasher.finalize())
}

/// What lies below a place's folder: plain files by their path below the bucket, and what is none.
pub(super) struct Walked {
    pub(super) files: Vec<(String, std::fs::Metadata)>,
    pub(super) odd: Vec<FileName>,
}

/// Walks a place completely, without following a link; `None` where the bucket's folder is not there.
pub(super) fn walk(root: &Path, place: &Place) -> Result<Option<Walked>> {
    let bucket = root.join(&place.bucket);
    match std::fs::symlink_metadata(&bucket) {
        Ok(found) if found.is_dir() => {}
        Ok(_) => return Ok(None),
        Err(error) if stat::is_absent(&error) => return Ok(None),
        Err(error) => return Err(failed(&bucket, &error)),
    }
    let mut walked = Walked {
        files: Vec::new(),
        odd: Vec::new(),
    };
    let mut folders = vec![place.prefix.trim_end_matches('/').to_owned()];
    while let Some(below) = folders.pop() {
        let folder = bucket.join(&below);
        let is_folder = std::fs::symlink_metadata(&folder).map(|found| found.is_dir());
        match is_folder {
            Ok(true) => {}
            Ok(false) => {
                walked.odd.push(FileName::new(place.bucket.clone(), below));
                continue;
            }
            Err(error) if stat::is_absent(&error) => continue,
            Err(error) => return Err(failed(&folder, &error)),
        }
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if stat::is_absent(&error) => continue,
            Err(error) => return Err(failed(&folder, &error)),
        };
        for entry in entries {
            let entry = entry.map_err(|error| failed(&folder, &error))?;
            let part = entry.file_name();
            let path = |part: &str| match below.as_str() {
                "" => part.to_owned(),
                below => format!("{below}/{part}"),
            };
            let found = match std::fs::symlink_metadata(entry.path()) {
                Ok(found) => found,
                // It went while the folder was read.
                Err(error) if stat::is_absent(&error) => continue,
                Err(error) => return Err(failed(&entry.path(), &error)),
            };
            match part.to_str() {
                Some(part) if found.is_dir() => folders.push(path(part)),
                Some(part) if found.is_file() => walked.files.push((path(part), found)),
                _ => {
                    let name = path(&part.to_string_lossy());
                    walked.odd.push(FileName::new(place.bucket.clone(), name));
                }
            }
        }
    }
    walked.files.sort_by(|a, b| a.0.cmp(&b.0));
    walked.odd.sort();
    Ok(Some(walked))
}
