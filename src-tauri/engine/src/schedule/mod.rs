//! Backups that nobody has to remember: when they are due, what is noted of them, and which of them are no
//! longer needed.
//!
//! Decides alone. Whoever runs what is due opens the company, backs it up by `snapshot` and notes here how it
//! ended. Schedules and what became of them are journals of the library that the backups go into.

mod book;
mod expiry;
mod handed;
mod moment;
mod protection;
mod rhythm;

pub use book::{Book, Due, Run, Schedule, Whose};
pub use expiry::{Fate, Judged, Standing, judge, let_go};
pub use handed::{Handing, note_handed, remove_handed};
pub use moment::{Around, around};
pub use protection::{NewestBackup, Protection, protection};
pub use rhythm::{Rhythm, USUAL};
