//! A company's uploaded files: which rows name them, which the storage has, and how the two fit.
//!
//! [`FileRows`] come from the snapshot that the company's rows come from, [`find`] holds the storage's
//! listing against them, and [`carry`] brings files into an archive. Whatever does not fit is a problem
//! with the file's name in it. [`survey`] tries a storage out before anybody relies on it.

mod carry;
mod find;
mod hash;
mod rows;
mod survey;

pub use carry::{Carried, Carrier, carry};
pub use find::{Found, find, problem};
pub use hash::hash;
pub(crate) use rows::places_of;
pub use rows::{FileRows, ObjectRow, key_in, places};
pub use survey::{StorageSurvey, survey};
