//! The one mechanism: what differs between a wanted state of a company and the state that is found.
//!
//! A preview shows it, a restore applies it, a revert is the same restore of the safety snapshot, and
//! comparing two backups reads it without a database. `pairing` fits the archive's tables to those that
//! are there, `live` says how live rows are asked for, `pass` streams them once through several
//! workers, `merge` compares, `spool` keeps what differs.

mod archives;
mod count;
mod details;
mod edits;
mod finding;
pub mod live;
mod merge;
mod pairing;
mod parts;
mod pass;
mod picks;
mod sink;
mod spool;
mod table;
mod wanted;

pub use archives::{ArchivedTable, compare_archives, newer};
pub use count::count_rows;
pub use details::{FieldDifference, RowDifference, RowTeller};
pub use edits::{Edits, edit_table};
pub use finding::{Effect, Finding, Verdict};
pub use merge::{Change, Identity, RowFate, merge};
pub(crate) use pairing::Names;
pub use pairing::{Conversion, Pairing, Since, TablePair, pair};
pub(crate) use parts::parts;
pub use pass::{LivePass, LiveTable};
pub use picks::{Picks, Reach, Take};
pub use sink::{RowSink, RowWitness};
pub use spool::{Counts, Flow, Spool, SpoolReader, SpoolWriter};
pub use table::{LeftBehind, TableDifference, compare_table, drain};
pub use wanted::WantedRows;
