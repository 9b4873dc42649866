//! A second place: every backup is copied to where the first cannot take it along when it goes, and read back
//! there before it counts.
//!
//! A place is a folder on another disk, one of another computer, or a bucket of an S3-compatible service. Nothing is ever removed there
//! or written over: a copy is a file of the same name with the same bytes, and opens like any other archive.

mod address;
mod book;
mod copy;
mod reference;
mod remote;

pub use address::PlaceAddress;
pub use book::{About, Copied, Copies, Elsewhere, Place, PlaceBook, PlaceStatus};
pub use copy::{Borrowed, Destination, borrow, copy, fetch, present};
pub use reference::{at_place, reference_to};
pub use remote::Remote;
