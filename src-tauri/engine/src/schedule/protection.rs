//! How well each company is protected by now, from the library alone.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{Book, Run, Schedule, Whose};
use crate::Result;
use crate::archive::{Kind, Summary};
use crate::library::Entry;

/// So much later than promised is not late: backups take a while, and timers fire in steps.
const GRACE: SignedDuration = SignedDuration::from_hours(1);

/// One company that there are backups or schedules of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protection {
    /// Its id.
    pub company: String,
    /// Its name, as the newest of its backups or its schedule has it.
    pub name: String,
    /// Its newest good backup that is no safety snapshot.
    pub newest: Option<NewestBackup>,
    /// Its good backups, without safety snapshots.
    pub backup_count: u64,
    /// Bytes of all of its archives, safety snapshots included.
    pub total_bytes: u64,
    /// When its next backup will be due, where a schedule makes any.
    pub next: Option<Timestamp>,
    /// How often scheduled backups failed since the last that was made.
    pub failures: u32,
    /// The code of the last such failure.
    pub last_failure: Option<String>,
    /// Whether there was no good backup for longer than its schedules promise.
    pub is_overdue: bool,
}

/// The newest good backup of a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewestBackup {
    /// Its archive.
    pub archive: Uuid,
    /// The instant that it holds.
    pub at: Timestamp,
    /// Bytes of the archive.
    pub size_bytes: u64,
}

/// Every company that there are backups or schedules of, by name.
///
/// # Errors
/// As [`Schedule::due`].
pub fn protection(book: &Book<'_>, entries: &[Entry], now: Timestamp) -> Result<Vec<Protection>> {
    let mut companies: BTreeMap<String, Protection> = BTreeMap::new();
    // Newest first, so that the first name is today's.
    for entry in entries {
        let Some(summary) = entry.summary() else {
            continue;
        };
        let id = summary.company.id.to_string();
        let company = companies
            .entry(id)
            .or_insert_with_key(|id| Protection::of(id, &summary.company.name));
        company.count(entry, summary);
    }
    for schedule in book.schedules() {
        if let Whose::One { id, name } = &schedule.whose {
            companies
                .entry(id.clone())
                .or_insert_with(|| Protection::of(id, name));
        }
    }
    for company in companies.values_mut() {
        for schedule in book.schedules() {
            let run = book.run(schedule.number, &company.company);
            let is_meant = match &schedule.whose {
                Whose::One { id, .. } => *id == company.company,
                // Whether it is still there only the database knows: what was backed up once counts, and before the
                // first run everything.
                Whose::Every => run.is_some() || !book.has_run(schedule),
            };
            if is_meant {
                company.promise(schedule, run, now)?;
            }
        }
    }
    let mut found: Vec<Protection> = companies.into_values().collect();
    found.sort_by(|one, other| (&one.name, &one.company).cmp(&(&other.name, &other.company)));
    Ok(found)
}

impl Protection {
    fn of(id: &str, name: &str) -> Self {
        Self {
            company: id.to_owned(),
            name: name.to_owned(),
            newest: None,
            backup_count: 0,
            total_bytes: 0,
            next: None,
            failures: 0,
            last_failure: None,
            is_overdue: false,
        }
    }

    fn count(&mut self, entry: &Entry, summary: &Summary) {
        self.total_bytes += entry.size_bytes;
        if !matches!(summary.kind, Kind::Manual | Kind::Scheduled) {
            return;
        }
        self.backup_count += 1;
        if self
            .newest
            .is_none_or(|newest| newest.at < summary.snapshot_time)
        {
            self.newest = Some(NewestBackup {
                archive: summary.id,
                at: summary.snapshot_time,
                size_bytes: entry.size_bytes,
            });
        }
    }

    fn promise(&mut self, schedule: &Schedule, run: Option<&Run>, now: Timestamp) -> Result<()> {
        if let Some(run) = run.filter(|run| run.failures > 0) {
            self.failures += run.failures;
            self.last_failure.clone_from(&run.last_failure);
        }
        // What is handed over is no backup, and promises none.
        if schedule.handing.is_some() {
            return Ok(());
        }
        let next = match schedule.due(run, now)? {
            Some(moment) => moment,
            None => schedule.next(now)?,
        };
        self.next = Some(self.next.map_or(next, |known| known.min(next)));
        let good = self
            .newest
            .map_or(schedule.since, |newest| newest.at.max(schedule.since));
        let late = now.duration_since(good) > schedule.rhythm()?.longest_gap() + GRACE;
        self.is_overdue = self.is_overdue || late;
        Ok(())
    }
}
