//! Backups that are made by themselves, and how well companies are protected.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use snapback_engine::Code;
use snapback_engine::alerts::{AlertBook, Facts, alerts};
use snapback_engine::company::{Role, Roles};
use snapback_engine::library::{Entry, Library, free_space};
use snapback_engine::model::Profile;
use snapback_engine::places::PlaceBook;
use snapback_engine::proof::{LastProof, last_proofs};
use snapback_engine::schedule::{self, Book, Fate, Judged, Protection, Schedule, Whose};
use ts_rs::TS;

use crate::{
    Alert, AlertChannel, ArchiveEntry, LibraryKeys, PlaceState, PlaceSync, ProofReport,
    ProofVerdict, ToldChannel, WireError,
};

/// A schedule of a library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ScheduleEntry {
    /// Its number.
    pub number: u32,
    /// The company's id; none where every company is meant.
    pub company: Option<String>,
    /// The company's name, as it was when the schedule was added.
    pub company_name: Option<String>,
    /// How often, such as `6h`, `daily@02:00` or `sunday@03:00`.
    pub rhythm: String,
    /// The zone of its times of day.
    pub zone: String,
    /// Days after which its backups go.
    pub keep_days: u32,
    /// Whether the uploaded files come along.
    pub files: bool,
    /// The saved connection by which the database is opened.
    pub connection: Option<String>,
    /// The database, without user and password.
    pub database: String,
    /// The next moment for which a backup is due, in RFC 3339.
    pub next: String,
    /// The folder that rows are handed over into as CSV, where it makes no backups.
    pub handed_into: Option<String>,
    /// Short names of the areas that are handed over; all where there is none.
    pub areas: Vec<String>,
}

impl ScheduleEntry {
    /// A schedule as it stands now.
    ///
    /// # Errors
    /// `usage` where its rhythm or zone cannot be read.
    pub fn new(schedule: &Schedule, now: Timestamp) -> snapback_engine::Result<Self> {
        let (company, company_name) = match &schedule.whose {
            Whose::Every => (None, None),
            Whose::One { id, name } => (Some(id.clone()), Some(name.clone())),
        };
        let handing = schedule.handing.as_ref();
        Ok(Self {
            number: schedule.number,
            company,
            company_name,
            rhythm: schedule.rhythm.clone(),
            zone: schedule.zone.clone(),
            keep_days: schedule.keep_days,
            files: schedule.files,
            connection: schedule.connection.clone(),
            database: schedule.database.clone(),
            next: schedule.next(now)?.to_string(),
            handed_into: handing.map(|handing| handing.folder.display().to_string()),
            areas: handing.map_or_else(Vec::new, |handing| handing.areas.clone()),
        })
    }
}

/// A schedule that is to be added.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct ScheduleRequest {
    /// The company's id; `null` for every company, those that come later too.
    pub company: Option<String>,
    /// How often, such as `6h`, `daily@02:00` or `sunday@03:00`.
    pub rhythm: String,
    /// Days after which what it makes goes.
    pub keep_days: u32,
    /// The folder that rows are handed over into as CSV; `null` where backups are made.
    pub handed_into: Option<String>,
    /// Short names of the areas that are handed over; all where there is none.
    pub areas: Vec<String>,
}

/// An area that can be handed over by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct OfferedArea {
    /// Its short name.
    pub name: String,
    /// Its name for people.
    pub title: String,
}

/// What running what is due did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, TS)]
pub struct DueReport {
    /// Whether somebody else is running what is due in this library, so that nothing was done.
    pub is_running_elsewhere: bool,
    /// Backups that were due.
    pub backups: Vec<DueBackup>,
    /// Schedules none of whose backups could be begun.
    pub failures: Vec<DueFailure>,
    /// Archives that went.
    pub removed: Vec<PrunedArchive>,
    /// Proofs that were due.
    pub proofs: Vec<DueProof>,
    /// What was copied to second places.
    pub places: Vec<PlaceSync>,
    /// Who was told of what stands wrong.
    pub alerts: Vec<ToldChannel>,
}

/// A proof that was due.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct DueProof {
    /// The archive.
    pub archive: ArchiveEntry,
    /// What it said, where it could be made.
    pub report: Option<ProofReport>,
    /// Why it could not be made.
    pub error: Option<WireError>,
}

