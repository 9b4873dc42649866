use std::fmt;

use crate::error::Result;
use crate::pg::{Session, failed};

/// What the catalog of those schemas was at one moment, to be compared with what it is later.
///
/// Equal stamps mean an equal catalog. Unequal ones may mean nothing, such as a temporary table of
/// somebody else: whoever finds them unequal reads the catalog again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp(String);

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Stamp {
    /// The stamp of now, or of the moment that the session's transaction sees.
    ///
    /// # Errors
    /// As [`failed`] maps them.
    pub async fn read(session: &mut Session, schemas: &[String]) -> Result<Self> {
        sqlx::query_scalar(include_str!("stamp.sql"))
            .persistent(false)
            .bind(schemas)
            .fetch_one(session.connection())
            .await
            .map(Self)
            .map_err(failed)
    }
}
