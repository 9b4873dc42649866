use uuid::Uuid;

use super::is_of_rows;
use crate::archive::Problem;
use crate::cancel::CancelToken;
use crate::files::{Aside, FileName, Store};
use crate::pg::{Session, run_by_arrays};
use crate::reporter::{Counters, Phase, Reporter, Step};
use crate::uploads::{self, problem};
use crate::{Code, Error, Result};

use std::sync::Arc;

/// What became of the files of a restore.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilesReport {
    /// Files that came back.
    pub added: u64,
    /// Files whose content was replaced.
    pub replaced: u64,
    /// Files that went.
    pub removed: u64,
    /// Files that were as wanted.
    pub unchanged: u64,
    /// Bytes that were moved into the storage.
    pub byte_count: u64,
    /// Files that are not as wanted, and rows that do not fit them.
    pub problems: Vec<Problem>,
}

/// One line of the journal.
struct Pending {
    name: FileName,
    waits_as: Option<String>,
    byte_count: u64,
    blake3: String,
    found_tag: Option<String>,
    found_version: Option<String>,
}

/// How one file ended.
enum Ended {
    /// As wanted, with the tag that it has now.
    Done(Option<String>),
    /// Left as it is, and why.
    Left(String),
}

/// Makes what was put aside the files, by the journal, and notes in it what is done. Can be repeated by
/// anybody until it succeeds.
///
/// # Errors
/// Those of the store: what is not switched yet is for the next one; errors of the connection.
pub(in crate::restore) async fn switch(
    session: &mut Session,
    store: &dyn Store,
    work: Uuid,
    reporter: &dyn Reporter,
) -> Result<Vec<Problem>> {
    reporter.phase(Phase::SwitchingFiles, None, Arc::default());
    let mut problems = Vec::new();
    for pending in pending(session, work).await? {
        let ended = match switch_one(store, &pending).await {
            // It would fail for ever, and nobody could keep or revert; others may go by themselves.
            Err(error) if error.code() == Code::StorageFailed => Ended::Left(format!(
                "{} could not be put in its place: {}",
                pending.name,
                error.message()
            )),
            ended => ended?,
        };
        let left_tag = match ended {
            Ended::Done(tag) => tag,
            Ended::Left(why) => {
                problems.push(problem("file_not_switched", why));
                None
            }
        };
        note(session, work, &pending.name, left_tag).await?;
        reporter.step(Step::FileSwitched);
    }
    let sql = "UPDATE snapback.file_work SET is_switched = true WHERE id = $1::text::uuid";
    session
        .fetch_text_rows(sql, &[Some(&work.to_string())])
        .await?;
    reporter.step(Step::FilesSwitched);
    Ok(problems)
}

async fn switch_one(store: &dyn Store, pending: &Pending) -> Result<Ended> {
    let name = &pending.name;
    let Some(waits_as) = &pending.waits_as else {
        return remove_one(store, pending).await;
    };
    let aside = Aside {
        name: name.clone(),
        waits_as: waits_as.clone(),
    };
    if is_of_rows(store) {
        store.switch(&aside).await?;
        if pending.found_version.as_ref() != Some(waits_as) {
            store.remove(name, pending.found_version.as_deref()).await?;
        }
        let now = store.look(name, Some(waits_as)).await?;
        return Ok(match now {
            Some(now) => Ended::Done(Some(now.tag)),
            None => Ended::Left(format!(
                "{name}: its new content is not in the storage any more."
            )),
        });
    }
    let now = store.look(name, None).await?;
    if !store.waits(&aside).await? {
        // Switched already, by one who could not note it.
        return Ok(match now {
            Some(now) if now.byte_count == pending.byte_count => Ended::Done(Some(now.tag)),
            _ => Ended::Left(format!(
                "{name}: its new content is not in the storage any more."
            )),
        });
    }
    if now.as_ref().map(|now| &now.tag) != pending.found_tag.as_ref() {
        let counters = Counters::default();
        let found = match &now {
            Some(now) => uploads::hash(store, now, &counters, &CancelToken::new()).await?,
            None => None,
        };
        return match found {
            Some((now, hash)) if hash == pending.blake3 => {
                store.unstage(&aside).await?;
                Ok(Ended::Done(Some(now.tag)))
            }
            _ => {
                store.unstage(&aside).await?;
                Ok(Ended::Left(format!(
                    "{name} was changed by others while this was under way, and was left as they have it."
                )))
            }
        };
    }
    store.switch(&aside).await?;
    match store.look(name, None).await? {
        Some(now) if now.byte_count == pending.byte_count => Ok(Ended::Done(Some(now.tag))),
        _ => Err(Error::new(
            Code::StorageFailed,
            "A file that was put in its place is not there as it was put.",
        )
        .with("file", name)),
    }
}

async fn remove_one(store: &dyn Store, pending: &Pending) -> Result<Ended> {
    let (name, version) = (&pending.name, pending.found_version.as_deref());
    match store.look(name, version).await? {
        None => Ok(Ended::Done(None)),
        Some(now) if Some(&now.tag) == pending.found_tag.as_ref() => {
            store.remove(name, version).await?;
            Ok(Ended::Done(None))
        }
        Some(_) => Ok(Ended::Left(format!(
            "{name} was changed by others while this was under way, and was left."
        ))),
    }
}

/// What is left to do; files that go come first, since one may lie where another needs a folder.
async fn pending(session: &mut Session, work: Uuid) -> Result<Vec<Pending>> {
    let sql = "SELECT bucket, key, waits_as, byte_count::text, blake3, found_tag, found_version \
        FROM snapback.file_move WHERE work_id = $1::text::uuid AND NOT is_done ORDER BY waits_as IS NOT NULL, bucket, key";
    let rows = session
        .fetch_text_rows(sql, &[Some(&work.to_string())])
        .await?;
    let read = |row: Vec<Option<String>>| {
        let [
            bucket,
            key,
            waits_as,
            byte_count,
            blake3,
            found_tag,
            found_version,
        ] = <[Option<String>; 7]>::try_from(row).ok()?;
        Some(Pending {
            name: FileName::new(bucket?, key?),
            waits_as,
            byte_count: byte_count
                .and_then(|count| count.parse().ok())
                .unwrap_or_default(),
            blake3: blake3.unwrap_or_default(),
            found_tag,
            found_version,
        })
    };
    Ok(rows.into_iter().filter_map(read).collect())
}

async fn note(
    session: &mut Session,
    work: Uuid,
    name: &FileName,
    left_tag: Option<String>,
) -> Result<()> {
    let columns = [
        vec![Some(work.to_string())],
        vec![Some(name.bucket.clone())],
        vec![Some(name.key.clone())],
        vec![left_tag],
    ];
    let sql = "UPDATE snapback.file_move AS m SET is_done = true, left_tag = n.t \
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS n (w, b, k, t) \
        WHERE m.work_id = n.w::uuid AND m.bucket = n.b AND m.key = n.k";
    run_by_arrays(session, sql, &columns).await.map(drop)
}
