//! Reads the schema as it is, from `pg_catalog` alone (the information schema hides what a role does
//! not own): one query a kind, all of them in one round trip.

mod read;
mod version;

pub use read::read;
pub use version::version;
