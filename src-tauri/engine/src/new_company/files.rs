//! Uploaded files of a new company: those of the archive, under names in which its ids stand as in its rows.

use std::sync::Arc;

use super::bucket::OwnBucket;
use super::carry::Knowledge;
use super::options::{AddressChoice, NewOptions};
use crate::archive::{FileEntry, Manifest};
use crate::company::Opened;
use crate::difference::{Effect, Finding};
use crate::files::{FileName, Store};
use crate::restore::FreshFiles;
use crate::{Code, Error, Result};

/// What is to be carried, and what cannot be; nothing where files were not asked for.
///
/// # Errors
/// `usage` where the backup has none; those of [`FreshFiles::plan`].
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
    let Some(entries) = &manifest.files else {
        return Err(
            Error::new(Code::Usage, "This backup was made without uploaded files.")
                .hint("Make the company without them, or make a backup with files (--files)."),
        );
    };
    let carried = |entry: &&FileEntry| is_carried(opened, known, options.addresses, entry);
    let wanted = entries.iter().filter(carried);
    let wanted: Vec<_> = wanted
        .map(|entry| (name(known, entry), entry.clone()))
        .collect();
    let left = left_by_a_safe_copy(entries.len() - wanted.len());
    if wanted.is_empty() && left.is_some() {
        return Ok((None, left.into_iter().collect()));
    }
    let (files, mut findings) = FreshFiles::plan(opened, store, wanted, bucket.is_made()).await?;
    findings.extend(left);
    findings.extend(bucket_limits(store, bucket));
    findings.extend(not_held(manifest));
    Ok((Some(files), findings))
}

fn bucket_limits(store: &Arc<dyn Store>, bucket: &OwnBucket) -> Option<Finding> {
    let limits = store.bucket_limits().filter(|_| bucket.is_made())?;
    Some(Finding {
        effect: Effect::Noted,
        code: "bucket_limits",
        table: None,
        column: None,
        row_count: None,
        reason: limits.to_owned(),
    })
}

/// Nobody can look through a file for addresses, so a safe copy has those alone that tell of nobody.
fn is_carried(
    opened: &Opened,
    known: &Knowledge,
    addresses: AddressChoice,
    entry: &FileEntry,
) -> bool {
    let rule = opened.profile.new_company.as_ref();
    let harmless = rule
        .and_then(|rule| rule.safe_copy.as_ref())
        .map_or(&[][..], |rule| &rule.harmless_files);
    let company = format!("{}/", known.company.0);
    let key = entry.key.strip_prefix(&company).unwrap_or(&entry.key);
    addresses == AddressChoice::Keep
        || harmless
            .iter()
            .any(|prefix| key.starts_with(prefix.as_str()))
}

fn left_by_a_safe_copy(count: usize) -> Option<Finding> {
    (count > 0).then(|| Finding {
        effect: Effect::Noted,
        code: "files_not_safe",
        table: None,
        column: None,
        row_count: None,
        reason: format!(
            "{count} of the uploaded files are not in a safe copy: nobody can look through them for addresses. Its rows name them still."
        ),
    })
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
