use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Storage, name_of};
use crate::archive::{FileEntry, KnownFile, Manifest};
use crate::cancel::CancelToken;
use crate::company::Opened;
use crate::difference::{Effect, Finding};
use crate::files::{FileName, StoredFile};
use crate::pg::Session;
use crate::reporter::{Counters, Phase, Reporter};
use crate::uploads::{self, FileRows};
use crate::{Code, Error, Result};

/// What differs between an archive's files and those that are there.
#[derive(Debug, Clone, Default)]
pub struct FilesDifference {
    /// Files that come back.
    pub added: Vec<FileEntry>,
    /// Files whose content changes, with what is there now.
    pub replaced: Vec<(FileEntry, StoredFile)>,
    /// Files that go.
    pub removed: Vec<StoredFile>,
    /// Files that stay, and what they hold.
    pub unchanged: Vec<KnownFile>,
    /// Files of a revert that somebody has written to since the restore.
    pub written_since: Vec<FileName>,
    /// What cannot be brought back, or does not fit.
    pub findings: Vec<Finding>,
}

impl FilesDifference {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.added.is_empty() && self.replaced.is_empty() && self.removed.is_empty()
    }

    /// Bytes that are to be moved into the storage.
    #[must_use]
    pub fn byte_count(&self) -> u64 {
        let replaced = self.replaced.iter().map(|(entry, _)| entry);
        let all = self.added.iter().chain(replaced);
        all.map(|entry| entry.byte_count).sum()
    }

    /// The files whose content a safety snapshot must hold.
    pub(in crate::restore) fn touched(&self) -> Vec<StoredFile> {
        let replaced = self.replaced.iter().map(|(_, found)| found);
        replaced.chain(&self.removed).cloned().collect()
    }

    fn digest(&self, hasher: &mut blake3::Hasher) {
        for entry in &self.added {
            hasher.update(format!("\n+{}\n{}", name_of(entry), entry.blake3).as_bytes());
        }
        for (entry, found) in &self.replaced {
            let name = name_of(entry);
            hasher.update(format!("\n~{name}\n{}\n{}", entry.blake3, found.tag).as_bytes());
        }
        for found in &self.removed {
            hasher.update(format!("\n-{}\n{}", found.name, found.tag).as_bytes());
        }
    }
}

/// The digest of what changes in rows, with that of files where they are part of it.
pub(in crate::restore) fn with_files(rows: &str, files: Option<&FilesDifference>) -> String {
    let Some(files) = files else {
        return rows.to_owned();
    };
    let mut hasher = blake3::Hasher::new();
    hasher.update(rows.as_bytes());
    files.digest(&mut hasher);
    hasher.finalize().to_hex().to_string()
}

/// Compares what an archive holds with what is there. Content is read only where size and tag do not
/// tell already.
///
/// # Errors
/// Those of the store; `missing_right`; errors of the connection; `cancelled`.
pub(in crate::restore) async fn compare(
    opened: &Opened,
    storage: &Storage,
    wanted: &Manifest,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<FilesDifference> {
    let counters = Arc::new(Counters::default());
    reporter.phase(Phase::ComparingFiles, None, Arc::clone(&counters));
    let mut session = Session::open(&opened.settings).await?;
    session.set_company(opened.company()).await?;
    let rows = FileRows::read(&mut session, opened, &storage.places).await?;
    session.close().await;
    let found = uploads::find(storage.store.as_ref(), &storage.places, &rows).await?;
    let comparison = Comparison {
        storage,
        counters: &counters,
        cancel,
    };
    comparison.run(wanted, found.files).await
}

struct Comparison<'a> {
    storage: &'a Storage,
    counters: &'a Counters,
    cancel: &'a CancelToken,
}

impl Comparison<'_> {
    async fn run(
        &self,
        wanted: &Manifest,
        mut live: BTreeMap<FileName, StoredFile>,
    ) -> Result<FilesDifference> {
        let mut made = FilesDifference::default();
        for entry in wanted.files.iter().flatten() {
            let Some(found) = live.remove(&name_of(entry)) else {
                made.added.push(entry.clone());
                continue;
            };
            let tag = entry.tag.as_deref();
            match self
                .same(found, (entry.byte_count, tag, &entry.blake3))
                .await?
            {
                (found, true) => made.unchanged.push(known(&found, &entry.blake3)),
                (found, false) => made.replaced.push((entry.clone(), found)),
            }
        }
        for other in &wanted.known_files {
            let name = FileName::new(other.bucket.clone(), other.key.clone());
            let held = (
                other.byte_count,
                Some(other.tag.as_str()),
                other.blake3.as_str(),
            );
            let is_same = match live.remove(&name) {
                None => false,
                Some(found) => {
                    let (found, is_same) = self.same(found, held).await?;
                    if is_same {
                        made.unchanged.push(known(&found, &other.blake3));
                    }
                    is_same
                }
            };
            if !is_same {
                made.findings.push(not_held(&name));
            }
        }
        let left: BTreeSet<FileName> = wanted
            .left_files
            .iter()
            .map(|left| FileName::new(left.bucket.clone(), left.key.clone()))
            .collect();
        live.retain(|name, _| !left.contains(name));
        made.removed = live.into_values().collect();
        made.findings.extend(self.caveat(&made));
        Ok(made)
    }

    /// What the storage would not take back, where something in it changes.
    fn caveat(&self, made: &FilesDifference) -> Option<Finding> {
        let changes = !made.replaced.is_empty() || !made.removed.is_empty();
        let caveat = self.storage.store.caveat().filter(|_| changes)?;
        Some(noted("files_keep_versions", caveat.to_owned()))
    }

    /// Whether a file has that length and content; the file as it was looked at.
    async fn same(
        &self,
        found: StoredFile,
        (byte_count, tag, blake3): (u64, Option<&str>, &str),
    ) -> Result<(StoredFile, bool)> {
        if found.byte_count != byte_count {
            return Ok((found, false));
        }
        if tag == Some(found.tag.as_str()) {
            return Ok((found, true));
        }
        let store = self.storage.store.as_ref();
        match uploads::hash(store, &found, self.counters, self.cancel).await? {
            Some((found, hash)) => {
                let is_same = found.byte_count == byte_count && hash == blake3;
                Ok((found, is_same))
            }
            None => Err(Error::new(
                Code::ChangedMeanwhile,
                "A file went away while the files were compared.",
            )
            .hint("Try again.")
            .with("file", &found.name)),
        }
    }
}

fn known(found: &StoredFile, blake3: &str) -> KnownFile {
    KnownFile {
        bucket: found.name.bucket.clone(),
        key: found.name.key.clone(),
        byte_count: found.byte_count,
        blake3: blake3.to_owned(),
        tag: found.tag.clone(),
    }
}

/// A safety snapshot knows what that file was, and the content is not in it.
fn not_held(name: &FileName) -> Finding {
    noted(
        "file_not_held",
        format!(
            "{name} was changed by others since the restore, which did not touch it; it stays as it is."
        ),
    )
}

fn noted(code: &'static str, reason: String) -> Finding {
    Finding {
        effect: Effect::Noted,
        code,
        table: None,
        column: None,
        row_count: None,
        reason,
    }
}
