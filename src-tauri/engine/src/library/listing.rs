//! What lies in the library, read from the manifests alone.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use uuid::Uuid;

use super::folder::Library;
use super::names::Names;
use super::naming::EXTENSION;
use super::spool::is_locked;
use crate::archive::{ArchiveKeys, PARTIAL_SUFFIX, Summary, base_missing, read_summary};
use crate::model::CompanyId;
use crate::{Code, Error, Result};

/// The fewest characters of an id by which an archive is found.
const ID_PREFIX_LENGTH: usize = 4;

/// An archive's file as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it is.
    pub path: PathBuf,
    /// Length of the file in bytes.
    pub size_bytes: u64,
    /// When the file was last written, by this computer's clock; `None` where the system does not say.
    pub modified: Option<SystemTime>,
    /// The name that it was given in this library after it was made.
    pub given_name: Option<String>,
    /// What it holds, or what is wrong with it.
    pub content: Content,
}

/// What an archive's file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A manifest could be read. Whether the rows are whole is known after they were verified.
    Complete(Box<Summary>),
    /// It cannot be used.
    Broken {
        /// Why, as far as somebody acts on it.
        code: Code,
        /// Why, as a sentence.
        message: String,
    },
}

/// What files held when they were last read, by their length and when they were last written: a folder
/// of a thousand archives is not read anew for each look at it.
pub(super) type Known = HashMap<PathBuf, ((u64, Option<SystemTime>), Content)>;

impl Content {
    fn read(path: &Path, keys: &ArchiveKeys) -> Self {
        match read_summary(path, keys) {
            // A writer that was killed after the last byte and before the rename.
            Ok(_) if is_partial(path) => broken(&incomplete()),
            Ok(summary) => Self::Complete(Box::new(summary)),
            Err(error) => broken(&error),
        }
    }
}

impl Entry {
    /// What the manifest says, where there is one.
    #[must_use]
    pub fn summary(&self) -> Option<&Summary> {
        match &self.content {
            Content::Complete(summary) => Some(summary),
            Content::Broken { .. } => None,
        }
    }

    /// Whose it is, where it says so.
    #[must_use]
    pub fn company_id(&self) -> Option<&CompanyId> {
        self.summary().map(|summary| &summary.company.id)
    }

    /// Why it cannot be used, if it cannot.
    #[must_use]
    pub fn problem(&self) -> Option<Code> {
        match &self.content {
            Content::Complete(_) => None,
            Content::Broken { code, .. } => Some(*code),
        }
    }

    /// Its file name, for people.
    #[must_use]
    pub fn file_name(&self) -> String {
        self.path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    }

    /// What people call it: the name given later, or the label inside.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        let label = || self.summary().and_then(|summary| summary.label.as_deref());
        self.given_name.as_deref().or_else(label)
    }

    fn read(
        path: PathBuf,
        names: &Names,
        known: &mut Known,
        keys: &ArchiveKeys,
    ) -> io::Result<Self> {
        let metadata = std::fs::metadata(&path)?;
        let state = (metadata.len(), metadata.modified().ok());
        let content = match known.get(&path) {
            Some((then, content)) if *then == state && state.1.is_some() => content.clone(),
            _ => Content::read(&path, keys),
        };
        known.insert(path.clone(), (state, content.clone()));
        Ok(Self {
            path,
            size_bytes: state.0,
            modified: state.1,
            given_name: match &content {
                Content::Complete(summary) => names.get(&summary.id).cloned(),
                Content::Broken { .. } => None,
            },
            content,
        })
    }

    /// What the list is ordered by: the snapshot's time, or the file's where that is not known.
    fn time(&self) -> SystemTime {
        match self.summary() {
            Some(summary) => summary.snapshot_time.into(),
            None => self.modified.unwrap_or(SystemTime::UNIX_EPOCH),
        }
    }
}

fn incomplete() -> Error {
    Error::new(Code::ArchiveIncomplete, "The archive was never finished.")
}

fn broken(error: &Error) -> Content {
    Content::Broken {
        code: error.code(),
        message: error.message().to_owned(),
    }
}

