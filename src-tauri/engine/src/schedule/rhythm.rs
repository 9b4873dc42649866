//! When a schedule's backups are due.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use crate::{Code, Error, Result};

/// How often, written as `6h`, `daily@02:00` or `sunday@03:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rhythm {
    /// Every so many hours, 1 to 168, counted from 1970: no change of clocks moves them.
    Hours(u8),
    /// Every day at that time of the schedule's zone. Where clocks leave it out, as much later as they skip;
    /// where they have it twice, the first time.
    Daily(Time),
    /// Every week on that day, as [`Rhythm::Daily`].
    Weekly(Weekday, Time),
}

/// The three that are offered to whoever has no wishes: how often, and for how many days backups are kept.
pub const USUAL: [(&str, u32); 3] = [("6h", 7), ("daily@02:00", 30), ("sunday@03:00", 90)];

const MOST_HOURS: u8 = 168;
const HOUR: i64 = 3_600;

const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

impl Rhythm {
    /// The last moment up to `now` at which a backup was due.
    ///
    /// # Errors
    /// `usage` for a moment at the end of time.
    pub fn last(self, zone: &TimeZone, now: Timestamp) -> Result<Timestamp> {
        let found = match self {
            Self::Hours(hours) => {
                let length = i64::from(hours) * HOUR;
                let seconds = now.as_second().div_euclid(length) * length;
                Timestamp::from_second(seconds).ok()
            }
            Self::Daily(_) | Self::Weekly(..) => self
                .around(zone, now, -9, 0)
                .filter(|moment| *moment <= now)
                .max(),
        };
        found.ok_or_else(beyond)
    }

    /// The first moment after `now` at which a backup will be due.
    ///
    /// # Errors
    /// `usage` for a moment at the end of time.
    pub fn next(self, zone: &TimeZone, now: Timestamp) -> Result<Timestamp> {
        let found = match self {
            Self::Hours(hours) => self
                .last(zone, now)?
                .checked_add(SignedDuration::from_hours(i64::from(hours)))
                .ok(),
            Self::Daily(_) | Self::Weekly(..) => self
                .around(zone, now, 0, 9)
                .filter(|moment| *moment > now)
                .min(),
        };
        found.ok_or_else(beyond)
    }

    /// The longest time between two backups: a day on which clocks are set back has 25 hours.
    #[must_use]
    pub fn longest_gap(self) -> SignedDuration {
        let hours = match self {
            Self::Hours(hours) => i64::from(hours),
            Self::Daily(_) => 25,
            Self::Weekly(..) => 7 * 24 + 1,
        };
        SignedDuration::from_hours(hours)
    }

    /// The moments of the days from so many before `now` to so many after it. Nine days have a weekday at
    /// least once though a zone may leave a whole day out.
    fn around(
        self,
        zone: &TimeZone,
        now: Timestamp,
        first: i32,
        last: i32,
    ) -> impl Iterator<Item = Timestamp> {
        let (day, time) = match self {
            Self::Weekly(day, time) => (Some(day), time),
            Self::Daily(time) => (None, time),
            Self::Hours(_) => (None, Time::midnight()),
        };
        let today = now.to_zoned(zone.clone()).date();
        let zone = zone.clone();
        let date = move |offset: i32| -> Option<Date> {
            today.checked_add(Span::new().try_days(offset).ok()?).ok()
        };
        (first..=last)
            .filter_map(date)
            .filter(move |date| day.is_none_or(|day| date.weekday() == day))
            .filter_map(move |date| {
                let moment = date.to_datetime(time).to_zoned(zone.clone());
                moment.ok().map(|moment| moment.timestamp())
            })
    }
}

fn beyond() -> Error {
    Error::new(Code::Usage, "There is no such moment in any calendar.")
}

impl fmt::Display for Rhythm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |day: Weekday| {
            let found = DAYS.iter().find(|(_, known)| *known == day);
            found.map_or("", |(name, _)| *name)
        };
        match self {
            Self::Hours(hours) => write!(f, "{hours}h"),
            Self::Daily(time) => write!(f, "daily@{}", time.strftime("%H:%M")),
            Self::Weekly(day, time) => {
                write!(f, "{}@{}", name(*day), time.strftime("%H:%M"))
            }
        }
    }
}

impl FromStr for Rhythm {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || {
            Error::new(Code::Usage, "This is no rhythm of backups.")
                .hint("Write 6h, daily@02:00 or sunday@03:00; hours are 1 to 168.")
        };
        if let Some(hours) = text.strip_suffix('h') {
            return match hours.parse() {
                Ok(hours @ 1..=MOST_HOURS) => Ok(Self::Hours(hours)),
                _ => Err(wrong()),
            };
        }
        let (day, time) = text.split_once('@').ok_or_else(wrong)?;
        let time = Time::strptime("%H:%M", time).map_err(|_| wrong())?;
        let day = day.to_ascii_lowercase();
        if day == "daily" {
            return Ok(Self::Daily(time));
        }
        let found = DAYS.iter().find(|(name, _)| *name == day);
        found.map_or_else(|| Err(wrong()), |(_, day)| Ok(Self::Weekly(*day, time)))
    }
}
