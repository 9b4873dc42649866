use uuid::Uuid;

use super::FileName;
use super::name::ASIDE;

/// New content of a file, put aside until it becomes the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// The file that it is to become.
    pub name: FileName,
    /// Where it waits: a key of the same bucket, or in Supabase's folder the new version.
    pub waits_as: String,
}

impl Aside {
    /// Content that waits under a key beside the company's files: below `first part of the key/.snapback/`.
    pub(super) fn beside(name: FileName, operation: Uuid, number: usize) -> Self {
        let folder = match name.key.split_once('/') {
            Some((first, _)) => format!("{first}/"),
            None => String::new(),
        };
        Self {
            waits_as: format!("{folder}{ASIDE}/{operation}/{number}"),
            name,
        }
    }

    /// What waits under that key, of a restore of which no more is known.
    pub(super) fn left(bucket: &str, key: String) -> Self {
        Self {
            name: FileName::new(bucket, key.clone()),
            waits_as: key,
        }
    }

    /// The key under which it waits, where it waits under a key.
    pub(super) fn waiting(&self) -> FileName {
        FileName::new(self.name.bucket.clone(), self.waits_as.clone())
    }
}
