//! The safety snapshot: the company as it was just before a restore, complete and synced on this
//! computer before anything is locked.

use std::sync::Arc;

use jiff::Timestamp;

use super::files::{FilesDifference, Storage};
use super::nowhere::Nowhere;
use super::run::{Mode, Restore};
use super::wanted::Wanted;
use crate::archive::{Excluded, FileEntry, Finished, Kind, Manifest, TableEntry, Writer};
use crate::company::Opened;
use crate::library::{Encrypt, require_space};
use crate::reporter::{Counters, Phase, Step};
use crate::rows::Spares;
use crate::scope::Disposition;
use crate::uploads::{self, Carrier};
use crate::{Code, Error, Result};

impl Restore<'_> {
    /// Writes what the pass has read into an archive of its own, which lists the references that lead
    /// nowhere and are replaced.
    ///
    /// # Errors
    /// `disk_full`, `local_file`.
    pub(super) async fn write_safety(
        &self,
        snapshot_time: Timestamp,
        replaced: &Nowhere,
        files: Option<&FilesDifference>,
    ) -> Result<(Finished, Manifest)> {
        let (opened, options) = (&*self.opened, self.options);
        let label = match (&self.mode, &self.wanted) {
            (Mode::Restore, Wanted::Archive { .. } | Wanted::Picked(_)) => "before restore",
            (Mode::Restore, Wanted::Cleaned(_)) => "before cleaning",
            (Mode::Revert(_), _) => "before revert",
        };
        let target = self
            .library
            .new_archive_path(opened.company(), options.now, Some(label))?;
        let facts = opened.readme_facts(snapshot_time);
        let writer = self
            .library
            .begin_archive(&target, &facts, &Encrypt::AsTheLibrary)?;
        let writer = Arc::new(writer);
        self.reporter.step(Step::ArchiveBegun);
        let mut entries = Vec::new();
        for (table, passed) in &self.passed {
            let no_rows = || {
                Error::new(
                    Code::Defect,
                    "A table was read without being kept for the safety snapshot.",
                )
            };
            let sunk = passed.sunk.as_ref().ok_or_else(no_rows)?;
            let member = writer.append(sunk)?;
            let (disposition, area) = opened.archived_disposition(table)?;
            let (columns, key_columns) = (passed.columns.clone(), passed.key_columns.clone());
            entries.push(TableEntry::new(
                table.clone(),
                area,
                disposition,
                columns,
                key_columns,
                member,
            ));
        }
        let mut manifest = opened.manifest(Kind::Safety, &options.actor, snapshot_time, entries);
        manifest.label = Some(label.to_owned());
        manifest.excluded = excluded(opened);
        manifest.broken_references = self.wanted.broken_references(replaced);
        if let (Some(storage), Some(files)) = (&self.storage, files) {
            manifest.files = Some(self.keep_files(storage, files, &writer).await?);
            manifest.known_files.clone_from(&files.unchanged);
        }
        let writer = Arc::into_inner(writer)
            .ok_or_else(|| Error::new(Code::Defect, "A worker still holds the archive."))?;
        let sealed = writer.seal(manifest)?;
        self.reporter.step(Step::ArchiveSealed);
        self.library
            .note_made(sealed.manifest(), sealed.finished())?;
        self.reporter.step(Step::OriginNoted);
        let published = sealed.publish()?;
        self.reporter.step(Step::ArchivePublished);
        Ok(published)
    }
}

impl Restore<'_> {
    /// Brings the content of every file that the restore touches into the safety snapshot.
    ///
    /// # Errors
    /// `changed_meanwhile` where one is not what was compared any more; `disk_full`; those of the store.
    async fn keep_files(
        &self,
        storage: &Storage,
        files: &FilesDifference,
        writer: &Arc<Writer>,
    ) -> Result<Vec<FileEntry>> {
        let touched = files.touched();
        let byte_count: u64 = touched.iter().map(|file| file.byte_count).sum();
        require_space(self.library.folder(), byte_count)?;
        let counters = Arc::new(Counters::default());
        self.reporter
            .phase(Phase::ReadingFiles, Some(byte_count), Arc::clone(&counters));
        let carrier = Carrier {
            store: storage.store.as_ref(),
            writer,
            spill_folder: self.library.spool_folder().to_owned(),
            presses: Spares::default(),
            counters,
            cancel: self.cancel.clone(),
        };
        let count = touched.len();
        let carried = uploads::carry(&carrier, touched).await?;
        if carried.entries.len() == count && carried.problems.is_empty() {
            return Ok(carried.entries);
        }
        Err(Error::new(
            Code::ChangedMeanwhile,
            "Others changed files of the company while this was under way.",
        )
        .hint("Try again in a quieter moment; nothing was changed."))
    }
}

fn excluded(opened: &Opened) -> Vec<Excluded> {
    let tables = opened
        .scope
        .tables
        .iter()
        .filter_map(|(table, found)| match &found.disposition {
            Disposition::Excluded { reason, because } => Some(Excluded {
                table: table.clone(),
                reason: *reason,
                because: because.clone(),
                row_count: None,
            }),
            _ => None,
        });
    tables.collect()
}
