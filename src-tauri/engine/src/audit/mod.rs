//! The audit trail: who did what, when, from where, on which company, and how it ended; failed attempts too.
//!
//! Every computer keeps a [`Trail`] of its own: lines that are only ever appended, each with its BLAKE3 and with that of
//! the line before, so that an edit, a line that was taken out and one that was put in break the chain. A cut end
//! breaks nothing in what is left; so the last number and hash also lie beside the trail and, where the schema
//! `snapback` is there and the role may write, in the database ([`note`]), with the deed itself for everyone who
//! works on that database. No row values and no connection strings are in it.

mod deed;
mod shared;
mod trail;
mod verify;

pub use deed::{Action, Deed, Entry};
pub use shared::{SharedDeed, deeds, note, trail_ends};
pub use trail::{Trail, TrailEnd};
pub use verify::{Fault, Verification};
