//! The audit trail.

use std::path::Path;

use serde::Serialize;
use snapback_engine::archive::{Occupied, buffered, save_whole};
use snapback_engine::audit::{Deed, Entry, Fault, SharedDeed, Verification};
use snapback_engine::export::push_record;
use snapback_engine::{Error, Result};
use ts_rs::TS;

/// Something that was done or tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct AuditEntry {
    /// Its number, in the trail that it was read from.
    pub number: u64,
    /// When, in RFC 3339.
    pub at: String,
    /// What, such as `restore` or `save copy`.
    pub action: String,
    /// What of it, such as `add` for a schedule.
    pub detail: Option<String>,
    /// `done`, `done with problems`, or the code of the error.
    pub result: String,
    /// Whether it came to what was asked for.
    pub is_done: bool,
    /// User of the operating system.
    pub os_user: String,
    /// The computer.
    pub host: String,
    /// The application's user on whose behalf, if one was named.
    pub app_user: Option<String>,
    /// The program and its version, where it is known.
    pub program: Option<String>,
    /// The database, without user and password.
    pub database: Option<String>,
    /// The role in it.
    pub role: Option<String>,
    /// The company's id.
    pub company: Option<String>,
    /// The company's name.
    pub company_name: Option<String>,
    /// The archive's file name.
    pub archive: Option<String>,
}

impl From<Entry> for AuditEntry {
    fn from(entry: Entry) -> Self {
        let Entry {
            number,
            at,
            trail: _,
            deed,
            previous: _,
        } = entry;
        let is_done = deed.is_done();
        let Deed {
            action,
            detail,
            result,
            os_user,
            host,
            app_user,
            program,
            database,
            role,
            company,
            company_name,
            archive,
        } = deed;
        Self {
            number,
            at: at.to_string(),
            action,
            detail,
            result,
            is_done,
            os_user,
            host,
            app_user,
            program: Some(program),
            database,
            role,
            company,
            company_name,
            archive,
        }
    }
}

impl AuditEntry {
    /// A deed as that database has it.
    #[must_use]
    pub fn shared(deed: SharedDeed, database: &str) -> Self {
        let SharedDeed {
            number,
            at,
            action,
            result,
            company,
            os_user,
            host,
            role,
            app_user,
        } = deed;
        Self {
            number,
            at: at.to_string(),
            action,
            detail: None,
            is_done: result == Deed::DONE || result == Deed::WITH_PROBLEMS,
            result,
            os_user,
            host,
            app_user,
            program: None,
            database: Some(database.to_owned()),
            role: Some(role),
            company,
            company_name: None,
            archive: None,
        }
    }
}

/// Deeds, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct AuditEntries {
    /// The file of this computer's trail, or the database.
    pub read_from: String,
    /// The newest of those that were asked for.
    pub entries: Vec<AuditEntry>,
    /// How many were asked for; `null` where nobody has counted.
    pub total: Option<u64>,
}

impl AuditEntries {
    /// The newest of those lines, which were read oldest first.
    #[must_use]
    pub fn newest(read_from: String, entries: Vec<Entry>, limit: usize) -> Self {
        let total = entries.len() as u64;
        let newest = entries.into_iter().rev().take(limit);
        Self {
            read_from,
            entries: newest.map(AuditEntry::from).collect(),
            total: Some(total),
        }
    }
}

/// What a trail was found to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct AuditReport {
    /// The file.
    pub file: String,
    /// How many lines it has.
    pub entry_count: u64,
    /// When its first line was written (RFC 3339).
    pub first_at: Option<String>,
    /// When its last line was written (RFC 3339).
    pub last_at: Option<String>,
    /// The database with whose knowledge it was compared, where that has any.
    pub compared_with: Option<String>,
    /// What is wrong, the first hundred.
    pub faults: Vec<AuditFault>,
    /// How many there are.
    pub fault_count: u64,
}

/// Something that is wrong with a trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct AuditFault {
    /// `edited`, `not_following`, `cut_off`, `rewritten` or `gone`.
    pub kind: String,
    /// The line or number that it is about.
    pub line: u64,
    /// What it means, as a sentence.
    pub message: String,
}

impl From<Fault> for AuditFault {
    fn from(fault: Fault) -> Self {
        let (kind, line, message) = match fault {
            Fault::Edited { line } => (
                "edited",
                line,
                format!("Line {line} is not as it was written."),
            ),
            Fault::NotFollowing { line } => (
                "not_following",
                line,
                format!(
                    "Line {line} does not follow the one before: something was taken out, put in or moved there."
                ),
            ),
            Fault::CutOff { last, known } => (
                "cut_off",
                last,
                format!("It ends with number {last}, and had number {known}: its end was cut off."),
            ),
            Fault::Rewritten { number } => (
                "rewritten",
                number,
                format!("Number {number} is another one than was noted: it was written anew."),
            ),
            Fault::Gone { trail: _, known } => (
                "gone",
                known,
                format!(
                    "A trail of this person at this computer is gone; it had come to number {known}."
                ),
            ),
        };
        Self {
            kind: kind.to_owned(),
            line,
            message,
        }
    }
}

impl AuditReport {
    /// What a trail was found to be, compared with what that database knows.
    #[must_use]
    pub fn new(file: String, found: Verification, compared_with: Option<String>) -> Self {
        let Verification {
            entry_count,
            first_at,
            last_at,
            faults,
            fault_count,
        } = found;
        Self {
            file,
            entry_count,
            first_at: first_at.map(|at| at.to_string()),
            last_at: last_at.map(|at| at.to_string()),
            compared_with,
            faults: faults.into_iter().map(AuditFault::from).collect(),
            fault_count,
        }
    }
}

/// The columns of the CSV.
const COLUMNS: [&str; 15] = [
    "number",
    "at",
    "action",
    "detail",
    "result",
    "company",
    "company_name",
    "archive",
    "os_user",
    "host",
    "app_user",
    "database",
    "role",
    "program",
    "hash_of_the_line_before",
];

/// Writes lines of a trail as CSV.
///
/// # Errors
/// `local_file`, `disk_full`.
pub fn save_audit(path: &Path, occupied: Occupied, entries: &[Entry]) -> Result<()> {
    let failed = |error| Error::local_file("the new file", path, &error);
    save_whole(path, occupied, |file| {
        buffered(file, path, |out| {
            let mut bytes = Vec::new();
            push_record(&COLUMNS.map(Some), &mut bytes);
            for entry in entries {
                let (number, at) = (entry.number.to_string(), entry.at.to_string());
                let deed = &entry.deed;
                push_record(
                    &[
                        Some(&number),
                        Some(&at),
                        Some(&deed.action),
                        deed.detail.as_deref(),
                        Some(&deed.result),
                        deed.company.as_deref(),
                        deed.company_name.as_deref(),
                        deed.archive.as_deref(),
                        Some(&deed.os_user),
                        Some(&deed.host),
                        deed.app_user.as_deref(),
                        deed.database.as_deref(),
                        deed.role.as_deref(),
                        Some(&deed.program),
                        Some(&entry.previous),
                    ],
                    &mut bytes,
                );
            }
            out.write_all(&bytes).map_err(failed)
        })
    })
}
