use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::address::PlaceAddress;
use crate::archive::{Encryption, Kind, MadeBy};
use crate::library::{Entry, Library};
use crate::model::Company;
use crate::{Code, Error, Result};

/// The journal of the places.
const JOURNAL: &str = "places";
/// The journal of what is there.
const COPIES: &str = "copies";

/// A second place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Tells it from the others of the library, from 1.
    pub number: u32,
    /// Identity, under which its keys are kept.
    pub id: Uuid,
    /// Where it is.
    pub address: PlaceAddress,
    /// Since when.
    pub since: Timestamp,
}

/// A copy that was read back and is right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// The copy's name there.
    pub name: String,
    /// BLAKE3 of its bytes, in hexadecimal.
    pub blake3: String,
    /// When it was read back.
    pub at: Timestamp,
    /// What it holds; `None` where it was copied by a Snapback that did not note that.
    #[serde(default)]
    pub about: Option<Box<About>>,
}

/// What is known of an archive at a place without looking there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// What it was made for.
    pub kind: Kind,
    /// Short name of the profile by which it was made.
    pub profile: String,
    /// The company whose rows it holds.
    pub company: Company,
    /// The application's schema version, where it is known.
    pub schema_version: Option<String>,
    /// The instant that all rows come from.
    pub snapshot_time: Timestamp,
    /// What people called it when it was copied.
    pub label: Option<String>,
    /// Who made it.
    pub made_by: MadeBy,
    /// Whether the file around it is encrypted.
    pub is_encrypted: bool,
    /// Rows in all tables.
    pub row_count: u64,
    /// Bytes of COPY text in all tables.
    pub byte_count: u64,
    /// Uploaded files inside; `None` where files were not asked for.
    pub file_count: Option<u64>,
}

impl About {
    /// What the library knows of it; `None` where it cannot be read.
    #[must_use]
    pub fn of(entry: &Entry) -> Option<Self> {
        let summary = entry.summary()?;
        Some(Self {
            kind: summary.kind,
            profile: summary.profile.clone(),
            company: summary.company.clone(),
            schema_version: summary.schema_version.clone(),
            snapshot_time: summary.snapshot_time,
            label: entry.name().map(str::to_owned),
            made_by: summary.made_by.clone(),
            is_encrypted: summary.encryption == Encryption::Age,
            row_count: summary.row_count,
            byte_count: summary.byte_count,
            file_count: summary.file_count,
        })
    }
}

/// An archive that lies at a place and no longer in the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere<'a> {
    /// Where.
    pub place: &'a Place,
    /// Its identity.
    pub id: Uuid,
    /// The copy.
    pub copied: &'a Copied,
}

/// What is known of a place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copies {
    /// What is there, by the archive's id.
    pub copied: BTreeMap<Uuid, Copied>,
    /// How often copying failed since it last worked.
    #[serde(default)]
    pub failures: u32,
    /// The code of the last such failure.
    #[serde(default)]
    pub last_failure: Option<String>,
}

/// The second places of a library.
pub struct PlaceBook<'a> {
    library: &'a Library,
    places: Vec<Place>,
    copies: BTreeMap<Uuid, Copies>,
}

/// How a place stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceStatus {
    /// The place.
    pub place: Place,
    /// Backups of the library that are there, too.
    pub copied_count: u64,
    /// Backups that are not there yet.
    pub waiting_count: u64,
    /// The instant of the oldest of those.
    pub waiting_since: Option<Timestamp>,
    /// How often copying failed since it last worked.
    pub failures: u32,
    /// The code of the last such failure.
    pub last_failure: Option<String>,
}

impl<'a> PlaceBook<'a> {
    /// Opens the book of a library.
    ///
    /// # Errors
    /// `local_file`.
    pub fn open(library: &'a Library) -> Result<Self> {
        Ok(Self {
            library,
            places: library.read_state(JOURNAL)?.unwrap_or_default(),
            copies: library.read_state(COPIES)?.unwrap_or_default(),
        })
    }

    /// The places, by number.
    #[must_use]
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The place of that number.
    ///
    /// # Errors
    /// `no_such_place`.
    pub fn place(&self, number: u32) -> Result<&Place> {
        let place = self.places.iter().find(|place| place.number == number);
        place.ok_or_else(|| {
            Error::new(
                Code::NoSuchPlace,
                "There is no second place of that number.",
            )
            .hint("See snapback place list.")
            .with("number", number)
        })
    }

