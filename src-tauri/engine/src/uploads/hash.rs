use futures_util::StreamExt as _;

use crate::cancel::{CancelToken, checkpoint};
use crate::files::{Store, StoredFile};
use crate::reporter::Counters;
use crate::{Code, Result};

/// Attempts at a file that others keep writing to.
pub(super) const ATTEMPTS: usize = 3;

/// BLAKE3 of a file's content, and the file as it was then; `None` where it has gone.
///
/// # Errors
/// Those of the store; `file_changed` where others keep writing to it.
pub async fn hash(
    store: &dyn Store,
    file: &StoredFile,
    counters: &Counters,
    cancel: &CancelToken,
) -> Result<Option<(StoredFile, String)>> {
    let mut file = file.clone();
    for attempt in 1.. {
        match hash_once(store, &file, counters, cancel).await {
            Ok(hash) => return Ok(Some((file, hash))),
            Err(error) if error.code() == Code::FileChanged && attempt < ATTEMPTS => {}
            Err(error) => return Err(error),
        }
        match store.look(&file.name, file.version.as_deref()).await? {
            Some(found) => file = found,
            None => return Ok(None),
        }
    }
    Ok(None)
}

async fn hash_once(
    store: &dyn Store,
    file: &StoredFile,
    counters: &Counters,
    cancel: &CancelToken,
) -> Result<String> {
    let mut content = store.read(file).await?;
    let mut hasher = blake3::Hasher::new();
    while let Some(piece) = content.pieces.next().await {
        let piece = piece?;
        hasher.update(&piece);
        counters.add(0, piece.len() as u64);
        checkpoint(cancel)?;
    }
    Ok(hasher.finalize().to_hex().to_string())
}
