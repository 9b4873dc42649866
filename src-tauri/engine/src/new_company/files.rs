//! Uploaded files of a new company: those of the archive, under names in which its ids stand as in its rows.

use super::bucket::OwnBucket;
use super::carry::Knowledge;
use super::options::{AddressChoice, NewOptions};
use crate::archive::{FileEntry, Manifest};
use crate::company::Opened;
use crate::difference::{Effect, Finding};
use crate::files::FileName;
use crate::restore::FreshFiles;
use crate::{Code, Error, Result};

/// What is to be carried, and what cannot be; nothing where files were not asked for.
///
/// # Errors
/// `usage` where the backup has none, or for a safe copy, since nobody can look through them; those of
/// [`FreshFiles::plan`].
pub(super) async fn files(
    opened: &Opened,
    manifest: &Manifest,
    known: &Knowledge,
    bucket: &OwnBucket,
    options: &NewOptions,
) -> Result<(Option<FreshFiles>, Vec<Finding>)> {
    let Some(store) = &options.files else {
        return Ok((None, Vec::new()));
    };
    if options.addresses == AddressChoice::Mask {
        return Err(Error::new(
            Code::Usage,
            "A safe copy has no uploaded files, since addresses in them cannot be replaced.",
        )
        .hint("Leave the files or the safe copy away."));
    }
    let Some(entries) = &manifest.files else {
        return Err(
            Error::new(Code::Usage, "This backup was made without uploaded files.")
                .hint("Make the company without them, or make a backup with files (--files)."),
        );
    };
    let wanted = entries
        .iter()
        .map(|entry| (name(known, entry), entry.clone()));
    let (files, mut findings) =
        FreshFiles::plan(opened, store, wanted.collect(), bucket.is_made()).await?;
    findings.extend(not_held(manifest));
    Ok((Some(files), findings))
}

/// Files that the backup knows of and does not hold: those that its restore left alone, or that were written
/// while it was made.
fn not_held(manifest: &Manifest) -> Option<Finding> {
    let count = manifest.known_files.len() + manifest.left_files.len();
    (count > 0).then(|| Finding {
        effect: Effect::Discarded,
        code: "files_not_held",
        table: None,
        column: None,
        row_count: None,
        reason: format!(
            "The backup knows of {count} more of the uploaded files and does not hold them, so they are not carried."
        ),
    })
}

/// Where a file of the archive lies in the new company.
fn name(known: &Knowledge, entry: &FileEntry) -> FileName {
    let (old, new) = &known.company;
    let bucket = match entry.bucket == *old {
        true => new.clone(),
        false => entry.bucket.clone(),
    };
    FileName::new(bucket, known.path(&entry.key))
}
