//! Opens one company of one database: its catalog, its scope, and what an archive says about it; and
//! tells what a connection may do there.

mod access;
mod manifest;
mod open;
mod survey;

pub use manifest::server_time;
pub use open::{Actor, Opened, Target, companies, open};
pub use survey::{Application, Encryption, Reading, StateSchema, Survey, survey};
