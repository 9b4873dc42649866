use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::library::{Library, free_space};
use crate::places::{PlaceBook, PlaceStatus};
use crate::proof::{LastProofs, Verdict, last_proofs};
use crate::schedule::{Book, Protection, protection};

/// A second place may be so far behind.
const LAG: SignedDuration = SignedDuration::from_hours(24);
/// Less than this is little room, however small backups are.
const LITTLE_ROOM: u64 = 1 << 30;
/// So many times the newest backup of every company should find room.
const ROUNDS: u64 = 2;

/// What kind of thing stands wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// A company had no good backup for longer than its schedules promise.
    Overdue,
    /// The last backup of a company that was due failed.
    BackupFailed,
    /// The last proof of a company's backup failed.
    ProofFailed,
    /// A second place cannot be reached, or lags.
    PlaceBehind,
    /// There is little room left for backups.
    LittleRoom,
}

/// Something that stands wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// The same as long as it lasts.
    pub key: String,
    /// Its kind.
    pub kind: AlertKind,
    /// The company's id, where it is about one.
    pub company: Option<String>,
    /// What it is, as a sentence.
    pub message: String,
}

/// What alerts are read from.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// How each company stands.
    pub companies: &'a [Protection],
    /// The last proof of each.
    pub proofs: &'a LastProofs,
    /// How each second place stands.
    pub places: &'a [PlaceStatus],
    /// Bytes that are free for the library.
    pub free_bytes: u64,
}

/// What stands wrong in a library now.
///
/// # Errors
/// `local_file`; `usage` where a schedule cannot be read.
pub fn standing(library: &Library, now: Timestamp) -> Result<Vec<Alert>> {
    let entries = library.list()?;
    let facts = Facts {
        companies: &protection(&Book::open(library)?, &entries, now)?,
        proofs: &last_proofs(library)?,
        places: &PlaceBook::open(library)?.statuses(&entries),
        free_bytes: free_space(library.folder())?,
    };
    Ok(alerts(facts, now))
}

/// What stands wrong.
#[must_use]
pub fn alerts(facts: Facts<'_>, now: Timestamp) -> Vec<Alert> {
    let Facts {
        companies,
        proofs,
        places,
        free_bytes,
    } = facts;
    let mut found = Vec::new();
    for company in companies {
        found.extend(of_company(company, proofs));
    }
    found.extend(places.iter().filter_map(|place| of_place(place, now)));
    let newest = companies.iter().filter_map(|company| company.newest);
    let newest: u64 = newest.map(|newest| newest.size_bytes).sum();
    if free_bytes < LITTLE_ROOM.max(newest.saturating_mul(ROUNDS)) {
        found.push(Alert {
            key: "room".to_owned(),
            kind: AlertKind::LittleRoom,
            company: None,
            message: format!(
                "There is little room left for backups: {} MB are free.",
                free_bytes / 1_000_000
            ),
        });
    }
    found
}

fn of_company(company: &Protection, proofs: &LastProofs) -> Vec<Alert> {
    let name = &company.name;
    let alert = |word: &str, kind, message| Alert {
        key: format!("{word}:{}", company.company),
        kind,
        company: Some(company.company.clone()),
        message,
    };
    let mut found = Vec::new();
    if company.is_overdue {
        let newest = match company.newest {
            Some(newest) => format!("the newest is of {}", day(newest.at)),
            None => "there is none at all".to_owned(),
        };
        found.push(alert(
            "overdue",
            AlertKind::Overdue,
            format!(
                "{name} has had no good backup for longer than its schedules promise; {newest}."
            ),
        ));
    }
    if company.failures > 0 {
        let code = company.last_failure.as_deref().unwrap_or("unknown");
        found.push(alert(
            "failed",
            AlertKind::BackupFailed,
            format!("The last backup of {name} that was due failed ({code})."),
        ));
    }
    let failed = proofs.get(&company.company);
    if let Some(proof) = failed.filter(|proof| proof.verdict == Verdict::Failed) {
        found.push(alert(
            "proof",
            AlertKind::ProofFailed,
            format!(
                "The proof of {name}'s backup failed on {}: it would not restore as it should.",
                day(proof.at)
            ),
        ));
    }
    found
}

