use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Serialize;
use snapback_engine::archive::{Preview, Unshown};
use snapback_engine::restore;
use ts_rs::TS;

use crate::{ArchiveProblem, ChangeKind};

/// Uploaded files that a restore or a revert changes, or has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct FileChanges {
    /// Files that come back.
    pub added: u64,
    /// Files whose content changes.
    pub changed: u64,
    /// Files that go.
    pub removed: u64,
    /// Files that are as wanted; not known of a restore that is done.
    pub same: u64,
    /// Bytes that are moved into the storage.
    pub byte_count: u64,
    /// Each file that differs.
    pub files: Vec<FileChange>,
    /// Of a revert: files that others have written to since the restore.
    pub written_since: Vec<String>,
}

/// An uploaded file that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct FileChange {
    /// What becomes of it.
    pub kind: ChangeKind,
    /// Bucket and key.
    pub name: String,
    /// Bytes of what it becomes, or of what goes.
    pub byte_count: u64,
}

impl From<&restore::FilesDifference> for FileChanges {
    fn from(found: &restore::FilesDifference) -> Self {
        let restore::FilesDifference {
            added,
            replaced,
            removed,
            unchanged,
            written_since,
            findings: _,
        } = found;
        let change = |kind, bucket: &str, key: &str, byte_count| FileChange {
            kind,
            name: format!("{bucket}/{key}"),
            byte_count,
        };
        let new = |kind, entry: &snapback_engine::archive::FileEntry| {
            change(kind, &entry.bucket, &entry.key, entry.byte_count)
        };
        let comes = added.iter().map(|entry| new(ChangeKind::Added, entry));
        let changes = replaced
            .iter()
            .map(|(entry, _)| new(ChangeKind::Changed, entry));
        let goes = removed.iter().map(|file| {
            let name = &file.name;
            change(
                ChangeKind::Removed,
                &name.bucket,
                &name.key,
                file.byte_count,
            )
        });
        Self {
            added: added.len() as u64,
            changed: replaced.len() as u64,
            removed: removed.len() as u64,
            same: unchanged.len() as u64,
            byte_count: found.byte_count(),
            files: comes.chain(changes).chain(goes).collect(),
            written_since: written_since.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<&restore::ReviewedFiles> for FileChanges {
    fn from(found: &restore::ReviewedFiles) -> Self {
        let restore::ReviewedFiles {
            added,
            replaced,
            removed,
        } = found;
        let of = |kind, files: &[restore::ReviewedFile]| -> Vec<FileChange> {
            let changed = files
                .iter()
                .map(|restore::ReviewedFile { name, byte_count }| FileChange {
                    kind,
                    name: name.to_string(),
                    byte_count: *byte_count,
                });
            changed.collect()
        };
        let moved = added.iter().chain(replaced).map(|file| file.byte_count);
        Self {
            added: added.len() as u64,
            changed: replaced.len() as u64,
            removed: removed.len() as u64,
            same: 0,
            byte_count: moved.sum(),
            files: [
                of(ChangeKind::Added, added),
                of(ChangeKind::Changed, replaced),
                of(ChangeKind::Removed, removed),
            ]
            .concat(),
            written_since: Vec::new(),
        }
    }
}

/// Files that a restore or a revert, cut off after its commit, has still to put in their place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct WaitingFiles {
    /// In which storage, without keys.
    pub storage: String,
    /// From which computer it was begun.
    pub host: String,
}

impl From<&restore::PendingFiles> for WaitingFiles {
    fn from(pending: &restore::PendingFiles) -> Self {
        let restore::PendingFiles {
            id: _,
            storage,
            host,
        } = pending;
        Self {
            storage: storage.clone(),
            host: host.clone(),
        }
    }
}

/// What can be shown of an uploaded file: bytes that mean nothing more than what is seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "shown", rename_all = "snake_case")]
pub enum FilePreview {
    /// A picture.
    Picture {
        /// The whole of it as a `data:` URL.
        url: String,
    },
    /// Text.
    Text {
        /// The text, or how it begins.
        text: String,
        /// Whether that is all of it.
        is_whole: bool,
    },
    /// Nothing.
    Nothing {
        /// Why, as a sentence.
        because: String,
    },
}

impl From<Preview> for FilePreview {
    fn from(preview: Preview) -> Self {
        match preview {
            Preview::Picture { kind, bytes } => Self::Picture {
                url: format!("data:{};base64,{}", kind.media_type(), BASE64.encode(bytes)),
            },
            Preview::Text { text, is_whole } => Self::Text { text, is_whole },
            Preview::None(why) => Self::Nothing {
                because: match why {
                    Unshown::TooLarge => "This picture is too large to be shown here.",
                    Unshown::Unknown => {
                        "This is neither a picture nor text that could be shown here."
                    }
                }
                .to_owned(),
            },
        }
    }
}

/// What became of uploaded files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct FilesReport {
    /// Files that came back.
    pub added: u64,
    /// Files whose content was replaced.
    pub changed: u64,
    /// Files that went.
    pub removed: u64,
    /// Files that were as wanted.
    pub same: u64,
    /// Bytes that were moved into the storage.
    pub byte_count: u64,
    /// Files that are not as wanted, and rows that do not fit them.
    pub problems: Vec<ArchiveProblem>,
}

impl From<&restore::FilesReport> for FilesReport {
    fn from(report: &restore::FilesReport) -> Self {
        let restore::FilesReport {
            added,
            replaced,
            removed,
            unchanged,
            byte_count,
            problems,
        } = report;
        Self {
            added: *added,
            changed: *replaced,
            removed: *removed,
            same: *unchanged,
            byte_count: *byte_count,
            problems: problems.iter().map(Into::into).collect(),
        }
    }
}
