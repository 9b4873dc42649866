//! The schedules of a library and what became of their backups.

use std::collections::BTreeMap;
use std::fs::File;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Handing, Rhythm};
use crate::library::Library;
use crate::{Code, Error, Result};

/// The journal of the schedules.
const JOURNAL: &str = "schedules";
/// The journal of what became of them.
const RUNS: &str = "scheduled-runs";
/// What is locked while somebody runs what is due.
const LOCK: &str = "scheduled-runs";
/// In place of a company's id: all that a schedule for every company means.
const EVERY: &str = "";
/// A run that is noted so much later than now was noted by a clock that was wrong.
const WRONG_CLOCK: SignedDuration = SignedDuration::from_hours(1);
/// The longest that a backup can be kept: a hundred years.
const MOST_DAYS: u32 = 36_525;

/// Which companies a schedule backs up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// Every company of the database, those that come later too.
    Every,
    /// One, by its id, with the name that it had.
    One {
        /// Its id.
        id: String,
        /// Its name, for people.
        name: String,
    },
}

/// Backups that are made by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Tells it from the others of the library; given by [`Book::add`], from 1.
    #[serde(default)]
    pub number: u32,
    /// Whose.
    pub whose: Whose,
    /// How often, as [`Rhythm`] is written.
    pub rhythm: String,
    /// The zone of its times of day, by its name in the time zone database.
    pub zone: String,
    /// Days after which its backups may go.
    pub keep_days: u32,
    /// Whether the uploaded files come along.
    pub files: bool,
    /// The saved connection by whose name the database is opened; none where the surroundings name it.
    pub connection: Option<String>,
    /// The database, without user and password: another one is not backed up by this.
    pub database: String,
    /// The profile, by its name or file; none where the connection or the surroundings name it.
    pub profile: Option<String>,
    /// Since when: what was due before is not made up for.
    pub since: Timestamp,
    /// What it hands over, in place of making a backup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handing: Option<Handing>,
}

impl Schedule {
    /// How often.
    ///
    /// # Errors
    /// `usage` where what is noted cannot be read.
    pub fn rhythm(&self) -> Result<Rhythm> {
        self.rhythm.parse()
    }

    /// The zone of its times of day.
    ///
    /// # Errors
    /// `usage` where this computer knows no such zone.
    pub fn zone(&self) -> Result<TimeZone> {
        TimeZone::get(&self.zone).map_err(|_| {
            Error::new(Code::Usage, "This computer knows no such time zone.")
                .with("zone", &self.zone)
                .hint("Name one as Europe/Berlin or UTC.")
        })
    }

    /// When the next backup will be due.
    ///
    /// # Errors
    /// As [`Schedule::rhythm`] and [`Schedule::zone`].
    pub fn next(&self, now: Timestamp) -> Result<Timestamp> {
        self.rhythm()?.next(&self.zone()?, now)
    }

    /// The moment for which a backup is due now, if one is. Of several that were missed, the last: one
    /// backup makes up for all.
    ///
    /// # Errors
    /// As [`Schedule::rhythm`] and [`Schedule::zone`].
    pub fn due(&self, run: Option<&Run>, now: Timestamp) -> Result<Option<Timestamp>> {
        let last = self.rhythm()?.last(&self.zone()?, now)?;
        let done = run.and_then(|run| run.done_for);
        // A clock that was ahead must not keep backups from being made until it is that time.
        let done = done.filter(|done| done.duration_since(now) <= WRONG_CLOCK);
        let begins = done.unwrap_or(self.since);
        Ok((last > begins).then_some(last))
    }
}

/// What became of a schedule's backups of one company.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The moment for which the last backup was made.
    pub done_for: Option<Timestamp>,
    /// When it was made.
    pub done_at: Option<Timestamp>,
    /// How often it failed since.
    #[serde(default)]
    pub failures: u32,
    /// The code of the last failure since.
    #[serde(default)]
    pub last_failure: Option<String>,
}

/// Runs by schedule, and by company's id.
type Runs = BTreeMap<u32, BTreeMap<String, Run>>;

/// A backup that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// By which schedule.
    pub schedule: u32,
    /// The company's id.
    pub company: String,
    /// The moment for which it is.
    pub moment: Timestamp,
}

/// The schedules of a library.
pub struct Book<'a> {
    library: &'a Library,
    schedules: Vec<Schedule>,
    runs: Runs,
}

impl<'a> Book<'a> {
    /// Opens the book of a library.
    ///
    /// # Errors
    /// `local_file`.
    pub fn open(library: &'a Library) -> Result<Self> {
        Ok(Self {
            library,
            schedules: library.read_state(JOURNAL)?.unwrap_or_default(),
            runs: library.read_state(RUNS)?.unwrap_or_default(),
        })
    }

    /// The schedules, in the order in which they were added.
    #[must_use]
    pub fn schedules(&self) -> &[Schedule] {
        &self.schedules
    }

    /// The schedule of that number.
    ///
    /// # Errors
    /// `no_such_schedule`.
    pub fn schedule(&self, number: u32) -> Result<&Schedule> {
        let found = self.schedules.iter().find(|one| one.number == number);
        found.ok_or_else(|| no_such(number))
    }

