//! Which backup shows a company as it was at some moment.

use jiff::Timestamp;

use crate::archive::Kind;
use crate::library::Entry;

/// The backups of a company around a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Around<'a> {
    /// The newest that is not younger than the moment.
    pub at: Option<&'a Entry>,
    /// The oldest that is younger. What was between the two no backup shows.
    pub after: Option<&'a Entry>,
}

/// The backups of that company around a moment, safety snapshots included: these hold what was there just before a
/// restore. What a backup holds is of its snapshot's instant, whenever it was finished.
#[must_use]
pub fn around<'a>(entries: &'a [Entry], company: &str, moment: Timestamp) -> Around<'a> {
    let mut found = Around::default();
    let (mut at, mut after) = (None, None);
    for entry in entries {
        let Some(summary) = entry.summary() else {
            continue;
        };
        let is_point = match summary.kind {
            Kind::Manual | Kind::Scheduled | Kind::Safety => true,
            Kind::Template => false,
        };
        if !is_point || summary.company.id.as_str() != company {
            continue;
        }
        let of = summary.snapshot_time;
        if of <= moment && at.is_none_or(|at| of > at) {
            at = Some(of);
            found.at = Some(entry);
        }
        if of > moment && after.is_none_or(|after| of < after) {
            after = Some(of);
            found.after = Some(entry);
        }
    }
    found
}
