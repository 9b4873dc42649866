//! Who is told when a company is not as safe as it should be.

use serde::Serialize;
use snapback_engine::alerts::{self, ChannelStatus};
use snapback_host::alerts::Told;
use ts_rs::TS;

use crate::WireError;

/// What kind of thing stands wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
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

impl From<alerts::AlertKind> for AlertKind {
    fn from(kind: alerts::AlertKind) -> Self {
        match kind {
            alerts::AlertKind::Overdue => Self::Overdue,
            alerts::AlertKind::BackupFailed => Self::BackupFailed,
            alerts::AlertKind::ProofFailed => Self::ProofFailed,
            alerts::AlertKind::PlaceBehind => Self::PlaceBehind,
            alerts::AlertKind::LittleRoom => Self::LittleRoom,
        }
    }
}

/// Something that stands wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
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

impl From<alerts::Alert> for Alert {
    fn from(alert: alerts::Alert) -> Self {
        let alerts::Alert {
            key,
            kind,
            company,
            message,
        } = alert;
        Self {
            key,
            kind: kind.into(),
            company,
            message,
        }
    }
}

/// Where alerts go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct AlertChannel {
    /// Its number.
    pub number: u32,
    /// Where it leads, without what would let others use it.
    pub address: String,
    /// How many things it was told of that still stand.
    pub standing_count: u64,
    /// How often telling it failed since it last worked.
    pub failures: u32,
    /// The code of the last such failure.
    pub last_failure: Option<String>,
}

impl From<ChannelStatus> for AlertChannel {
    fn from(status: ChannelStatus) -> Self {
        let ChannelStatus {
            channel,
            standing_count,
            failures,
            last_failure,
        } = status;
        Self {
            number: channel.number,
            address: channel.address.to_string(),
            standing_count,
            failures,
            last_failure,
        }
    }
}

/// What became of a channel.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ToldChannel {
    /// Its number.
    pub number: u32,
    /// Where it leads.
    pub address: String,
    /// How many things it was told that have come to stand wrong.
    pub begun_count: u64,
    /// How many it was told that are over.
    pub ended_count: u64,
    /// Why it could not be told.
    pub error: Option<WireError>,
}

impl From<Told> for ToldChannel {
    fn from(told: Told) -> Self {
        let Told {
            number,
            address,
            begun_count,
            ended_count,
            failure,
        } = told;
        Self {
            number,
            address,
            begun_count,
            ended_count,
            error: failure.map(WireError::from),
        }
    }
}
