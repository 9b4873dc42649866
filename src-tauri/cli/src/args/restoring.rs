//! What may be written to put a company back, or to clean one.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Details, OneCompany};

/// As many levels as there are.
const ALL_LEVELS: &str = "4294967295";

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The archive: a path, a file name in the library, the beginning of its id, or place:NUMBER/FILE
    #[arg(required_unless_present = "at")]
    pub(crate) archive: Option<String>,
    /// In its place, the newest backup of the company that is not younger than this: 2026-05-04 15:00 by this
    /// computer's clock, or 2026-05-04T15:00:00Z
    #[arg(long, value_name = "TIME", conflicts_with = "archive")]
    pub(crate) at: Option<String>,
    #[command(flatten)]
    pub(crate) company: OneCompany,
    /// Shows what would change, and changes nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) details: Details,
    /// Holds writers of the company's tables off from the start: for companies that never stand still
    #[arg(long)]
    pub(crate) hold_writers: bool,
    /// With the uploaded files; --storage says where they are
    #[arg(long, conflicts_with = "only")]
    pub(crate) files: bool,
    /// Signs out everybody who belongs to this company alone, once it is restored; where the profile says
    /// where sessions are
    #[arg(long, conflicts_with = "only")]
    pub(crate) sign_out: bool,
    #[command(flatten)]
    pub(crate) selection: Selection,
}

/// Some rows of an archive in place of all.
#[derive(Debug, Args)]
pub(crate) struct Selection {
    /// Takes back only this row, with the rows that it refers to and that are gone; or this area with
    /// area:sales. Given again, all of them
    #[arg(long, value_name = "TABLE:KEY")]
    pub(crate) only: Vec<String>,
    /// With the rows that refer to those, and the rows that refer to these: so many times, or until
    /// there are no more
    #[arg(long, value_name = "LEVELS", num_args = 0..=1, require_equals = true, default_missing_value = ALL_LEVELS, requires = "only")]
    pub(crate) with_children: Option<u32>,
    /// Whose values rows have that are there with others; where nothing is said, the named rows the
    /// backup's and the others today's
    #[arg(long, value_name = "WHOSE", requires = "only")]
    pub(crate) conflicts: Option<Conflicts>,
    /// Of rows of this table that are there, takes only this field, such as salesOrder.customerId; given
    /// again, all of them
    #[arg(long = "field", value_name = "TABLE.COLUMN", requires = "only")]
    pub(crate) fields: Vec<String>,
    /// Leaves this value as it is today where the row is there, such as customer:ID.name; given again,
    /// all of them
    #[arg(long, value_name = "TABLE:KEY.COLUMN", requires = "only")]
    pub(crate) keep: Vec<String>,
}

/// Whose values win.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Conflicts {
    /// Today's: only rows that are gone come back
    Mine,
    /// The backup's
    Backup,
}

#[derive(Debug, Args)]
pub(crate) struct Revert {
    #[command(flatten)]
    pub(crate) company: OneCompany,
    /// The safety snapshot, where the restore ran on another computer
    #[arg(long, value_name = "FILE")]
    pub(crate) safety: Option<PathBuf>,
    /// Shows what would change, and changes nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) details: Details,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) company: OneCompany,
    /// Cleans what can be cleaned, after it was shown and confirmed; it can be kept or reverted
    #[arg(long)]
    pub(crate) fix: bool,
    /// With --fix: shows what cleaning would change, and changes nothing
    #[arg(long, requires = "fix")]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) details: Details,
}
