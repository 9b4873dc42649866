use std::collections::BTreeSet;
use std::sync::Arc;

use uuid::Uuid;

use super::FilesDifference;
use super::switch::switch;
use crate::archive::Problem;
use crate::company::{Actor, Opened};
use crate::files::{FileName, Store};
use crate::model::CompanyId;
use crate::pg::Session;
use crate::reporter::Reporter;
use crate::restore::lock::CompanyLock;
use crate::restore::state;
use crate::uploads;
use crate::{Code, Error, Result};

/// Of a work `w`: it was noted as begun, for a company that is new, and nothing of it was committed.
pub(in crate::restore) const NOTHING_CAME: &str = "(w.review_id = w.id AND NOT w.is_switched \
    AND NOT EXISTS (SELECT FROM snapback.file_move AS m WHERE m.work_id = w.id))";

/// Files of a restore or a revert that is committed and whose files are not all switched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingFiles {
    /// Identity of the work.
    pub id: Uuid,
    /// In which storage, without keys.
    pub storage: String,
    /// From which computer it was begun.
    pub host: String,
}

/// Whether files of this company wait to be switched.
///
/// # Errors
/// Errors of the connection.
pub async fn pending_files(opened: &mut Opened) -> Result<Option<PendingFiles>> {
    let session = &mut opened.session;
    if !state::has_files(session).await? {
        return Ok(None);
    }
    let sql = format!(
        "SELECT w.id::text, w.storage, w.host FROM snapback.file_work AS w \
         WHERE w.company_id = $1 AND NOT w.is_switched AND NOT {NOTHING_CAME} ORDER BY w.begun_at LIMIT 1"
    );
    let company = opened.scope.company.id.as_str();
    let rows = session.fetch_text_rows(&sql, &[Some(company)]).await?;
    let found = rows.into_iter().next().and_then(|row| {
        let [id, storage, host] = <[Option<String>; 3]>::try_from(row).ok()?;
        Some(PendingFiles {
            id: id?.parse().ok()?,
            storage: storage?,
            host: host?,
        })
    });
    Ok(found)
}

/// Goes on where a restore with files was cut off after its commit, and takes away what was put aside by
/// those that never came so far. From any computer; nothing to do is no error.
///
/// # Errors
/// `company_busy`; `storage_needed` where it is another storage; those of the store and the connection.
pub async fn finish_files(
    opened: &mut Opened,
    store: &Arc<dyn Store>,
    reporter: &dyn Reporter,
) -> Result<Vec<Problem>> {
    opened.require_writes()?;
    let lock = CompanyLock::acquire(&opened.settings, &opened.company().id).await?;
    let finished = finish(opened, store.as_ref(), reporter).await;
    lock.release().await;
    finished
}

async fn finish(
    opened: &mut Opened,
    store: &dyn Store,
    reporter: &dyn Reporter,
) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    while let Some(pending) = pending_files(opened).await? {
        if pending.storage != store.address() {
            return Err(storage_needed(Some(&pending)));
        }
        let session = &mut opened.session;
        problems.extend(switch(session, store, pending.id, reporter).await?);
        forget_closed(session, pending.id).await?;
    }
    clear_away(opened, store).await?;
    // Nothing here depends on it; whoever comes next tries again.
    drop(clear_abandoned(opened, store).await);
    Ok(problems)
}

/// Finishes, under the company's lock, what an earlier restore has left to do; where no storage is named,
/// nothing may be begun over it.
///
/// # Errors
/// As [`finish_files`].
pub(in crate::restore) async fn refuse_pending(
    opened: &mut Opened,
    store: Option<&Arc<dyn Store>>,
    reporter: &dyn Reporter,
) -> Result<()> {
    match store {
        Some(store) => finish(opened, store.as_ref(), reporter).await.map(drop),
        None => match pending_files(opened).await? {
            None => Ok(()),
            Some(pending) => Err(storage_needed(Some(&pending))),
        },
    }
}

/// Nobody has said where the files are that this is about.
pub(in crate::restore) fn storage_needed(pending: Option<&PendingFiles>) -> Error {
    let error = match pending {
        None => Error::new(
            Code::StorageNeeded,
            "This restore changed uploaded files too, and nobody has said where they are.",
        ),
        Some(_) => Error::new(
            Code::StorageNeeded,
            "Files of an earlier restore wait to be put in their place, in a storage that is not named.",
        ),
    };
    let error =
        error.hint("Name it in the saved connection (or in SNAPBACK_STORAGE, or with --storage).");
    match pending {
        Some(pending) => error
            .with("storage", &pending.storage)
            .with("host", &pending.host),
        None => error,
    }
}

/// Takes away what waits in the company's places and belongs to no work that is written down.
///
/// # Errors
/// Those of the store; errors of the connection.
pub async fn clear_away(opened: &mut Opened, store: &dyn Store) -> Result<()> {
    let company = opened.company().id.clone();
    clear_places(opened, store, &company).await
}

