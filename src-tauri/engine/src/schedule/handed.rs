//! Files that schedules have handed rows over as, and which of them may go.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Schedule;
use crate::library::Library;
use crate::model::Profile;
use crate::{Code, Error, Result};

/// The journal of the files.
const JOURNAL: &str = "scheduled-exports";

/// What a schedule hands over, in place of making a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handing {
    /// The folder that the files are put into.
    pub folder: PathBuf,
    /// Short names of the areas whose tables they hold; all where there is none.
    pub areas: Vec<String>,
}

impl Handing {
    /// Into that folder, which is there, from areas that the application has.
    ///
    /// # Errors
    /// `no_such_storage`, `usage`.
    pub fn into_folder(folder: PathBuf, areas: Vec<String>, profile: &Profile) -> Result<Self> {
        if !folder.is_absolute() || !folder.is_dir() {
            return Err(
                Error::new(Code::NoSuchStorage, "The folder of exports is not there.")
                    .with("path", folder.display())
                    .hint("Make it first."),
            );
        }
        let mut known = profile.areas.iter().map(|area| area.name.as_str());
        match areas
            .iter()
            .find(|area| !known.clone().any(|known| known == **area))
        {
            None => Ok(Self { folder, areas }),
            Some(unknown) => {
                let first = known.next().unwrap_or_default().to_owned();
                let known = known.fold(first, |all, area| all + ", " + area);
                Err(Error::new(Code::Usage, "The application has no such area.")
                    .with("area", unknown)
                    .hint(format!("There are: {known}.")))
            }
        }
    }
}

/// A file that was handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Handed {
    schedule: u32,
    company: String,
    path: PathBuf,
    byte_count: u64,
    at: Timestamp,
    keep_days: u32,
}

/// Notes a file that a schedule has handed a company's rows over as.
///
/// # Errors
/// `local_file`, `disk_full`.
pub fn note_handed(
    library: &Library,
    schedule: &Schedule,
    company: &str,
    (path, byte_count): (PathBuf, u64),
    at: Timestamp,
) -> Result<()> {
    let mut handed = read(library)?;
    handed.push(Handed {
        schedule: schedule.number,
        company: company.to_owned(),
        path,
        byte_count,
        at,
        keep_days: schedule.keep_days,
    });
    library.write_state(JOURNAL, &handed)
}

/// Removes files whose days are over: never the newest of a schedule and a company, and none that was changed since,
/// which is somebody else's by now. Those that are gone.
///
/// # Errors
/// `local_file`, `disk_full`.
pub fn remove_handed(library: &Library, now: Timestamp) -> Result<Vec<PathBuf>> {
    let mut handed = read(library)?;
    handed.sort_by_key(|one| std::cmp::Reverse(one.at));
    let mut newest = BTreeSet::new();
    let mut stays = Vec::new();
    let mut removed = Vec::new();
    for one in handed {
        let is_newest = newest.insert((one.schedule, one.company.clone()));
        let age = SignedDuration::from_hours(24 * i64::from(one.keep_days));
        if is_newest || now.duration_since(one.at) < age {
            stays.push(one);
            continue;
        }
        match std::fs::metadata(&one.path) {
            Ok(found) if found.is_file() && found.len() == one.byte_count => {
                match std::fs::remove_file(&one.path) {
                    Ok(()) => removed.push(one.path),
                    // Tried again with the next run, which nothing is held up by.
                    Err(_) => stays.push(one),
                }
            }
            // Changed, or not there: a disk that is not connected, or somebody has taken it away.
            Ok(_) => {}
            Err(_) if one.path.parent().is_some_and(|folder| !folder.is_dir()) => stays.push(one),
            Err(_) => {}
        }
    }
    stays.reverse();
    library.write_state(JOURNAL, &stays)?;
    Ok(removed)
}

fn read(library: &Library) -> Result<Vec<Handed>> {
    Ok(library.read_state(JOURNAL)?.unwrap_or_default())
}
