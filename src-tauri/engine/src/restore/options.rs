use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use super::files::FilesReport;
use super::pass::{PassSettings, Safety};
use super::sign_out::{Sessions, SignedOut};
use crate::Code;
use crate::archive::Finished;
use crate::company::Actor;
use crate::difference::{Counts, Finding};
use crate::files::Store;
use crate::model::TableName;
use crate::rows::SortSettings;

/// Whether writers of the company's tables are held off during the whole restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HoldWriters {
    /// Only those of the touched tables, for the moment of applying.
    #[default]
    Late,
    /// All of them, from before the rows are read: for companies that never stand still.
    FromTheStart,
}

/// What the person has agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Confirmation {
    /// Nothing: a restore that would lose something is refused.
    #[default]
    None,
    /// Whatever it is.
    Everything,
    /// Exactly the plan with that digest.
    Plan(String),
}

/// What a restore must be told.
#[derive(Debug, Clone)]
pub struct RestoreOptions {
    /// Who restores.
    pub actor: Actor,
    /// Now, by this computer's clock.
    pub now: Timestamp,
    /// An owner-only folder for spill files.
    pub spill_folder: PathBuf,
    /// What the person has agreed to.
    pub confirmation: Confirmation,
    /// Where the uploaded files are that are to be brought back; `None` for the rows alone.
    pub files: Option<Arc<dyn Store>>,
    /// What becomes of people's sessions.
    pub sessions: Sessions,
    /// Whether writers are held off from the start.
    pub hold_writers: HoldWriters,
    /// How long the locks on the touched tables are tried for.
    pub lock_patience: Duration,
    /// Connections that read side by side.
    pub worker_count: usize,
    /// Bytes of rows that one connection sorts in memory.
    pub sort_budget_bytes: usize,
    /// Bytes of COPY text above which a row is refused.
    pub row_limit_bytes: usize,
}

impl RestoreOptions {
    /// The usual settings.
    #[must_use]
    pub fn new(actor: Actor, now: Timestamp, spill_folder: PathBuf) -> Self {
        Self {
            actor,
            now,
            spill_folder,
            confirmation: Confirmation::None,
            files: None,
            sessions: Sessions::Stay,
            hold_writers: HoldWriters::Late,
            lock_patience: Duration::from_secs(15),
            worker_count: 3,
            sort_budget_bytes: 4 << 20,
            row_limit_bytes: 256 << 20,
        }
    }

    pub(super) fn pass_settings(&self) -> PassSettings {
        PassSettings {
            worker_count: self.worker_count,
            sort: SortSettings::new(self.sort_budget_bytes, self.spill_folder.clone()),
            row_limit_bytes: self.row_limit_bytes,
            safety: Safety::Take,
        }
    }
}

/// What a restore did.
#[derive(Debug, Clone)]
pub struct RestoreReport {
    /// The review that now waits for Keep or Revert; `None` where nothing differed, or after a revert.
    pub review: Option<Uuid>,
    /// Rows that came back, changed and went, by table.
    pub counts: BTreeMap<TableName, Counts>,
    /// All tables together.
    pub totals: Counts,
    /// What was left out, defaulted or noted.
    pub findings: Vec<Finding>,
    /// The safety snapshot; `None` where nothing differed.
    pub safety: Option<Finished>,
    /// What became of uploaded files, where they were asked for.
    pub files: Option<FilesReport>,
    /// What the application derives, and whether it was brought up to date.
    pub after: Vec<AfterStep>,
    /// Whose sessions were ended, where that was asked for and something was restored.
    pub signed_out: Option<Box<SignedOut>>,
}

/// Something that the application derives itself, after the restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AfterStep {
    /// What it is, for people.
    pub what: String,
    /// What a person is to do, where nothing could be called or the call failed.
    pub by_hand: Option<String>,
    /// The code of the failure, where there was one.
    pub failure: Option<Code>,
    /// Rows that are there now, where a function was called that makes some.
    pub row_count: Option<u64>,
}
