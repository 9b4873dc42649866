//! What a person reads when they look into a difference: its rows page by page, called by name, with
//! the names of what they point at, and what kind of value a column holds.
//!
//! Reads only. Values go to the person who looks, never into logs or errors.

mod names;
mod pages;
mod value;

pub use names::{Names, Pointer};
pub use pages::{Page, PageRow, Pages};
pub use value::{ValueKind, value_kind};
