//! What the computer that restores notes on its own disk around the commit.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the computer that restores notes before the commit, to find out afterwards how it ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Journal {
    /// Where the database is, without user and password.
    pub(super) database: String,
    /// The company.
    pub(super) company_id: String,
    /// The review that the transaction opens, or that it closes.
    pub(super) review: Uuid,
    /// What the transaction does to the review.
    #[serde(default)]
    pub(super) writes: Writes,
    /// The transaction's number (`xid8`).
    pub(super) transaction_id: String,
    /// The safety snapshot.
    pub(super) safety_path: PathBuf,
    /// The archive that is restored.
    pub(super) source_path: PathBuf,
}

/// What a restoring transaction does to its review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Writes {
    /// Opens it.
    #[default]
    Opened,
    /// Closes it as reverted.
    Reverted,
}

pub(super) fn journal_name(review: Uuid) -> String {
    format!("commit-{review}")
}

pub(super) fn review_name(review: Uuid) -> String {
    format!("review-{review}")
}
