use std::fmt;

use serde::{Deserialize, Serialize};

/// The part of a key under which new content waits; no file of a company has it in its key.
pub(super) const ASIDE: &str = ".snapback";

/// A file as its storage names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FileName {
    /// Bucket.
    pub bucket: String,
    /// Key in the bucket.
    pub key: String,
}

impl FileName {
    /// The file of that key.
    pub fn new(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self {
            bucket: bucket.into(),
            key: key.into(),
        }
    }

    /// Whether every part of bucket and key is a plain name: none leads elsewhere, and none is ours.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\0');
        plain(&self.bucket)
            && !self.bucket.contains('/')
            && self.key.split('/').all(plain)
            && !self.is_aside()
    }

    /// Whether it is content that waits to become a file.
    pub(super) fn is_aside(&self) -> bool {
        self.key.split('/').any(|part| part == ASIDE)
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.bucket, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_elsewhere_is_not_plain() {
        for key in [
            "a/../b",
            "/etc/passwd",
            "a//b",
            "a/.",
            "a/",
            "",
            "a\0b",
            "a/.snapback/x",
        ] {
            assert!(!FileName::new("private", key).is_plain(), "{key:?}");
        }
        assert!(!FileName::new("..", "a").is_plain());
        assert!(!FileName::new("a/b", "c").is_plain());
        assert!(FileName::new("private", "acme/Größe ..x/…").is_plain());
    }
}
