//! Opens one company of one database: its catalog, its scope, and what an archive says about it; and
//! tells what a connection may do there. It finds out which of several profiles fits a database; where none
//! does, it reads what one can be proposed from.

mod access;
mod detect;
mod manifest;
mod open;
mod propose;
mod role;
mod survey;

pub use access::{user_of, users};
pub use detect::detect;
pub use manifest::server_time;
pub use open::{Actor, Opened, Target, companies, open, open_new, run_time_pattern, stamp};
pub use propose::propose;
pub use role::{Bound, Granted, Role, Roles};
pub use survey::{Application, Encryption, Reading, StateSchema, Survey, may_write, survey};
