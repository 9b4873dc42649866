//! Uploaded files of a restore: what differs is put aside in the storage before the commit, the commit
//! writes down in schema `snapback` what is to become of it, and then each file is switched. Whoever
//! comes next, from any computer, can go on from what is written there.

mod compare;
mod fresh;
mod objects;
mod pending;
mod reviewed;
mod settle;
mod stage;
mod switch;

use std::sync::Arc;

pub use compare::FilesDifference;
pub(super) use compare::{compare, with_files};
pub(crate) use fresh::FreshFiles;
pub(super) use pending::{
    NOTHING_CAME, find_written_since, forget_closed, forget_review, refuse_pending, storage_needed,
};
pub use pending::{PendingFiles, clear_away, finish_files, pending_files};
pub(super) use reviewed::reviewed_files;
pub use reviewed::{ReviewedFile, ReviewedFiles};
pub(super) use settle::settle_work;
pub(super) use stage::{record, stage, unstage};
pub use switch::FilesReport;

use super::options::RestoreOptions;
use super::wanted::Wanted;
use crate::archive::FileEntry;
use crate::company::Opened;
use crate::files::{FileName, Place, Store, StoredFile, Versions};
use crate::model::TableName;
use crate::uploads;
use crate::{Code, Error, Result};

/// The storage that a restore works on.
pub(super) struct Storage {
    pub(super) store: Arc<dyn Store>,
    pub(super) places: Vec<Place>,
}

impl Storage {
    /// The table whose rows a restore writes along with the files, since they say which version of a file
    /// counts.
    pub(super) fn written_rows(&self, opened: &Opened) -> Option<TableName> {
        let rule = opened.profile.files.as_ref()?;
        let written = rule.objects.as_ref()?;
        is_of_rows(self.store.as_ref()).then(|| opened.profile.table_name(written))
    }

    /// The storage of a restore that brings files back too; `None` for the rows alone.
    ///
    /// # Errors
    /// `usage` where the backup has none; `archive_unsafe_path` where one would lie elsewhere than
    /// among the company's.
    pub(super) fn of(
        opened: &Opened,
        wanted: &Wanted<'_>,
        options: &RestoreOptions,
    ) -> Result<Option<Self>> {
        let (Some(store), Some(reader)) = (&options.files, wanted.reader()) else {
            return Ok(None);
        };
        let wanted = reader.manifest();
        let Some(files) = &wanted.files else {
            return Err(
                Error::new(Code::Usage, "This backup was made without uploaded files.")
                    .hint("Restore its rows alone (without --files); the files stay as they are."),
            );
        };
        let places = uploads::places(opened)?;
        let names = files.iter().map(name_of);
        let known = wanted.known_files.iter();
        let known = known.map(|known| FileName::new(known.bucket.clone(), known.key.clone()));
        for name in names.chain(known) {
            if !places.iter().any(|place| place.holds(&name)) {
                return Err(Error::new(
                    Code::ArchiveUnsafePath,
                    "A file of the archive would lie elsewhere than among the company's files.",
                )
                .with("file", &name));
            }
        }
        Ok(Some(Self {
            store: Arc::clone(store),
            places,
        }))
    }
}

/// What is done to one file.
#[derive(Debug, Clone)]
pub(super) struct Move {
    pub(super) name: FileName,
    /// The file that was found; `None` where there was none.
    pub(super) found: Option<StoredFile>,
    /// Where the new content waits, and what it is; `None` where the file goes.
    pub(super) new: Option<NewContent>,
}

/// New content of a file.
#[derive(Debug, Clone)]
pub(super) struct NewContent {
    pub(super) waits_as: String,
    pub(super) entry: FileEntry,
}

pub(super) fn name_of(entry: &FileEntry) -> FileName {
    FileName::new(entry.bucket.clone(), entry.key.clone())
}

/// Whether rows of the database say which version of a file counts.
fn is_of_rows(store: &dyn Store) -> bool {
    store.versions() == Versions::OfRows
}
