use std::path::PathBuf;
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _};
use tokio::sync::mpsc;

use super::find::problem;
use super::hash::ATTEMPTS;
use crate::archive::{
    DEFAULT_LEVEL, FileEntry, LeftFile, MemberSpool, Press, Problem, SpooledMember, Writer,
};
use crate::cancel::{CancelToken, checkpoint};
use crate::files::{Attributes, Bytes, Store, StoredFile};
use crate::reporter::Counters;
use crate::rows::Spares;
use crate::{Code, Error, Result};

/// Files that are read side by side.
const AT_ONCE: usize = 4;
/// Pieces of one file between the storage and its compression.
const PIECES_AHEAD: usize = 4;

/// What brings files from a storage into an archive.
pub struct Carrier<'a> {
    /// Where they are.
    pub store: &'a dyn Store,
    /// Where they go.
    pub writer: &'a Arc<Writer>,
    /// An owner-only folder for spill files.
    pub spill_folder: PathBuf,
    /// What files that are done leave to the next ones.
    pub presses: Spares<Press>,
    /// Counts bytes.
    pub counters: Arc<Counters>,
    /// Asks to stop.
    pub cancel: CancelToken,
}

/// Files that are in an archive now.
#[derive(Debug, Default)]
pub struct Carried {
    /// Their entries.
    pub entries: Vec<FileEntry>,
    /// Files that went or changed meanwhile.
    pub problems: Vec<Problem>,
    /// Files that are there and whose content could not be had.
    pub left: Vec<LeftFile>,
}

enum One {
    Entry(Box<FileEntry>, Option<Problem>),
    Gone(Problem),
    Left(LeftFile, Problem),
}

/// Reads files, several at a time, into members of an archive. One that is changed meanwhile is read
/// again, and that is told; one that goes, or never stands still, is told and left out.
///
/// # Errors
/// Those of the store; `disk_full`, `local_file`; `cancelled`.
pub async fn carry(carrier: &Carrier<'_>, files: Vec<StoredFile>) -> Result<Carried> {
    let mut carried = Carried::default();
    let mut under_way = futures_util::stream::iter(files)
        .map(|file| one(carrier, file))
        .buffer_unordered(AT_ONCE);
    while let Some(one) = under_way.try_next().await? {
        match one {
            One::Entry(entry, told) => {
                carried.entries.push(*entry);
                carried.problems.extend(told);
            }
            One::Gone(told) => carried.problems.push(told),
            One::Left(file, told) => {
                carried.left.push(file);
                carried.problems.push(told);
            }
        }
    }
    Ok(carried)
}

async fn one(carrier: &Carrier<'_>, listed: StoredFile) -> Result<One> {
    let mut file = listed;
    for attempt in 1..=ATTEMPTS {
        checkpoint(&carrier.cancel)?;
        match spool(carrier, &file).await {
            Ok((member, attributes)) => {
                let name = &file.name;
                let writer = Arc::clone(carrier.writer);
                let member = blocking(move || writer.append(&member)).await?;
                let message =
                    || format!("{name} was changed while the backup ran, and was read again.");
                let told = (attempt > 1).then(|| problem("file_changed", message()));
                let name = (name.bucket.clone(), name.key.clone());
                let entry = FileEntry::new(name, attributes, Some(file.tag), member);
                return Ok(One::Entry(Box::new(entry), told));
            }
            Err(error) if error.code() == Code::FileChanged => {}
            Err(error) => return Err(error),
        }
        match carrier
            .store
            .look(&file.name, file.version.as_deref())
            .await?
        {
            Some(found) => file = found,
            None => {
                let message = format!("{} went away while the backup ran.", file.name);
                return Ok(One::Gone(problem("file_missing", message)));
            }
        }
    }
    let message = format!(
        "{} is written to all the time, and is not carried.",
        file.name
    );
    let left = LeftFile {
        bucket: file.name.bucket,
        key: file.name.key,
    };
    Ok(One::Left(left, problem("file_changed", message)))
}

/// Reads a file on this task, and hashes and compresses it on a thread that may take its time.
async fn spool(carrier: &Carrier<'_>, file: &StoredFile) -> Result<(SpooledMember, Attributes)> {
    let mut content = carrier.store.read(file).await?;
    let (name, folder) = (&file.name, &carrier.spill_folder);
    let mut member = MemberSpool::for_file(&name.bucket, &name.key, folder, DEFAULT_LEVEL)?
        .sharing(&carrier.presses);
    let (sender, mut pieces) = mpsc::channel::<Bytes>(PIECES_AHEAD);
    let counters = Arc::clone(&carrier.counters);
    let compressing = tokio::task::spawn_blocking(move || {
        while let Some(piece) = pieces.blocking_recv() {
            member.push_bytes(&piece)?;
            counters.add(0, piece.len() as u64);
        }
        Ok::<_, Error>(member)
    });
    let mut read = Ok(());
    while let Some(piece) = content.pieces.next().await {
        match piece.and_then(|piece| checkpoint(&carrier.cancel).map(|()| piece)) {
            Ok(piece) => {
                // The thread has ended: it says why.
                if sender.send(piece).await.is_err() {
                    break;
                }
            }
            Err(error) => {
                read = Err(error);
                break;
            }
        }
    }
    drop(sender);
    let member = compressing.await.map_err(|_| died())?;
    read?;
    let member = member?;
    Ok((blocking(move || member.finish()).await?, content.attributes))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| died())?
}

fn died() -> Error {
    Error::new(
        Code::Defect,
        "Bringing a file into the archive came to an end.",
    )
}
