//! Names that archives are given after they were made.
//!
//! An archive never changes: reviews know it by its hash and by its path. A name given later lies
//! beside it, in this library alone; the file and the label inside stay as they are.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::folder::Library;
use crate::{Code, Error, Result};

/// The journal that holds them.
const JOURNAL: &str = "names";
/// The longest name, in characters.
const NAME_LIMIT: usize = 200;

pub(super) type Names = BTreeMap<Uuid, String>;

impl Library {
    /// Calls an archive by another name in this library; with none, by the label inside again.
    ///
    /// # Errors
    /// `usage` for a name that is too long or holds control characters; `local_file`, `disk_full`.
    pub fn rename(&self, archive: Uuid, name: Option<&str>) -> Result<()> {
        let name = name.map(str::trim).filter(|name| !name.is_empty());
        if name.is_some_and(|name| {
            name.chars().count() > NAME_LIMIT || name.chars().any(char::is_control)
        }) {
            return Err(Error::new(
                Code::Usage,
                format!("A name is one line of at most {NAME_LIMIT} characters."),
            ));
        }
        let mut names = self.read_state::<Names>(JOURNAL)?.unwrap_or_default();
        match name {
            Some(name) => names.insert(archive, name.to_owned()),
            None => names.remove(&archive),
        };
        self.write_state(JOURNAL, &names)
    }

    /// The names given later. A journal that cannot be read costs the names, not the list.
    pub(super) fn names(&self) -> Names {
        match self.read_state::<Names>(JOURNAL) {
            Ok(names) => names.unwrap_or_default(),
            Err(error) => {
                tracing::warn!(code = %error.code(), "the names given to archives cannot be read");
                Names::default()
            }
        }
    }
}
