//! Which backups may go: of those that schedules made, the ones whose time is over.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::Result;
use crate::archive::{Kind, Summary};
use crate::library::{Entry, Library};

/// Days for which a safety snapshot stays once its restore was kept.
const SAFETY_DAYS: u32 = 30;

/// Why a backup stays, or that it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It goes: its time was over at that moment.
    Goes(Timestamp),
    /// It is kept until then.
    Until(Timestamp),
    /// A person made it, or a restore needs it: only a person takes it away.
    ByHand,
    /// A person has pinned it.
    Pinned,
    /// A review needs it.
    UnderReview,
    /// It is the newest good backup of its company.
    Newest,
    /// Nobody has noted how long it is to be kept: it comes from another library.
    Unknown,
    /// It cannot be read, so nobody can say whose it is.
    Broken,
}

/// An archive and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The archive.
    pub entry: Entry,
    /// What becomes of it.
    pub fate: Fate,
}

/// What is known of the archives of a library beside what is in them.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// Days for which schedules said that archives are to be kept.
    pub keep_days: BTreeMap<Uuid, u32>,
    /// Archives that a person has pinned.
    pub pinned: BTreeSet<Uuid>,
    /// Archives that reviews need.
    pub under_review: Vec<PathBuf>,
}

impl Standing {
    /// Reads what the library knows.
    ///
    /// # Errors
    /// `local_file`.
    pub fn read(library: &Library, entries: &[Entry], under_review: Vec<PathBuf>) -> Result<Self> {
        let mut keep_days = BTreeMap::new();
        for summary in entries.iter().filter_map(Entry::summary) {
            if let Some(days) = library.kept_for(summary.id)? {
                keep_days.insert(summary.id, days);
            }
        }
        Ok(Self {
            keep_days,
            pinned: library.pinned()?,
            under_review,
        })
    }
}

/// Notes that the restore before which a safety snapshot was taken was kept: it goes 30 days from now, unless
/// it is the company's newest or pinned. Where this library did not make it, nothing happens.
///
/// # Errors
/// `local_file`, `disk_full`.
pub fn let_go(library: &Library, safety: &Path, now: Timestamp) -> Result<()> {
    let entry = library.entry(safety.to_owned())?;
    let Some(summary) = entry.summary() else {
        return Ok(());
    };
    // Days are counted from the instant that an archive holds.
    let hours = now.duration_since(summary.snapshot_time).as_hours();
    let days = u32::try_from(hours / 24 + 1).unwrap_or(0);
    library.note_kept_for(summary.id, days.saturating_add(SAFETY_DAYS))
}

/// Says of each archive what becomes of it. Only what a schedule made ever goes, and safety snapshots of
/// restores that were kept; never the newest good backup of a company, nor its newest safety snapshot.
#[must_use]
pub fn judge(entries: Vec<Entry>, standing: &Standing, now: Timestamp) -> Vec<Judged> {
    // A safety snapshot is the state before a restore, which somebody did not want: no backup takes its
    // place, and it takes the place of none.
    let group = |summary: &Summary| {
        let is_safety = match summary.kind {
            Kind::Manual | Kind::Scheduled => false,
            Kind::Safety => true,
            Kind::Template => return None,
        };
        Some((summary.company.id.to_string(), is_safety))
    };
    let mut newest: BTreeMap<(String, bool), (Timestamp, Uuid)> = BTreeMap::new();
    for summary in entries.iter().filter_map(Entry::summary) {
        if let Some(group) = group(summary) {
            let this = (summary.snapshot_time, summary.id);
            let best = newest.entry(group).or_insert(this);
            *best = this.max(*best);
        }
    }
    let fate = |entry: &Entry| {
        let Some(summary) = entry.summary() else {
            return Fate::Broken;
        };
        if standing.under_review.contains(&entry.path) {
            return Fate::UnderReview;
        }
        if standing.pinned.contains(&summary.id) {
            return Fate::Pinned;
        }
        let days = match (summary.kind, standing.keep_days.get(&summary.id)) {
            (Kind::Scheduled | Kind::Safety, Some(days)) => days,
            (Kind::Scheduled, None) => return Fate::Unknown,
            (Kind::Safety, None) | (Kind::Manual | Kind::Template, _) => return Fate::ByHand,
        };
        let age = SignedDuration::from_hours(24 * i64::from(*days));
        let until = summary.snapshot_time.checked_add(age);
        // A time beyond every calendar never comes.
        let until = until.unwrap_or(Timestamp::MAX);
        let best = group(summary).and_then(|group| newest.get(&group));
        let is_newest = best.is_some_and(|(_, id)| *id == summary.id);
        match (until <= now, is_newest) {
            (false, _) => Fate::Until(until),
            (true, true) => Fate::Newest,
            (true, false) => Fate::Goes(until),
        }
    };
    let judged = entries.into_iter().map(|entry| Judged {
        fate: fate(&entry),
        entry,
    });
    judged.collect()
}
