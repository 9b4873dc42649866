//! Reads the schema as it is, from `pg_catalog` alone (the information schema hides what a role does
//! not own): one query a kind, all of them in one round trip, or in two at once.

mod around;
mod cells;
pub(crate) mod kept;
mod numbers;
mod read;
mod stamp;
mod version;

pub use around::{materialized_views, schemas};
pub use read::{read, read_by_two};
pub use stamp::Stamp;
pub use version::version;

use crate::error::{Code, Error};

fn unknown(what: &'static str) -> Error {
    Error::new(
        Code::Defect,
        "The database's catalog holds something that is not known here.",
    )
    .with("what", what)
}
