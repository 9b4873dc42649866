//! Progress and warnings, out of the engine.
//!
//! Workers add to [`Counters`] and never call anybody; whoever shows progress samples the counters
//! at its own pace. A total that is not known is `None`. [`Step`]s are for those who break an operation on
//! purpose: nobody else listens to them.

mod step;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use step::Step;

/// What an operation is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Reads the catalog and decides whose rows are whose.
    Planning,
    /// Looks for references that leave the company.
    CheckingReferences,
    /// Reads the live rows and writes the archive.
    Reading,
    /// Compares the live rows with the archive, writing the safety snapshot where one is taken.
    Comparing,
    /// Takes the locks on the touched tables and proves them unchanged.
    Locking,
    /// Writes the difference.
    Applying,
    /// Checks every reference that the written rows touch.
    Checking,
    /// Commits.
    Committing,
    /// Reads uploaded files and writes them into an archive.
    ReadingFiles,
    /// Looks which uploaded files differ.
    ComparingFiles,
    /// Puts the new content of uploaded files aside.
    StagingFiles,
    /// Makes what was put aside the files.
    SwitchingFiles,
    /// Reads an archive and checks it against its manifest.
    Verifying,
    /// Looks for a text in an archive.
    Searching,
    /// Writes an archive's rows as files for others.
    Exporting,
    /// Puts an archive into a database of our own.
    Proving,
}

impl Phase {
    /// The word of this phase on the wire and in progress lines.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Planning => "planning",
            Self::CheckingReferences => "checking references",
            Self::Reading => "reading",
            Self::Comparing => "comparing",
            Self::Locking => "locking",
            Self::Applying => "applying",
            Self::Checking => "checking",
            Self::Committing => "committing",
            Self::ReadingFiles => "reading files",
            Self::ComparingFiles => "comparing files",
            Self::StagingFiles => "uploading files",
            Self::SwitchingFiles => "switching files",
            Self::Verifying => "verifying",
            Self::Searching => "searching",
            Self::Exporting => "exporting",
            Self::Proving => "proving",
        }
    }
}

/// In what a phase counts how far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Rows.
    Rows,
    /// Bytes of uploaded files.
    Bytes,
}

impl Phase {
    /// In what it counts.
    #[must_use]
    pub fn unit(self) -> Unit {
        match self {
            Self::ReadingFiles
            | Self::ComparingFiles
            | Self::StagingFiles
            | Self::SwitchingFiles => Unit::Bytes,
            Self::Planning
            | Self::CheckingReferences
            | Self::Reading
            | Self::Comparing
            | Self::Locking
            | Self::Applying
            | Self::Checking
            | Self::Committing
            | Self::Searching
            | Self::Exporting
            | Self::Proving
            | Self::Verifying => Unit::Rows,
        }
    }
}

/// What the workers of one phase have done so far.
#[derive(Debug, Default)]
pub struct Counters {
    rows: AtomicU64,
    bytes: AtomicU64,
}

impl Counters {
    /// Adds finished rows and the bytes of their COPY text, or bytes of files.
    pub fn add(&self, row_count: u64, byte_count: u64) {
        self.rows.fetch_add(row_count, Ordering::Relaxed);
        self.bytes.fetch_add(byte_count, Ordering::Relaxed);
    }

    /// Rows done so far.
    #[must_use]
    pub fn row_count(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// Bytes of COPY text or of files done so far.
    #[must_use]
    pub fn byte_count(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

/// Something that a person should know though the operation goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// A stable word for programs, in snake case.
    pub code: &'static str,
    /// One sentence without row values.
    pub message: String,
}

/// Receives what an operation does. Calls are rare: once a phase, a step or a warning.
pub trait Reporter: Send + Sync {
    /// A phase begins, or its total has become known since: in the unit of the phase, `None` where it is
    /// not. The counters are this phase's own and are sampled by the receiver.
    fn phase(&self, phase: Phase, total: Option<u64>, counters: Arc<Counters>);
    /// Something is off; the operation goes on.
    fn warning(&self, warning: Warning);
    /// A step is done; the operation goes on when this returns.
    fn step(&self, _: Step) {}
    /// Whether anybody sees how far a phase is. Where nobody does, no total is counted on the server for it.
    fn shows_progress(&self) -> bool {
        true
    }
}

/// Hears nothing: for callers that show no progress.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn phase(&self, _: Phase, _: Option<u64>, _: Arc<Counters>) {}
    fn warning(&self, _: Warning) {}
    fn shows_progress(&self) -> bool {
        false
    }
}
