//! Proof of restore: an archive is really put into a database of our own that holds nothing else.
//!
//! The tables are made from the archive's own catalog, the rows loaded by COPY and read back, keys, unique
//! values, checks and references rebuilt as the server's own constraints, and uploaded files read to their
//! end. What comes of it is a [`Certificate`]: what was proven, what was wrong, and what nobody could prove.
//!
//! Statements are made of what an archive says, and an archive is never trusted: the role of the session
//! must be one that owns its database and may do nothing else.

mod book;
mod certificate;
mod constraints;
mod dump;
mod files;
mod load;
mod prove;
mod references;
mod tables;

pub use book::{LastProof, LastProofs, due, is_backup, keep, last_proofs};
pub use certificate::{Certificate, Finding, FindingKind, Gap, GapKind, Proven, Verdict};
pub use dump::{Dumped, NotTaken, load_dump};
pub use prove::{ProofOptions, prove};
