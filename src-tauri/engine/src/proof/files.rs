//! Uploaded files, read to their end.

use std::sync::Arc;

use super::prove::Proving;
use crate::archive::{FileEntry, Reader};
use crate::cancel::{CancelToken, checkpoint};
use crate::{Code, Error, Result};

/// Reads every file of the archive and holds it against the manifest.
pub(super) async fn read(proving: &mut Proving<'_>) -> Result<()> {
    let reader = Arc::clone(proving.reader);
    for entry in reader.manifest().files.iter().flatten() {
        let (from, file, cancel) = (Arc::clone(&reader), entry.clone(), proving.cancel.clone());
        let reading = tokio::task::spawn_blocking(move || to_the_end(&from, &file, &cancel));
        let read = reading
            .await
            .map_err(|_| Error::new(Code::Defect, "Reading a file came to an end."))?;
        match read {
            Ok(()) => {
                proving.proven.file_count += 1;
                proving.proven.file_byte_count += entry.byte_count;
            }
            Err(error) => proving.unreadable(None, Some(&entry.member), error)?,
        }
    }
    Ok(())
}

fn to_the_end(reader: &Reader, entry: &FileEntry, cancel: &CancelToken) -> Result<()> {
    let mut content = reader.file(entry)?;
    while content.next_piece()?.is_some() {
        checkpoint(cancel)?;
    }
    Ok(())
}