/// The same for a company that may not be there. Its lock is held.
async fn clear_places(opened: &mut Opened, store: &dyn Store, company: &CompanyId) -> Result<()> {
    let places = uploads::places_of(opened, company)?;
    let mut waiting = Vec::new();
    for place in &places {
        waiting.extend(store.left_over(place).await?);
    }
    if waiting.is_empty() {
        return Ok(());
    }
    let written = match state::has_files(&mut opened.session).await? {
        false => Vec::new(),
        true => {
            let sql = "SELECT m.waits_as FROM snapback.file_move AS m JOIN snapback.file_work AS w ON w.id = m.work_id \
                WHERE w.company_id = $1 AND NOT m.is_done AND m.waits_as IS NOT NULL";
            opened
                .session
                .fetch_text_rows(sql, &[Some(company.as_str())])
                .await?
        }
    };
    let written: BTreeSet<String> = written.into_iter().flatten().flatten().collect();
    for aside in waiting
        .iter()
        .filter(|aside| !written.contains(&aside.waits_as))
    {
        store.unstage(aside).await?;
    }
    Ok(())
}

/// Notes in the journal that files of a company that is not there yet are about to be put aside, so that
/// whoever comes next takes them away where they were put aside for nothing.
///
/// # Errors
/// Errors of the connection.
pub(super) async fn note_begun(
    session: &mut Session,
    (work, company): (Uuid, &CompanyId),
    store: &dyn Store,
    actor: &Actor,
) -> Result<()> {
    let (work, address) = (work.to_string(), store.address());
    session
        .fetch_text_rows(
            "INSERT INTO snapback.file_work (id, review_id, company_id, storage, host) VALUES ($1::text::uuid, $1::text::uuid, $2, $3, $4)",
            &[Some(&work), Some(company.as_str()), Some(&address), Some(&actor.host)],
        )
        .await?;
    Ok(())
}

/// Takes away what was put aside in this storage for companies that were not made after all: their work is
/// noted as begun, and no line of the journal came with rows. One that is being made is left alone.
///
/// # Errors
/// Those of the store; errors of the connection.
pub(super) async fn clear_abandoned(opened: &mut Opened, store: &dyn Store) -> Result<()> {
    if !state::has_files(&mut opened.session).await? {
        return Ok(());
    }
    let sql = format!(
        "SELECT w.id::text, w.company_id FROM snapback.file_work AS w WHERE w.storage = $1 AND {NOTHING_CAME}"
    );
    let address = store.address();
    let begun = opened
        .session
        .fetch_text_rows(&sql, &[Some(&address)])
        .await?;
    for row in begun {
        let [Some(work), Some(company)] = <[Option<String>; 2]>::try_from(row).unwrap_or_default()
        else {
            continue;
        };
        let company = CompanyId::new(company);
        let lock = match CompanyLock::acquire(&opened.settings, &company).await {
            Err(error) if error.code() == Code::CompanyBusy => continue,
            lock => lock?,
        };
        let cleared = match clear_places(opened, store, &company).await {
            Ok(()) => forget_begun(&mut opened.session, &work).await,
            Err(error) => Err(error),
        };
        lock.release().await;
        cleared?;
    }
    Ok(())
}

/// Forgets a work with which no rows came.
pub(super) async fn forget_begun(session: &mut Session, work: &str) -> Result<()> {
    let sql = format!(
        "DELETE FROM snapback.file_work AS w WHERE w.id = $1::text::uuid AND {NOTHING_CAME}"
    );
    session.fetch_text_rows(&sql, &[Some(work)]).await?;
    Ok(())
}

/// Forgets the work of a review that is not open any more: nothing refers to it.
pub(in crate::restore) async fn forget_closed(session: &mut Session, work: Uuid) -> Result<()> {
    let sql = "DELETE FROM snapback.file_work AS w WHERE id = $1::text::uuid AND is_switched \
        AND NOT EXISTS (SELECT FROM snapback.review AS r WHERE r.id = w.review_id AND r.state = 'open')";
    session
        .fetch_text_rows(sql, &[Some(&work.to_string())])
        .await?;
    Ok(())
}

/// Forgets what a review has done to files, in the transaction that closes it.
///
/// # Errors
/// Errors of the connection.
pub(in crate::restore) async fn forget_review(session: &mut Session, review: Uuid) -> Result<()> {
    if !state::has_files(session).await? {
        return Ok(());
    }
    let sql = "DELETE FROM snapback.file_work WHERE review_id = $1::text::uuid AND is_switched";
    session
        .fetch_text_rows(sql, &[Some(&review.to_string())])
        .await?;
    Ok(())
}

/// Finds the files of a revert that are not as the restore has left them.
///
/// # Errors
/// Errors of the connection.
pub(in crate::restore) async fn find_written_since(
    session: &mut Session,
    review: Uuid,
    files: &mut FilesDifference,
) -> Result<()> {
    let sql = "SELECT m.bucket, m.key, m.left_tag FROM snapback.file_move AS m \
        JOIN snapback.file_work AS w ON w.id = m.work_id WHERE w.review_id = $1::text::uuid";
    let rows = session
        .fetch_text_rows(sql, &[Some(&review.to_string())])
        .await?;
    let left: BTreeSet<(FileName, Option<String>)> = rows
        .into_iter()
        .filter_map(|row| {
            let [bucket, key, tag] = <[Option<String>; 3]>::try_from(row).ok()?;
            Some((FileName::new(bucket?, key?), tag))
        })
        .collect();
    let added = files
        .added
        .iter()
        .map(|entry| (super::name_of(entry), None));
    let replaced = files.replaced.iter().map(|(_, found)| found);
    let there = replaced.chain(&files.removed);
    let there = there.map(|found| (found.name.clone(), Some(found.tag.clone())));
    let differing = added.chain(there);
    let mut since: Vec<FileName> = differing
        .filter(|found| !left.contains(found))
        .map(|(name, _)| name)
        .collect();
    since.sort();
    files.written_since = since;
    Ok(())
}