    /// Adds a schedule and gives it its number.
    ///
    /// # Errors
    /// `usage` where it is kept for no day or more than a hundred years, or its rhythm or zone cannot be
    /// read; `local_file`, `disk_full`.
    pub fn add(&mut self, mut schedule: Schedule) -> Result<&Schedule> {
        schedule.next(schedule.since)?;
        if !(1..=MOST_DAYS).contains(&schedule.keep_days) {
            return Err(
                Error::new(Code::Usage, "A backup is kept for at least a day.")
                    .hint("Days are 1 to 36525."),
            );
        }
        let highest = self.schedules.iter().map(|one| one.number).max();
        // Numbers of schedules that are gone are not given again while something is noted of them.
        let noted = self.runs.keys().max().copied();
        schedule.number = highest.max(noted).unwrap_or(0) + 1;
        self.schedules.push(schedule);
        self.library.write_state(JOURNAL, &self.schedules)?;
        self.schedules.last().ok_or_else(|| no_such(0))
    }

    /// Takes a schedule away. Its backups stay, for as long as they were to be kept.
    ///
    /// # Errors
    /// `no_such_schedule`; `local_file`, `disk_full`.
    pub fn remove(&mut self, number: u32) -> Result<Schedule> {
        let place = self.schedules.iter().position(|one| one.number == number);
        let removed = self.schedules.remove(place.ok_or_else(|| no_such(number))?);
        self.library.write_state(JOURNAL, &self.schedules)?;
        Ok(removed)
    }

    /// What became of a schedule's backups of a company.
    #[must_use]
    pub fn run(&self, schedule: u32, company: &str) -> Option<&Run> {
        self.runs.get(&schedule)?.get(company)
    }

    /// Whether something is noted of a schedule's backups.
    #[must_use]
    pub fn has_run(&self, schedule: &Schedule) -> bool {
        let noted = self.runs.get(&schedule.number);
        noted.is_some_and(|companies| !companies.is_empty())
    }

    /// The companies that a schedule means, as far as they are known without asking the database.
    #[must_use]
    pub fn known(&self, schedule: &Schedule) -> Vec<String> {
        match &schedule.whose {
            Whose::One { id, .. } => vec![id.clone()],
            Whose::Every => {
                let noted = self.runs.get(&schedule.number).into_iter().flatten();
                let ids = noted.map(|(company, _)| company.clone());
                ids.filter(|company| company != EVERY).collect()
            }
        }
    }

    /// The moment for which backups of a schedule are due now, if any are: told without asking the database
    /// which companies there are.
    ///
    /// # Errors
    /// As [`Schedule::due`].
    pub fn moment(&self, schedule: &Schedule, now: Timestamp) -> Result<Option<Timestamp>> {
        let company = match &schedule.whose {
            Whose::Every => EVERY,
            Whose::One { id, .. } => id,
        };
        schedule.due(self.run(schedule.number, company), now)
    }

    /// The companies, of those that the schedule may mean, whose backup is due.
    ///
    /// # Errors
    /// As [`Schedule::due`].
    pub fn due(
        &self,
        schedule: &Schedule,
        companies: &[String],
        now: Timestamp,
    ) -> Result<Vec<Due>> {
        let mut due = Vec::new();
        for company in companies {
            if let Whose::One { id, .. } = &schedule.whose
                && id != company
            {
                continue;
            }
            let run = self.run(schedule.number, company);
            due.extend(schedule.due(run, now)?.map(|moment| Due {
                schedule: schedule.number,
                company: company.clone(),
                moment,
            }));
        }
        Ok(due)
    }

    /// Notes that a backup was made.
    ///
    /// # Errors
    /// `local_file`, `disk_full`.
    pub fn note_done(&mut self, due: &Due, now: Timestamp) -> Result<()> {
        *self.noted(due) = Run {
            done_for: Some(due.moment),
            done_at: Some(now),
            failures: 0,
            last_failure: None,
        };
        self.library.write_state(RUNS, &self.runs)
    }

    /// Notes that nothing of a schedule is due for that moment any more: companies that are made later come
    /// with the next.
    ///
    /// # Errors
    /// `local_file`, `disk_full`.
    pub fn note_all_done(
        &mut self,
        schedule: &Schedule,
        moment: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        if schedule.whose != Whose::Every {
            return Ok(());
        }
        let all = Due {
            schedule: schedule.number,
            company: EVERY.to_owned(),
            moment,
        };
        self.note_done(&all, now)
    }

    /// Notes that a backup failed with that code; it stays due.
    ///
    /// # Errors
    /// `local_file`, `disk_full`.
    pub fn note_failed(&mut self, due: &Due, code: &str) -> Result<()> {
        let run = self.noted(due);
        run.failures = run.failures.saturating_add(1);
        run.last_failure = Some(code.to_owned());
        self.library.write_state(RUNS, &self.runs)
    }

    fn noted(&mut self, due: &Due) -> &mut Run {
        let runs = self.runs.entry(due.schedule).or_default();
        runs.entry(due.company.clone()).or_default()
    }

    /// Makes sure that nobody else runs what is due in this library, until the file is closed; `None` where
    /// somebody does.
    ///
    /// # Errors
    /// `local_file`.
    pub fn hold_runs(library: &Library) -> Result<Option<File>> {
        library.hold(LOCK)
    }
}

fn no_such(number: u32) -> Error {
    Error::new(Code::NoSuchSchedule, "There is no schedule of that number.")
        .with("schedule", number)
        .hint("`snapback schedule list` shows them.")
}
