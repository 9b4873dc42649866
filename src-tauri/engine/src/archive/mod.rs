//! The archive: one file with one company's rows, that ordinary tools open. `FORMAT.md` beside this
//! file is its specification.
//!
//! Writing: workers fill a [`MemberSpool`] each and append them to the one [`Writer`], which is
//! finished with a [`Manifest`]. Reading: a [`Reader`] trusts nothing; it gives the manifest at once
//! and each table's rows as a stream that is checked at its end. All of it is synchronous and meant
//! for threads that may block.
#![deny(clippy::indexing_slicing)]

mod chunk;
mod failure;
mod file_reader;
mod frame;
mod keyed;
mod keys;
mod layout;
mod manifest;
mod member;
mod partial;
mod picture;
mod preview;
mod reader;
mod readme;
mod row_reader;
mod saving;
mod seek;
mod sink;
mod source;
mod spool;
mod stack;
mod template;
mod verify;
mod writer;

pub use chunk::{Lines, RowChunk};
pub(crate) use failure::base_missing;
pub use file_reader::FileReader;
pub use keyed::KeyedRows;
pub use keys::{ArchiveKey, ArchiveKeys, Lock, Passphrase, PublicKey};
pub use manifest::{
    BrokenReference, CHANGES_VERSION, ChangedRows, Encryption, Excluded, FORMAT_VERSION, FileEntry,
    Kind, KnownFile, LeftFile, MadeBy, Manifest, Problem, SharedReference, SkippedRows, Summary,
    TableChanges, TableDisposition, TableEntry,
};
pub use member::{data_member_name, unsafe_file_name};
pub use partial::PARTIAL_SUFFIX;
pub(crate) use partial::{Partial, numbered, sync_folder_of};
pub use picture::PictureKind;
pub use preview::{Preview, Unshown};
pub use reader::{DEFAULT_ROW_LIMIT, Reader, read_summary};
pub use readme::ReadmeFacts;
pub use row_reader::RowReader;
pub use saving::{Occupied, buffered, save_whole};
pub use source::is_locked_by_passphrase;
pub use spool::{DEFAULT_LEVEL, MemberEntry, MemberSpool, Press, SpooledMember};
pub use stack::Stack;
pub use template::{MOST_DESCRIBED, MOST_PICTURED, Template};
pub use verify::VerifyReport;
pub use writer::{Finished, Sealed, Writer, file_hash};
