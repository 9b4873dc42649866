//! `restore --at`: the backup that shows a company as it was.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, fmt::temporal};
use snapback_engine::company::Opened;
use snapback_engine::library::{Entry, Library};
use snapback_engine::schedule::around;
use snapback_engine::{Code, Error};
use snapback_host::timer;
use snapback_wire::{Moment, NearBackup};

use super::status::age;
use crate::failure::{Result, usage};
use crate::format::time;
use crate::output;

/// Reads a moment: with a zone as it is, without one by this computer's clock.
pub(super) fn parsed(text: &str) -> Result<Timestamp> {
    let parser = temporal::DateTimeParser::new();
    if let Ok(at) = parser.parse_timestamp(text) {
        return Ok(at);
    }
    let zone = TimeZone::get(&timer::zone()).unwrap_or(TimeZone::UTC);
    let civil: Option<DateTime> = parser.parse_datetime(text).ok();
    // Of an hour that the clock shows twice the first is meant, so that the backup is none of after it.
    let at = civil.and_then(|civil| zone.to_ambiguous_timestamp(civil).earlier().ok());
    at.ok_or_else(|| {
        usage(
            "This moment cannot be read.",
            "Write it as in --at \"2026-05-04 15:00\", or --at 2026-05-04T15:00:00Z.",
        )
    })
}

/// The newest backup of that company that is not younger.
pub(super) fn pick(
    library: &Library,
    opened: &Opened,
    moment: Timestamp,
) -> Result<(Entry, Moment)> {
    let entries = library.list()?;
    let found = around(&entries, opened.company().id.as_str(), moment);
    let shown = Moment::new(moment, &found);
    let Some(entry) = found.at else {
        let error = Error::new(
            Code::NoSuchArchive,
            "There is no backup of this company that is as old as that.",
        );
        return Err(match &shown.after {
            Some(oldest) => error.hint(format!("The oldest is of {}.", time(&oldest.at))),
            None => error.hint("There is none of it at all."),
        }
        .into());
    };
    Ok((entry.clone(), shown))
}

/// How far the backup is from the moment, and what is next to it.
pub(super) fn text(moment: &Moment) -> String {
    let label = |near: &NearBackup| {
        let label = near.label.as_deref().map(output::printable);
        label.map_or_else(String::new, |label| format!(" \"{label}\""))
    };
    let mut text = format!("As it was on {}", time(&moment.moment));
    if let Some(before) = &moment.before {
        text.push_str(&format!(
            ": the newest backup before that{} is of {}, {} earlier.\n",
            label(before),
            time(&before.at),
            age(before.seconds_away),
        ));
    }
    match (&moment.after, moment.gap_seconds) {
        (Some(after), Some(gap)) => text.push_str(&format!(
            "The next one{} is of {}, {} later; no backup shows what was in between ({}).\n",
            label(after),
            time(&after.at),
            age(after.seconds_away),
            age(gap),
        )),
        _ => text.push_str("There is no later backup.\n"),
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_with_and_without_a_zone() {
        let at = parsed("2026-05-04T15:00:00Z").unwrap();
        assert_eq!(at.to_string(), "2026-05-04T15:00:00Z");
        assert_eq!(parsed("2026-05-04 17:00+02:00").unwrap(), at);
        let here = TimeZone::get(&timer::zone()).unwrap();
        let civil = |at: Timestamp| here.to_datetime(at).to_string();
        assert_eq!(
            civil(parsed("2026-05-04 15:00").unwrap()),
            "2026-05-04T15:00:00"
        );
        assert_eq!(civil(parsed("2026-05-04").unwrap()), "2026-05-04T00:00:00");
        for wrong in ["", "yesterday", "15:00", "2026-13-01 15:00"] {
            assert_eq!(parsed(wrong).unwrap_err().exit_code, 2, "{wrong}");
        }
    }
}
