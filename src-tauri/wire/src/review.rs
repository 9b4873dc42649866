use serde::Serialize;
use snapback_engine::company::Actor;
use snapback_engine::model::TableName;
use snapback_engine::restore;
use snapback_engine::restore::state;
use ts_rs::TS;

use crate::changes::written_by_area;
use crate::{AreaChanges, Counts, FileChanges, Labels, Plan, SignedOut, WaitingFiles};

/// How it stands with a company's last restore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ReviewStatus {
    /// The restore that waits for Keep or Revert.
    pub open: Option<Review>,
    /// How restores ended whose commit was not answered, now that the server has told.
    pub settled: Vec<Settled>,
    /// Where the safety snapshot of the open one lies, where that was looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub safety: Option<SafetyPlace>,
    /// Uploaded files that wait to be put in their place; then nothing else can be begun.
    pub waiting_files: Option<WaitingFiles>,
    /// Whose sessions were ended just now, where the open one was cut off before it could end them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub signed_out: Option<SignedOut>,
}

/// Where a safety snapshot lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SafetyPlace {
    /// On this computer.
    Here,
    /// On the computer that restored.
    Elsewhere,
    /// It was on this computer, and its file is not there any more.
    Gone,
}

impl From<restore::SafetyPlace> for SafetyPlace {
    fn from(place: restore::SafetyPlace) -> Self {
        match place {
            restore::SafetyPlace::Here => Self::Here,
            restore::SafetyPlace::Elsewhere => Self::Elsewhere,
            restore::SafetyPlace::Gone => Self::Gone,
        }
    }
}

/// How a restore ended whose commit was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Settled {
    /// It holds.
    Committed,
    /// It never took place.
    RolledBack,
}

/// A restore that waits for Keep or Revert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Review {
    /// Identity.
    pub id: String,
    /// Key of the company.
    pub company_id: String,
    /// Name of the company at the time.
    pub company_name: String,
    /// When it was committed (RFC 3339).
    pub restored_at: String,
    /// User of the operating system.
    pub os_user: String,
    /// The computer on which the restore ran, and on which its safety snapshot lies.
    pub host: String,
    /// Role in the database.
    pub database_role: String,
    /// The application's user, if one was named.
    pub app_user: Option<String>,
    /// Whether it was a cleaning by the doctor: then no archive was restored, and the source is the
    /// safety snapshot itself.
    pub is_cleaning: bool,
    /// Whether only some rows of the archive were taken back: the archive does not tell which.
    pub is_selection: bool,
    /// Identity of the archive that was restored.
    pub source_id: String,
    /// Its label.
    pub source_label: Option<String>,
    /// The instant that it holds (RFC 3339).
    pub source_made_at: String,
    /// Identity of the safety snapshot.
    pub safety_id: String,
    /// Path of the safety snapshot on that computer.
    pub safety_path: String,
    /// Rows of all tables.
    pub totals: Counts,
    /// What was written, by area. `same` is not known here.
    pub areas: Vec<AreaChanges>,
    /// Uploaded files that were changed; `null` where files were left alone.
    pub files: Option<FileChanges>,
}

impl ReviewStatus {
    /// The status with names for people.
    #[must_use]
    pub fn new(status: &restore::ReviewStatus, labels: &Labels) -> Self {
        let restore::ReviewStatus {
            open,
            settled,
            files,
            waiting,
            signed_out,
        } = status;
        let open = open.as_ref().map(|review| Review {
            files: files.as_ref().map(FileChanges::from),
            ..Review::new(review, labels)
        });
        Self {
            open,
            settled: settled.iter().map(|ended| (*ended).into()).collect(),
            safety: None,
            waiting_files: waiting.as_ref().map(WaitingFiles::from),
            signed_out: signed_out.as_deref().map(Into::into),
        }
    }

    /// The status, also saying where the safety snapshot lies as seen by that actor.
    #[must_use]
    pub fn placed(status: &restore::ReviewStatus, labels: &Labels, actor: &Actor) -> Self {
        let open = status.open.as_ref();
        Self {
            safety: open.map(|review| restore::SafetyPlace::of(review, actor).into()),
            ..Self::new(status, labels)
        }
    }
}

impl From<restore::Settled> for Settled {
    fn from(settled: restore::Settled) -> Self {
        match settled {
            restore::Settled::Committed => Self::Committed,
            restore::Settled::RolledBack => Self::RolledBack,
        }
    }
}

impl Review {
    /// The review with names for people, its rows alone.
    #[must_use]
    pub fn new(review: &state::Review, labels: &Labels) -> Self {
        let is_cleaning = review.is_cleaning();
        let state::Review {
            id,
            company_id,
            company_name,
            restored_at,
            os_user,
            host,
            database_role,
            app_user,
            source_id,
            source_label,
            source_time,
            safety_id,
            safety_path,
            safety_blake3: _,
            counts,
            is_selection,
            fingerprints: _,
        } = review;
        let mut totals = Counts::default();
        counts
            .values()
            .for_each(|of_table| totals += (*of_table).into());
        Self {
            id: id.to_string(),
            company_id: company_id.clone(),
            company_name: company_name.clone(),
            restored_at: restored_at.to_string(),
            os_user: os_user.clone(),
            host: host.clone(),
            database_role: database_role.clone(),
            app_user: app_user.clone(),
            is_cleaning,
            is_selection: *is_selection,
            source_id: source_id.to_string(),
            source_label: source_label.clone(),
            source_made_at: source_time.to_string(),
            safety_id: safety_id.to_string(),
            safety_path: safety_path.clone(),
            totals,
            areas: written_by_area(counts, labels),
            files: None,
        }
    }
}

/// What a revert would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct RevertPlan {
    /// What it would do.
    pub plan: Plan,
    /// Names for people of the tables in which somebody has written since the restore. Where there are
    /// none, a revert is one click.
    pub written_since: Vec<String>,
}

impl RevertPlan {
    /// The plan with names for people.
    #[must_use]
    pub fn new(plan: &restore::Plan, written_since: &[TableName], labels: &Labels) -> Self {
        Self {
            plan: Plan::new(plan, labels),
            written_since: written_since
                .iter()
                .map(|table| labels.table(table))
                .collect(),
        }
    }
}