    /// Adds a place.
    ///
    /// # Errors
    /// `usage` where it is one already; `local_file`, `disk_full`.
    pub fn add(&mut self, address: PlaceAddress, now: Timestamp) -> Result<&Place> {
        if self.places.iter().any(|place| place.address == address) {
            return Err(Error::new(Code::Usage, "Copies go to that place already."));
        }
        let number = self.places.iter().map(|place| place.number).max();
        self.places.push(Place {
            number: number.unwrap_or(0) + 1,
            id: Uuid::new_v4(),
            address,
            since: now,
        });
        self.library.write_state(JOURNAL, &self.places)?;
        self.place(number.unwrap_or(0) + 1)
    }

    /// Takes a place away; what is there stays.
    ///
    /// # Errors
    /// `no_such_place`; `local_file`, `disk_full`.
    pub fn remove(&mut self, number: u32) -> Result<Place> {
        let place = self.place(number)?.clone();
        self.places.retain(|other| other.number != number);
        self.library.write_state(JOURNAL, &self.places)?;
        self.copies.remove(&place.id);
        self.library.write_state(COPIES, &self.copies)?;
        Ok(place)
    }

    /// The backups that are not at that place yet, oldest first. Safety snapshots stay where they are needed.
    #[must_use]
    pub fn waiting<'e>(&self, place: &Place, entries: &'e [Entry]) -> Vec<&'e Entry> {
        let copies = self.copies.get(&place.id);
        let is_there = |id: &Uuid| copies.is_some_and(|copies| copies.copied.contains_key(id));
        let mut waiting: Vec<&Entry> = entries
            .iter()
            .filter(|entry| {
                entry
                    .summary()
                    .is_some_and(|summary| summary.kind != Kind::Safety && !is_there(&summary.id))
            })
            .collect();
        waiting.sort_by_key(|entry| entry.summary().map(|summary| summary.snapshot_time));
        waiting
    }

    /// What is at that place, by the archive's id.
    #[must_use]
    pub fn copied(&self, place: &Place) -> Option<&BTreeMap<Uuid, Copied>> {
        self.copies.get(&place.id).map(|copies| &copies.copied)
    }

    /// What lies at a place and is not in the library any more, each once, newest first.
    #[must_use]
    pub fn elsewhere(&self, entries: &[Entry]) -> Vec<Elsewhere<'_>> {
        let here = entries.iter().filter_map(Entry::summary);
        let mut known: HashSet<Uuid> = here.map(|summary| summary.id).collect();
        let mut found = Vec::new();
        for place in &self.places {
            for (id, copied) in self.copied(place).into_iter().flatten() {
                if known.insert(*id) {
                    found.push(Elsewhere {
                        place,
                        id: *id,
                        copied,
                    });
                }
            }
        }
        let time = |copied: &Copied| copied.about.as_ref().map(|about| about.snapshot_time);
        found.sort_by_key(|one| Reverse((time(one.copied), one.copied.name.clone())));
        found
    }

    /// Notes a copy that was read back.
    ///
    /// # Errors
    /// `local_file`, `disk_full`.
    pub fn note_copied(&mut self, place: Uuid, archive: Uuid, copied: Copied) -> Result<()> {
        let copies = self.copies.entry(place).or_default();
        copies.copied.insert(archive, copied);
        copies.failures = 0;
        copies.last_failure = None;
        self.library.write_state(COPIES, &self.copies)
    }

    /// Notes that copying failed.
    ///
    /// # Errors
    /// `local_file`, `disk_full`.
    pub fn note_failed(&mut self, place: Uuid, code: &str) -> Result<()> {
        let copies = self.copies.entry(place).or_default();
        copies.failures = copies.failures.saturating_add(1);
        copies.last_failure = Some(code.to_owned());
        self.library.write_state(COPIES, &self.copies)
    }

    /// How each place stands.
    #[must_use]
    pub fn statuses(&self, entries: &[Entry]) -> Vec<PlaceStatus> {
        let all = entries.iter().filter_map(Entry::summary);
        let all = all.filter(|summary| summary.kind != Kind::Safety).count() as u64;
        let status = |place: &Place| {
            let waiting = self.waiting(place, entries);
            let oldest = waiting.first().and_then(|entry| entry.summary());
            let copies = self.copies.get(&place.id);
            PlaceStatus {
                place: place.clone(),
                copied_count: all - waiting.len() as u64,
                waiting_count: waiting.len() as u64,
                waiting_since: oldest.map(|summary| summary.snapshot_time),
                failures: copies.map_or(0, |copies| copies.failures),
                last_failure: copies.and_then(|copies| copies.last_failure.clone()),
            }
        };
        self.places.iter().map(status).collect()
    }
}