fn of_place(place: &PlaceStatus, now: Timestamp) -> Option<Alert> {
    let lags = |since: Timestamp| now.duration_since(since) > LAG;
    let address = &place.place.address;
    let message = match (&place.last_failure, place.waiting_since) {
        (Some(code), _) if place.failures > 0 => {
            format!("Backups cannot be copied to the second place {address} ({code}).")
        }
        (_, Some(since)) if lags(since) => {
            let waiting = place.waiting_count;
            let since = day(since);
            format!("The second place {address} lags: {waiting} not there, the oldest of {since}.")
        }
        _ => return None,
    };
    Some(Alert {
        key: format!("place:{}", place.place.id),
        kind: AlertKind::PlaceBehind,
        company: None,
        message,
    })
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use uuid::Uuid;

    use super::*;
    use crate::places::Place;
    use crate::proof::LastProof;
    use crate::schedule::NewestBackup;

    fn now() -> Timestamp {
        "2026-05-04T15:00:00Z".parse().unwrap()
    }

    fn company() -> Protection {
        Protection {
            company: "acme".to_owned(),
            name: "Acme Metals".to_owned(),
            newest: Some(NewestBackup {
                archive: Uuid::nil(),
                at: now() - SignedDuration::from_hours(2),
                size_bytes: 1 << 30,
            }),
            backup_count: 1,
            total_bytes: 1 << 30,
            next: None,
            failures: 0,
            last_failure: None,
            is_overdue: false,
        }
    }

    fn place() -> PlaceStatus {
        PlaceStatus {
            place: Place {
                number: 1,
                id: Uuid::nil(),
                address: "/mnt/disk".parse().unwrap(),
                since: now(),
            },
            copied_count: 0,
            waiting_count: 1,
            waiting_since: Some(now() - SignedDuration::from_hours(23)),
            failures: 0,
            last_failure: None,
        }
    }

    fn kinds(
        company: Protection,
        proofs: &LastProofs,
        place: PlaceStatus,
        free: u64,
    ) -> Vec<AlertKind> {
        let facts = Facts {
            companies: &[company],
            proofs,
            places: &[place],
            free_bytes: free,
        };
        alerts(facts, now())
            .iter()
            .map(|alert| alert.kind)
            .collect()
    }

    #[test]
    fn each_state_is_told_by_itself_and_nothing_where_all_is_well() {
        let (none, much) = (BTreeMap::new(), 1 << 40);
        assert_eq!(kinds(company(), &none, place(), much), []);
        let overdue = Protection {
            is_overdue: true,
            failures: 3,
            last_failure: Some("connect_failed".to_owned()),
            ..company()
        };
        assert_eq!(
            kinds(overdue, &none, place(), much),
            [AlertKind::Overdue, AlertKind::BackupFailed]
        );
        let proof = |verdict| LastProof {
            archive: Uuid::nil(),
            at: now(),
            verdict,
            page: "page.html".into(),
        };
        for (verdict, expected) in [
            (Verdict::Proven, vec![]),
            (Verdict::ProvenInPart, vec![]),
            (Verdict::Failed, vec![AlertKind::ProofFailed]),
        ] {
            let proofs = BTreeMap::from([("acme".to_owned(), proof(verdict))]);
            assert_eq!(kinds(company(), &proofs, place(), much), expected);
        }
        let lags = PlaceStatus {
            waiting_since: Some(now() - SignedDuration::from_hours(25)),
            ..place()
        };
        assert_eq!(
            kinds(company(), &none, lags, much),
            [AlertKind::PlaceBehind]
        );
        let failing = PlaceStatus {
            failures: 1,
            last_failure: Some("no_such_storage".to_owned()),
            ..place()
        };
        assert_eq!(
            kinds(company(), &none, failing, much),
            [AlertKind::PlaceBehind]
        );
        // Two rounds of a backup of 1 GiB.
        assert_eq!(kinds(company(), &none, place(), 2 << 30), []);
        assert_eq!(
            kinds(company(), &none, place(), (2 << 30) - 1),
            [AlertKind::LittleRoom]
        );
    }
}
