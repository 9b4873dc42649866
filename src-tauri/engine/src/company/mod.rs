//! Opens one company of one database: its catalog, its scope, and what an archive says about it.

mod manifest;
mod open;

pub use manifest::server_time;
pub use open::{Actor, Opened, Target, companies, open};
