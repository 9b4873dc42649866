//! The safety snapshot: the company as it was just before a restore, complete and synced on this
//! computer before anything is locked.

use jiff::Timestamp;

use super::nowhere::Nowhere;
use super::run::{Mode, Restore};
use super::wanted::Wanted;
use crate::archive::{Excluded, Finished, Kind, Manifest, TableEntry, Writer};
use crate::company::Opened;
use crate::reporter::Step;
use crate::scope::Disposition;
use crate::{Code, Error, Result};

impl Restore<'_> {
    /// Writes what the pass has read into an archive of its own, which lists the references that lead
    /// nowhere and are replaced.
    ///
    /// # Errors
    /// `disk_full`, `local_file`.
    pub(super) fn write_safety(
        &self,
        snapshot_time: Timestamp,
        replaced: &Nowhere,
    ) -> Result<(Finished, Manifest)> {
        let (opened, options) = (&*self.opened, self.options);
        let label = match (&self.mode, &self.wanted) {
            (Mode::Restore, Wanted::Archive { .. }) => "before restore",
            (Mode::Restore, Wanted::Cleaned(_)) => "before cleaning",
            (Mode::Revert(_), _) => "before revert",
        };
        let target = self
            .library
            .new_archive_path(opened.company(), options.now, Some(label))?;
        let writer = Writer::create(&target, &opened.readme_facts(snapshot_time))?;
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
            let member = writer.append(&sunk.member)?;
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
