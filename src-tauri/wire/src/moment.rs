//! A company as it was at some moment.

use jiff::Timestamp;
use serde::Serialize;
use snapback_engine::library::Entry;
use snapback_engine::schedule::Around;
use ts_rs::TS;

/// A backup near a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct NearBackup {
    /// The archive's path.
    pub path: String,
    /// Its file's name.
    pub file: String,
    /// What the person called it.
    pub label: Option<String>,
    /// The instant that it holds, in RFC 3339.
    pub at: String,
    /// How many seconds lie between that and the moment.
    pub seconds_away: u64,
}

/// The backups around a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Moment {
    /// The moment, in RFC 3339.
    pub moment: String,
    /// The newest backup that is not younger.
    pub before: Option<NearBackup>,
    /// The oldest that is younger.
    pub after: Option<NearBackup>,
    /// How many seconds lie between the two: what changed in between no backup shows on its own.
    pub gap_seconds: Option<u64>,
}

impl Moment {
    /// What there is around that moment.
    #[must_use]
    pub fn new(moment: Timestamp, around: &Around<'_>) -> Self {
        let Around { at, after } = around;
        let seconds = |from: Timestamp, to: Timestamp| {
            u64::try_from(to.duration_since(from).abs().as_secs()).unwrap_or(0)
        };
        let near = |entry: &&Entry| {
            let summary = entry.summary()?;
            Some(NearBackup {
                path: entry.path.display().to_string(),
                file: entry.file_name(),
                label: summary.label.clone(),
                at: summary.snapshot_time.to_string(),
                seconds_away: seconds(summary.snapshot_time, moment),
            })
        };
        let (before, after) = (at.as_ref().and_then(near), after.as_ref().and_then(near));
        Self {
            moment: moment.to_string(),
            gap_seconds: before
                .as_ref()
                .zip(after.as_ref())
                .map(|(before, after)| before.seconds_away + after.seconds_away),
            before,
            after,
        }
    }
}
