use std::fmt;
use std::path::Path;

use futures_util::future::BoxFuture;

use crate::Result;

/// A folder of another computer, which whoever opens the place knows how to reach.
///
/// Calls are bounded in time. `storage_unreachable`, `storage_refused`, `unknown_host_key`, `no_such_storage`,
/// `storage_failed`, `cancelled`.
pub trait Remote: fmt::Debug + Send + Sync {
    /// The names of what lies in the folder.
    fn names(&self) -> BoxFuture<'_, Result<Vec<String>>>;

    /// Puts a file there under that name, which appears once all of it is there. What is there already is never written over.
    fn put<'a>(&'a self, source: &'a Path, name: &'a str) -> BoxFuture<'a, Result<()>>;

    /// Brings a file of that name here.
    fn get<'a>(&'a self, name: &'a str, target: &'a Path) -> BoxFuture<'a, Result<()>>;
}
