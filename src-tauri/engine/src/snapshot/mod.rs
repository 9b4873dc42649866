//! Backing up one company: one instant, every row, one archive.

mod closure;
mod contents;
mod create;
mod people;

pub use closure::{Crossing, Skipped};
pub use contents::{AreaContents, Contents, ExcludedContents, TableContents, contents};
pub use create::{Corrupted, CreateOptions, CreateReport, create};
