use std::sync::Arc;

use futures_util::stream::BoxStream;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{FilesDifference, Move, NewContent, Storage, is_of_rows, name_of, objects};
use crate::archive::{FileEntry, Reader};
use crate::cancel::{CancelToken, checkpoint};
use crate::company::{Actor, Opened};
use crate::files::{Aside, Bytes, Store, StoredFile};
use crate::pg::{Session, run_by_arrays};
use crate::reporter::{Counters, Phase, Reporter, Step};
use crate::{Code, Error, Result};

/// Files that are uploaded side by side.
const AT_ONCE: usize = 4;
/// Pieces of one file between the archive and the storage.
const PIECES_AHEAD: usize = 2;

/// Puts the new content of every differing file aside and says what is to be done with each. What was
/// put aside by then is taken away again where one fails.
///
/// # Errors
/// Those of the store, of the archive; `cancelled`.
pub(in crate::restore) async fn stage(
    storage: &Storage,
    reader: &Arc<Reader>,
    difference: &FilesDifference,
    operation: Uuid,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Vec<Move>> {
    let store = storage.store.as_ref();
    let moves = moves(store, difference, operation);
    let total = difference.byte_count();
    put_aside(store, reader, moves, total, reporter, cancel).await
}

/// The same for moves that are known, and the bytes that they need.
///
/// # Errors
/// As [`stage`].
pub(super) async fn put_aside(
    store: &dyn Store,
    reader: &Arc<Reader>,
    moves: Vec<Move>,
    total: u64,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<Vec<Move>> {
    let counters = Arc::new(Counters::default());
    reporter.phase(Phase::StagingFiles, Some(total), Arc::clone(&counters));
    let mut under_way = futures_util::stream::iter(moves.clone())
        .map(|planned| stage_one(store, reader, planned, &counters, cancel).boxed())
        .buffer_unordered(AT_ONCE)
        .boxed();
    let mut staged = Ok(());
    while let Some(done) = under_way.next().await {
        match done {
            Ok(()) => reporter.step(Step::FileStaged),
            Err(error) => {
                staged = Err(error);
                break;
            }
        }
    }
    drop(under_way);
    match staged {
        Ok(()) => Ok(moves),
        Err(error) => {
            unstage(store, &moves).await;
            Err(error)
        }
    }
}

fn moves(store: &dyn Store, difference: &FilesDifference, operation: Uuid) -> Vec<Move> {
    let FilesDifference {
        added,
        replaced,
        removed,
        ..
    } = difference;
    let added = added.iter().map(|entry| (entry, None));
    let replaced = replaced
        .iter()
        .map(|(entry, found)| (entry, Some(found.clone())));
    let new = |(number, (entry, found)): (usize, (&FileEntry, Option<StoredFile>))| {
        let aside = store.aside(name_of(entry), operation, number);
        Move {
            name: aside.name,
            found,
            new: Some(NewContent {
                waits_as: aside.waits_as,
                entry: entry.clone(),
            }),
        }
    };
    let gone = removed.iter().map(|found| Move {
        name: found.name.clone(),
        found: Some(found.clone()),
        new: None,
    });
    added
        .chain(replaced)
        .enumerate()
        .map(new)
        .chain(gone)
        .collect()
}

impl Move {
    /// The content that waits for it.
    pub(super) fn aside(&self) -> Option<Aside> {
        let new = self.new.as_ref()?;
        Some(Aside {
            name: self.name.clone(),
            waits_as: new.waits_as.clone(),
        })
    }
}

async fn stage_one(
    store: &dyn Store,
    reader: &Arc<Reader>,
    planned: Move,
    counters: &Arc<Counters>,
    cancel: &CancelToken,
) -> Result<()> {
    checkpoint(cancel)?;
    let (Some(new), Some(aside)) = (&planned.new, planned.aside()) else {
        return Ok(());
    };
    let pieces = pieces(
        Arc::clone(reader),
        new.entry.clone(),
        Arc::clone(counters),
        cancel.clone(),
    );
    store.stage(&aside, &new.entry.attributes, pieces).await
}

/// A file's content out of the archive, unpacked on a thread that may take its time. It ends well only
/// once all of it was what the manifest says.
fn pieces(
    reader: Arc<Reader>,
    entry: FileEntry,
    counters: Arc<Counters>,
    cancel: CancelToken,
) -> BoxStream<'static, Result<Bytes>> {
    let (sender, receiver) = mpsc::channel::<Result<Bytes>>(PIECES_AHEAD);
    tokio::task::spawn_blocking(move || {
        let read = || -> Result<()> {
            let mut file = reader.file(&entry)?;
            while let Some(piece) = file.next_piece()? {
                checkpoint(&cancel)?;
                counters.add(0, piece.len() as u64);
                if sender
                    .blocking_send(Ok(Bytes::copy_from_slice(piece)))
                    .is_err()
                {
                    // Nobody wants the rest.
                    return Ok(());
                }
            }
            Ok(())
        };
        if let Err(error) = read() {
            drop(sender.blocking_send(Err(error)));
        }
    });
    futures_util::stream::unfold(receiver, |mut receiver| async move {
        Some((receiver.recv().await?, receiver))
    })
    .boxed()
}

/// Takes away what was put aside for a restore that does not take place. Where the storage does not do
/// that, it is not asked again for each: what stays is found and taken away by the next one.
pub(in crate::restore) async fn unstage(store: &dyn Store, moves: &[Move]) {
    for aside in moves.iter().filter_map(Move::aside) {
        if store.unstage(&aside).await.is_err() {
            return;
        }
    }
}

/// Writes down in the restoring transaction what is to become of each file; where rows say which version
/// counts, these too.
///
/// # Errors
/// `changed_meanwhile` where others have replaced a file since; errors of the connection.
pub(in crate::restore) async fn record(
    session: &mut Session,
    opened: &Opened,
    storage: &Storage,
    moves: &[Move],
    (operation, review): (Uuid, Uuid),
    actor: &Actor,
) -> Result<()> {
    let store = storage.store.as_ref();
    if is_of_rows(store) {
        objects::write(session, opened, moves).await?;
    }
    let (operation, review) = (operation.to_string(), review.to_string());
    let address = store.address();
    session
        .fetch_text_rows(
            "INSERT INTO snapback.file_work (id, review_id, company_id, storage, host) VALUES ($1::text::uuid, $2::text::uuid, $3, $4, $5) \
             ON CONFLICT (id) DO NOTHING",
            &[Some(&operation), Some(&review), Some(opened.company().id.as_str()), Some(&address), Some(&actor.host)],
        )
        .await?;
    let columns = columns(moves, &operation);
    let sql = "INSERT INTO snapback.file_move (work_id, bucket, key, waits_as, byte_count, blake3, found_tag, found_version) \
        SELECT w::uuid, b, k, a, s::bigint, h, t, v FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[]) \
        AS m (w, b, k, a, s, h, t, v)";
    let written = run_by_arrays(session, sql, &columns).await?;
    if written == moves.len() as u64 {
        Ok(())
    } else {
        Err(Error::new(Code::Defect, "Not every file was written down."))
    }
}

/// The lines of the journal, column by column.
fn columns(moves: &[Move], operation: &str) -> [Vec<Option<String>>; 8] {
    let column = |value: &dyn Fn(&Move) -> Option<String>| -> Vec<Option<String>> {
        moves.iter().map(value).collect()
    };
    let new = |wanted: fn(&NewContent) -> String| {
        column(&move |planned: &Move| planned.new.as_ref().map(wanted))
    };
    let found = |wanted: fn(&StoredFile) -> Option<String>| {
        column(&move |planned: &Move| planned.found.as_ref().and_then(wanted))
    };
    [
        column(&|_| Some(operation.to_owned())),
        column(&|planned| Some(planned.name.bucket.clone())),
        column(&|planned| Some(planned.name.key.clone())),
        new(|new| new.waits_as.clone()),
        column(&|planned| {
            let found = || planned.found.as_ref().map(|found| found.byte_count);
            let new = planned.new.as_ref().map(|new| new.entry.byte_count);
            new.or_else(found).map(|count| count.to_string())
        }),
        new(|new| new.entry.blake3.clone()),
        found(|found| Some(found.tag.clone())),
        found(|found| found.version.clone()),
    ]
}
