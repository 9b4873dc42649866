//! What is wrong with a company's rows, found by reading alone and, when somebody says so, cleaned.
//!
//! `examine` looks at one instant: references that lead to another company's rows or nowhere, ids without
//! a constraint that nothing holds, rows shared by all that refer to this company, sequences behind their
//! columns. It says too what it could not look at. Cleaning is a restore of the state found without its
//! broken references: the same pass, safety snapshot, locks, checks and review.

mod clean;
mod examine;
mod sequences;
mod soft;

pub use clean::{Cleaned, clean, plan};
pub use examine::{Ailment, Examination, ExaminedTable, Kind, NotExamined, Remedy, examine};
pub use sequences::Behind;
