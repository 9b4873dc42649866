//! What archives hold, looked at without any database.
//!
//! `table` finds what a person calls a table, `key` finds one row by its key, `page` gives rows one
//! after the other, `order` by a column, `filter` those alone that have a value (`kind` says which is larger), `search` looks for a text in every field, `history` follows one row through the
//! backups of a company. What is read for looking at is not held against its hash: nothing is decided
//! from it, and whoever restores reads the whole table again.

mod filter;
mod history;
mod key;
mod kind;
mod order;
mod page;
mod search;
mod table;

pub use filter::{Filter, Likeness};
pub use history::{BackupRead, Event, History, NotRead, Version, history};
pub use key::{RowName, find_row, key_values};
pub use order::{Direction, Order};
pub use page::{Page, PageQuery, page};
pub use search::{Hit, SearchOptions, SearchReport, search};
pub use table::table_named;