/// Whether this is the name of an archive that was not finished.
pub(super) fn is_partial(path: &Path) -> bool {
    path.as_os_str()
        .as_encoded_bytes()
        .ends_with(PARTIAL_SUFFIX.as_bytes())
}

/// What holds only changes is of no use without the archive that it stands on.
fn mark_without_base(entries: &mut [Entry]) {
    let ids: HashSet<Uuid> = entries
        .iter()
        .filter_map(|entry| Some(entry.summary()?.id))
        .collect();
    let mut broken = HashSet::new();
    loop {
        let before = broken.len();
        for summary in entries.iter().filter_map(Entry::summary) {
            let is_missing = |base| !ids.contains(&base) || broken.contains(&base);
            if summary.stands_on().is_some_and(is_missing) {
                broken.insert(summary.id);
            }
        }
        if broken.len() == before {
            break;
        }
    }
    for entry in entries {
        let is_broken = |summary: &Summary| broken.contains(&summary.id);
        if entry.summary().is_some_and(is_broken) {
            entry.content = self::broken(&base_missing(&entry.path));
        }
    }
}

impl Library {
    /// All archives, newest first. A file that is no whole archive is listed with what is wrong with
    /// it; an archive that is being written is not listed.
    ///
    /// # Errors
    /// `local_file` where the folder itself cannot be read.
    pub fn list(&self) -> Result<Vec<Entry>> {
        let failed =
            |error: io::Error| Error::local_file("the library folder", self.folder(), &error);
        let names = self.names();
        let (mut known, keys) = (self.known(), self.keys());
        let mut entries = Vec::new();
        for item in std::fs::read_dir(self.folder()).map_err(failed)? {
            let path = item.map_err(failed)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let finished = name.ends_with(EXTENSION);
            let left_behind = || {
                name.strip_suffix(PARTIAL_SUFFIX)
                    .is_some_and(|name| name.ends_with(EXTENSION))
                    && !is_locked(&path)
            };
            if (finished || left_behind()) && !path.is_dir() {
                // A file that went since the folder was read is simply not there.
                entries.extend(Entry::read(path, &names, &mut known, &keys).ok());
            }
        }
        known.retain(|path, _| path.exists());
        mark_without_base(&mut entries);
        entries.sort_by(|a, b| b.time().cmp(&a.time()).then_with(|| a.path.cmp(&b.path)));
        Ok(entries)
    }

    /// The archive in that file.
    ///
    /// # Errors
    /// `local_file` where the file itself cannot be read.
    pub fn entry(&self, path: PathBuf) -> Result<Entry> {
        let keys = self.keys();
        let found = Entry::read(path.clone(), &self.names(), &mut self.known(), &keys);
        found.map_err(|error| Error::local_file("the archive", &path, &error))
    }

    /// The archive that a person means: by path, by file name in this folder (with or without its
    /// ending), or by the beginning of its id where no other begins so.
    ///
    /// # Errors
    /// `no_such_archive`; `local_file`.
    pub fn find(&self, reference: &str) -> Result<Entry> {
        let named = [
            PathBuf::from(reference),
            self.folder().join(reference),
            self.folder().join(format!("{reference}{EXTENSION}")),
        ];
        for path in named {
            if !reference.is_empty() && path.is_file() {
                let path = std::path::absolute(&path).unwrap_or(path);
                return self.entry(path);
            }
        }
        let prefix = reference.to_ascii_lowercase();
        let mut found = if prefix.len() < ID_PREFIX_LENGTH {
            Vec::new()
        } else {
            self.list()?
        };
        found.retain(|entry| {
            entry
                .summary()
                .is_some_and(|summary| summary.id.to_string().starts_with(&prefix))
        });
        match found.pop() {
            Some(entry) if found.is_empty() => Ok(entry),
            Some(_) => Err(no_such(
                reference,
                "Several archives begin with that id. Give more of it.",
            )),
            None => Err(no_such(
                reference,
                "See snapback list for the archives on this computer.",
            )),
        }
    }
}

fn no_such(reference: &str, hint: &str) -> Error {
    Error::new(Code::NoSuchArchive, "There is no such archive.")
        .hint(hint)
        .with("archive", reference)
}
