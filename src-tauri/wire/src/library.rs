use std::path::PathBuf;

use serde::Serialize;
use snapback_engine::library::Added;
use ts_rs::TS;

use crate::ArchiveEntry;

/// What became of an archive that was to be added to the library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct AddReport {
    /// The archive as it lies in the library.
    pub archive: ArchiveEntry,
    /// Whether the same bytes lay there already, so that nothing was copied.
    pub was_known: bool,
}

impl From<&Added> for AddReport {
    fn from(added: &Added) -> Self {
        let (entry, was_known) = match added {
            Added::New(entry) => (entry, false),
            Added::Known(entry) => (entry, true),
        };
        Self {
            archive: entry.into(),
            was_known,
        }
    }
}

/// Copies of archives that were made outside the library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct CopyReport {
    /// Where they are.
    pub paths: Vec<String>,
}

impl CopyReport {
    /// The report on those files.
    #[must_use]
    pub fn new(paths: &[PathBuf]) -> Self {
        let shown = paths.iter().map(|path| path.display().to_string());
        Self {
            paths: shown.collect(),
        }
    }
}
