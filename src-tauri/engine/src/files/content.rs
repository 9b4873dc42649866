use std::collections::BTreeMap;

use futures_util::stream::BoxStream;

use crate::Result;

pub use bytes::Bytes;

/// What a storage keeps beside a file's bytes, by header: `content-type`, `cache-control` and the like,
/// and the application's own under `x-amz-meta-…`.
pub type Attributes = BTreeMap<String, String>;

/// The header that says what kind of file it is.
pub(super) const CONTENT_TYPE: &str = "content-type";
/// The header that says how long it may be kept by who has fetched it.
pub(super) const CACHE_CONTROL: &str = "cache-control";
/// What the name of an application's own header begins with.
pub(super) const OWN: &str = "x-amz-meta-";

/// A file that is being read.
pub struct Content<'a> {
    /// What is kept beside it.
    pub attributes: Attributes,
    /// Its bytes, piece by piece.
    pub pieces: BoxStream<'a, Result<Bytes>>,
}
