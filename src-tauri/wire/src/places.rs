use serde::Serialize;
use snapback_engine::places::{self, PlaceStatus};
use ts_rs::TS;

use crate::WireError;

/// How a second place stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct PlaceState {
    /// Its number.
    pub number: u32,
    /// Where it is.
    pub address: String,
    /// Backups of the library that are there, too.
    pub copied_count: u64,
    /// Backups that are not there yet.
    pub waiting_count: u64,
    /// The instant of the oldest of those (RFC 3339).
    pub waiting_since: Option<String>,
    /// How often copying failed since it last worked.
    pub failures: u32,
    /// The code of the last such failure.
    pub last_failure: Option<String>,
}

impl From<&PlaceStatus> for PlaceState {
    fn from(status: &PlaceStatus) -> Self {
        let PlaceStatus {
            place,
            copied_count,
            waiting_count,
            waiting_since,
            failures,
            last_failure,
        } = status;
        let places::Place {
            number,
            id: _,
            address,
            since: _,
        } = place;
        Self {
            number: *number,
            address: address.to_string(),
            copied_count: *copied_count,
            waiting_count: *waiting_count,
            waiting_since: waiting_since.map(|since| since.to_string()),
            failures: *failures,
            last_failure: last_failure.clone(),
        }
    }
}

/// What was copied to a second place.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct PlaceSync {
    /// Its number.
    pub number: u32,
    /// Where it is.
    pub address: String,
    /// Files that were copied and read back.
    pub copied: Vec<String>,
    /// Why the rest was not, if it was not.
    pub failure: Option<CopyFailure>,
}

/// Why a backup was not copied.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct CopyFailure {
    /// The file; `null` where the place itself could not be reached.
    pub file: Option<String>,
    /// Why.
    pub error: WireError,
}