/// A backup that was due.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct DueBackup {
    /// The schedule's number.
    pub schedule: u32,
    /// The company's id.
    pub company: String,
    /// The company's name.
    pub company_name: String,
    /// The moment for which it was due, in RFC 3339.
    pub moment: String,
    /// Where the archive is, where it was made.
    pub path: Option<String>,
    /// Rows in it.
    pub row_count: Option<u64>,
    /// What did not fit, as sentences.
    pub problems: Vec<String>,
    /// Why it was not made.
    pub error: Option<WireError>,
}

/// A schedule that could not be begun.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct DueFailure {
    /// The schedule's number.
    pub schedule: u32,
    /// Why.
    pub error: WireError,
}

/// What becomes of the archives of a library.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct PruneReport {
    /// Archives that go, or went.
    pub removed: Vec<PrunedArchive>,
    /// Archives that stay.
    pub kept: Vec<PrunedArchive>,
    /// Whether they went, or would go.
    pub is_done: bool,
}

/// An archive and why it goes or stays.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct PrunedArchive {
    /// The archive.
    pub archive: ArchiveEntry,
    /// Why, as a sentence.
    pub because: String,
}

impl From<&Judged> for PrunedArchive {
    fn from(judged: &Judged) -> Self {
        let day = |at: &Timestamp| at.strftime("%Y-%m-%d %H:%M UTC").to_string();
        Self {
            archive: ArchiveEntry::from(&judged.entry),
            because: match &judged.fate {
                Fate::Goes(since) => format!("Its time was over on {}.", day(since)),
                Fate::Until(until) => format!("It is kept until {}.", day(until)),
                Fate::ByHand => {
                    "Only what schedules made and what kept restores left goes by itself."
                        .to_owned()
                }
                Fate::Pinned => "It is pinned.".to_owned(),
                Fate::UnderReview => "A review needs it.".to_owned(),
                Fate::Newest => "Its time is over, and its company has no newer one.".to_owned(),
                Fate::Unknown => "No schedule of this library has made it.".to_owned(),
                Fate::Broken => "It cannot be read; look at it before it goes.".to_owned(),
            },
        }
    }
}

/// How well companies are protected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Status {
    /// The library's folder.
    pub library: String,
    /// Bytes that are free there.
    pub free_bytes: u64,
    /// Whether new backups are encrypted.
    pub is_encrypting: bool,
    /// Archives that are encrypted for keys that are not at hand: nobody can say whose they are.
    pub locked_count: u64,
    /// By company.
    pub companies: Vec<CompanyStatus>,
    /// The second places.
    pub places: Vec<PlaceState>,
    /// What stands wrong.
    pub alerts: Vec<Alert>,
    /// Who is told of it.
    pub channels: Vec<AlertChannel>,
}

impl Status {
    /// How well the companies of a library are protected now.
    ///
    /// # Errors
    /// `local_file`; `usage` where a schedule cannot be read.
    pub fn read(library: &Library, now: Timestamp) -> snapback_engine::Result<Self> {
        let (book, entries) = (Book::open(library)?, library.list()?);
        let (proofs, places) = (last_proofs(library)?, PlaceBook::open(library)?);
        let locked = |entry: &&Entry| {
            let problem = entry.problem();
            problem == Some(Code::KeyNeeded) || problem == Some(Code::WrongKey)
        };
        let companies = schedule::protection(&book, &entries, now)?;
        let places = places.statuses(&entries);
        let free_bytes = free_space(library.folder())?;
        let facts = Facts {
            companies: &companies,
            proofs: &proofs,
            places: &places,
            free_bytes,
        };
        let alerts = alerts(facts, now).into_iter().map(Alert::from).collect();
        let channels = AlertBook::open(library)?.statuses().into_iter();
        let companies = companies.into_iter().map(|company| {
            let proof = proofs.get(&company.company);
            CompanyStatus::new(company, proof, now)
        });
        Ok(Self {
            library: library.folder().display().to_string(),
            free_bytes,
            is_encrypting: library.key_book()?.current.is_some(),
            locked_count: entries.iter().filter(locked).count() as u64,
            companies: companies.collect(),
            places: places.iter().map(PlaceState::from).collect(),
            alerts,
            channels: channels.map(AlertChannel::from).collect(),
        })
    }

    /// The same without companies that somebody may not see.
    #[must_use]
    pub fn of_those_who_may(mut self, may_see: impl Fn(&str) -> bool) -> Self {
        self.companies.retain(|company| may_see(&company.company));
        self.alerts
            .retain(|alert| alert.company.as_deref().is_none_or(&may_see));
        self
    }

    /// Whether nobody has to look at anything.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.locked_count == 0 && self.alerts.is_empty()
    }
}

