//! The folder of archives on this computer.
//!
//! Archives lie in it directly, under names that people read. Beside them are two folders of ours:
//! `spool/` for spill files, which are gone after a kill at the next start, and `state/` for small
//! journals, each written durably or not at all, and for notes of which archives were made here. Everything is readable by its owner alone.

mod delete;
mod folder;
mod listing;
mod naming;
mod origin;
mod space;
mod spool;
mod state;

pub use folder::Library;
pub use listing::{Content, Entry};
pub use naming::archive_name;
pub use space::{free_space, require_space};
