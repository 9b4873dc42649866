//! The folder of archives on this computer.
//!
//! Archives lie in it directly, under names that people read. Beside them are two folders of ours:
//! `spool/` for spill files, which are gone after a kill at the next start, and `state/` for small
//! journals, each written durably or not at all, for notes of which archives were made here and for
//! names given to archives later. Everything is readable by its owner alone. Which key new archives are
//! encrypted for is known here; the keys that open them are handed in by whoever opens the library.

mod adding;
mod chain;
mod delete;
mod folder;
mod keys;
mod listing;
mod names;
mod naming;
mod origin;
mod pins;
mod proofs;
mod space;
mod spool;
mod state;

pub use adding::Added;
pub use folder::{Library, create_private_folder};
pub use keys::{Encrypt, KeyBook, KnownKey, Proven};
pub use listing::{Content, Entry};
pub use naming::archive_name;
pub use space::{free_space, require_space};
