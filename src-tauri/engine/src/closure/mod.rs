//! Whether the company is closed: every reference of its rows leads to a row of its own, of its group,
//! or to one that is shared by all.
//!
//! `references` says which references of a table are followed and how the server is asked about all of
//! them at once; `watch` sees every row on its way into an archive and says in which tables something may be
//! wrong, `unseen` knows the rows that do not come by there; `crossings` asks the server what is; `broken`
//! tells a person what is wrong; `mending` decides which rows must go and which references must be emptied
//! so that nothing is.

mod broken;
mod crossings;
mod hashes;
mod mending;
mod references;
mod rows;
mod unseen;
mod watch;

pub use broken::{Broken, Fault, SharedRows, broken, count_any, shared_rows_that_refer};
pub use crossings::{Crossing, Skipped, crossings, skipped};
pub use mending::{Mending, mending};
pub use references::{Followed, Reach, followed};
pub use unseen::{ReferredTo, Unseen};
pub use watch::Watch;
