//! Putting a company back: the difference between an archive and the live rows, shown, then applied in
//! one transaction, then kept or reverted.
//!
//! `plan` only reads. `run` makes its own pass over the live rows, which is also the safety snapshot,
//! locks the touched tables late, proves them unchanged, applies exactly the difference, checks every
//! reference and commits together with the review. A revert is the same restore of the safety snapshot.

mod after;
mod apply;
mod batch;
mod check;
mod commit;
mod consent;
mod course;
mod delete;
mod files;
mod insert;
mod journal;
mod judge;
mod known;
mod lock;
mod nowhere;
mod options;
mod park;
mod pass;
mod picked;
mod places;
mod plan;
mod prepare;
mod referred;
mod review;
mod reviewed;
mod rights;
mod run;
mod safety;
mod seen;
mod sequences;
mod sign_out;
mod silence;
pub mod state;
mod verdict;
mod waiting;
mod wanted;
mod with_files;

pub(crate) use after::after_steps;
pub use after::{after_steps_of, repeat_after_steps};
pub(crate) use check::broken as broken_reference;
pub(crate) use files::FreshFiles;
pub use files::{
    FilesDifference, FilesReport, PendingFiles, ReviewedFile, ReviewedFiles, clear_away,
    finish_files, pending_files,
};
pub(crate) use lock::begin_locked;
pub use options::{AfterStep, Confirmation, HoldWriters, RestoreOptions, RestoreReport};
pub use picked::{Conflicts, KeptValues, Origin, OriginCounts, Origins, RowKey, Selection};
pub use plan::{Plan, PlannedTable, clean_plan, picked_plan, plan};
pub use review::{
    ReviewStatus, SafetyPlace, Settled, keep, keep_without_safety, open_safety, revert,
    revert_plan, review_status,
};
pub use reviewed::{archived_difference, reviewed_difference};
pub(crate) use rights::References;
pub use rights::{MissingRight, RestoreRights};
pub use run::{clean, run, run_picked};
pub(crate) use sequences::raise;
pub use sequences::raise_sequences;
pub use sign_out::{PlannedSignOut, Sessions, SignOut, SignedOut, require_sign_out};
pub(crate) use silence::Silenced;
pub use verdict::{ArchiveVerdict, verdict};
pub use waiting::{archives_under_review, companies_with_reviews, open_reviews};
