use std::collections::{BTreeMap, BTreeSet};

use crate::archive::{Problem, unsafe_file_name};
use crate::files::{FileName, Place, Store, StoredFile, Versions, no_bucket};
use crate::{Code, Error, Result};

use super::rows::FileRows;

/// The company's files as the storage has them.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// By name, each in the version that counts.
    pub files: BTreeMap<FileName, StoredFile>,
    /// What does not fit, file by file.
    pub problems: Vec<Problem>,
}

/// Lists the company's places completely and holds them against the rows.
///
/// # Errors
/// Those of the store; `no_such_bucket` where none of the buckets is there; `missing_right` where only
/// rows that this role may not read say which version of a file counts.
pub async fn find(store: &dyn Store, places: &[Place], rows: &FileRows) -> Result<Found> {
    let mut found = Found::default();
    let mut versions: Vec<StoredFile> = Vec::new();
    let mut is_there = false;
    for place in places {
        let Some(listing) = store.list(place).await? else {
            continue;
        };
        is_there = true;
        versions.extend(listing.files);
        found.problems.extend(listing.odd.iter().map(|name| {
            problem(
                "file_odd",
                format!(
                    "{name} is a link, a device or a name that leads elsewhere or is no text, and is not carried."
                ),
            )
        }));
    }
    if !is_there {
        return Err(no_bucket(places).with("storage", store.address()));
    }
    if store.versions() == Versions::OfRows {
        let Some(objects) = &rows.objects else {
            return Err(Error::new(
                Code::MissingRight,
                "Which version of a file counts stands in rows that this role may not read, or that are not there.",
            )
            .hint("Let the role read storage.objects, or name the storage's S3 endpoint instead."));
        };
        let mut unnamed = BTreeSet::new();
        versions.retain(|file| match objects.get(&file.name) {
            Some(row) => row.version == file.version,
            None => {
                unnamed.insert(file.name.clone());
                false
            }
        });
        found.problems.extend(unnamed.iter().map(|name| {
            let message = format!(
                "{name} is in the storage, and no row names a version of it: the application does not see it, and it is not carried."
            );
            problem("file_unnamed", message)
        }));
    }
    found.files = versions
        .into_iter()
        .map(|file| (file.name.clone(), file))
        .collect();
    found.refuse_unsafe();
    found.match_objects(rows, store.versions());
    found.match_names(rows);
    found.match_columns(rows);
    found.problems.sort();
    Ok(found)
}

/// Something about one file that a person should know, in a sentence with its name.
#[must_use]
pub fn problem(code: &str, message: String) -> Problem {
    Problem {
        code: code.to_owned(),
        message,
    }
}

impl Found {
    /// A name that an archive cannot have is told and left out.
    fn refuse_unsafe(&mut self) {
        let problems = &mut self.problems;
        self.files
            .retain(|name, _| match unsafe_file_name(&name.bucket, &name.key) {
                None => true,
                Some(reason) => {
                    let message = format!("{name} is not carried: {reason}.");
                    problems.push(problem("file_name", message));
                    false
                }
            });
    }

    fn match_objects(&mut self, rows: &FileRows, versions: Versions) {
        if rows.is_hidden {
            let message =
                "This role may not read the rows that list the files, so these were not compared.";
            self.problems
                .push(problem("file_rows_hidden", message.to_owned()));
        }
        let Some(objects) = &rows.objects else {
            return;
        };
        for (name, row) in objects {
            let Some(file) = self.files.get(name) else {
                let message =
                    format!("{name} is listed in the database and is not in the storage.");
                self.problems.push(problem("file_missing", message));
                continue;
            };
            let other_size = row.byte_count.is_some_and(|size| size != file.byte_count);
            let is_etag = versions == Versions::OfStorage && is_etag(&file.tag);
            let plain = |tag: &str| tag.trim_matches('"').to_owned();
            let other_etag = row.etag.as_ref();
            let other_etag =
                other_etag.is_some_and(|etag| is_etag && plain(etag) != plain(&file.tag));
            if other_size || other_etag {
                let what = if other_size { "size" } else { "content" };
                let message =
                    format!("{name} has another {what} in the storage than the database says.");
                self.problems.push(problem("file_differs", message));
            }
        }
    }

    /// A file that nothing names, where there are rows that would.
    fn match_names(&mut self, rows: &FileRows) {
        if rows.objects.is_none() && rows.named.is_empty() {
            return;
        }
        let named = |name: &FileName| {
            let listed = rows.objects.as_ref();
            listed.is_some_and(|objects| objects.contains_key(name))
                || rows.named.contains_key(&name.key)
        };
        for name in self.files.keys().filter(|name| !named(name)) {
            let message = format!("{name} is in the storage, and no row names it.");
            self.problems.push(problem("file_unnamed", message));
        }
    }

    fn match_columns(&mut self, rows: &FileRows) {
        let keys: BTreeSet<&str> = self.files.keys().map(|name| name.key.as_str()).collect();
        let listed = rows
            .objects
            .iter()
            .flatten()
            .map(|(name, _)| name.key.as_str());
        let listed: BTreeSet<&str> = listed.collect();
        for (key, column) in &rows.named {
            if !keys.contains(key.as_str()) && !listed.contains(key.as_str()) {
                let message = format!("{key} is named by {column} and is not in the storage.");
                self.problems.push(problem("file_missing", message));
            }
        }
    }
}

/// Whether a tag is an ETag as services give it, and not what a folder knows of a file.
fn is_etag(tag: &str) -> bool {
    tag.starts_with('"')
}