/// How the companies of one database are protected, and by what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ProtectionReport {
    /// How each company of the library stands.
    pub status: Status,
    /// The schedules for this database.
    pub schedules: Vec<ScheduleEntry>,
    /// Whether the system runs what is due by itself; `null` where this cannot be told.
    pub timer: Option<bool>,
    /// The keys that backups are encrypted for.
    pub keys: LibraryKeys,
    /// The application's areas, each of which can be handed over by itself.
    pub areas: Vec<OfferedArea>,
    /// Why no schedule can be added here, as a sentence; `null` where it can.
    pub held: Option<String>,
    /// Why whoever acts may change nothing of this, as a sentence; `null` where it may be changed.
    pub locked: Option<String>,
}

impl ProtectionReport {
    /// What the library says of that saved connection, or of that database, whether a timer could open it by
    /// itself, why whoever acts may change nothing of it, and of companies that they may see.
    ///
    /// # Errors
    /// As [`Status::read`].
    pub fn read(
        library: &Library,
        (connection, database): (Option<&str>, &str),
        timer: Option<bool>,
        is_reached_again: bool,
        (locked, roles): (Option<String>, &Roles),
        profile: &Profile,
        now: Timestamp,
    ) -> snapback_engine::Result<Self> {
        let book = Book::open(library)?;
        let is_meant = |schedule: &&Schedule| match (&schedule.connection, connection) {
            (Some(named), Some(connection)) => named == connection,
            (Some(_), None) => false,
            (None, _) => schedule.database == database,
        };
        let schedules = book.schedules().iter().filter(is_meant);
        let schedules = schedules.map(|schedule| ScheduleEntry::new(schedule, now));
        let held = "Save this connection first: what is made by itself opens it by its name.";
        Ok(Self {
            status: Status::read(library, now)?
                .of_those_who_may(|company| roles.require(company, Role::Viewer).is_ok()),
            schedules: schedules.collect::<snapback_engine::Result<_>>()?,
            timer,
            keys: LibraryKeys::new(&library.key_book()?, &library.keys()),
            areas: profile
                .areas
                .iter()
                .map(|area| OfferedArea {
                    name: area.name.clone(),
                    title: area.title.clone(),
                })
                .collect(),
            held: (!is_reached_again).then(|| held.to_owned()),
            locked,
        })
    }
}

/// How well one company is protected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct CompanyStatus {
    /// Its id.
    pub company: String,
    /// Its name.
    pub company_name: String,
    /// The instant of its newest good backup, in RFC 3339.
    pub newest_at: Option<String>,
    /// Seconds since then.
    pub newest_age_seconds: Option<u64>,
    /// Bytes of that backup.
    pub newest_bytes: Option<u64>,
    /// Its good backups, without safety snapshots.
    pub backup_count: u64,
    /// Bytes of all its archives.
    pub total_bytes: u64,
    /// When its next backup is due, in RFC 3339; in the past where it is due now.
    pub next: Option<String>,
    /// How often scheduled backups failed since the last that was made.
    pub failures: u32,
    /// The code of the last such failure.
    pub last_failure: Option<String>,
    /// Whether there was no good backup for longer than its schedules promise.
    pub is_overdue: bool,
    /// When one of its backups was last proven (RFC 3339).
    pub proven_at: Option<String>,
    /// How that ended.
    pub proof: Option<ProofVerdict>,
    /// The certificate as a page.
    pub proof_page: Option<String>,
}

impl CompanyStatus {
    /// A company's protection as it stands now, with the last proof of one of its backups.
    #[must_use]
    pub fn new(protection: Protection, proof: Option<&LastProof>, now: Timestamp) -> Self {
        let Protection {
            company,
            name,
            newest,
            backup_count,
            total_bytes,
            next,
            failures,
            last_failure,
            is_overdue,
        } = protection;
        let age = |newest: schedule::NewestBackup| now.duration_since(newest.at).as_secs();
        Self {
            company,
            company_name: name,
            newest_at: newest.map(|newest| newest.at.to_string()),
            // A backup of a clock that was ahead has no age.
            newest_age_seconds: newest.map(|newest| u64::try_from(age(newest)).unwrap_or(0)),
            newest_bytes: newest.map(|newest| newest.size_bytes),
            backup_count,
            total_bytes,
            next: next.map(|next| next.to_string()),
            failures,
            last_failure,
            is_overdue,
            proven_at: proof.map(|proof| proof.at.to_string()),
            proof: proof.map(|proof| proof.verdict.into()),
            proof_page: proof.map(|proof| proof.page.display().to_string()),
        }
    }
}
