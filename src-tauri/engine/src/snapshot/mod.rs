//! Backing up one company: one instant, every row, one archive.

mod contents;
mod create;
mod files;
mod outside;
mod passing;
mod point;

pub use contents::{AreaContents, Contents, ExcludedContents, TableContents, contents};
pub use create::{Corrupted, CreateOptions, CreateReport, create};
pub(crate) use outside::Outside;
pub(crate) use passing::through_archive;
pub use point::{Stored, store_by_changes};
