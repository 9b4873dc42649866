//! Uploaded files in an export, called as the rows that name them are called.

use std::collections::{HashMap, HashSet};

use super::csv::push_record;
use super::zip::Zip;
use crate::archive::{FileEntry, Manifest, Reader, TableEntry};
use crate::cancel::{CancelToken, checkpoint};
use crate::model::Profile;
use crate::rows::{field_at, text_of};
use crate::{Code, Error, Result, profile};

/// Letters of a name at most; what unpacks a ZIP may allow no more than 255 bytes.
const LONGEST: usize = 80;
/// The folder of files that no row names.
const OTHERS: &str = "Other";

/// What uploaded files are called, gathered while the rows go by.
pub(super) struct UploadNames {
    files: Vec<FileEntry>,
    /// Folder and name of a file, by its key in the storage.
    named: HashMap<String, (String, String)>,
    /// Keys that are waited for: no more names are held than there are files.
    keys: HashSet<String>,
    prefixes: Vec<String>,
    /// Of the table that goes by: its folder, where its columns of keys stand, and those that name rows.
    table: Option<Columns>,
}

struct Columns {
    folder: String,
    keys: Vec<usize>,
    names: Vec<usize>,
}

impl UploadNames {
    /// For the files of that archive.
    ///
    /// # Errors
    /// `usage` where it was made without uploaded files.
    pub(super) fn new(manifest: &Manifest, profile: Option<&Profile>) -> Result<Self> {
        let files = manifest.files.clone().ok_or_else(|| {
            Error::new(Code::Usage, "The backup was made without uploaded files.")
                .hint("Make one with them, or export the rows alone.")
        })?;
        let rule = profile.and_then(|known| known.files.as_ref());
        Ok(Self {
            keys: files.iter().map(|file| file.key.clone()).collect(),
            named: HashMap::new(),
            prefixes: rule.map_or_else(Vec::new, |rule| rule.path_prefixes.clone()),
            table: None,
            files,
        })
    }

    /// From here on the rows of that table go by.
    pub(super) fn begin(
        &mut self,
        manifest: &Manifest,
        profile: Option<&Profile>,
        entry: &TableEntry,
    ) {
        self.table = profile.and_then(|known| {
            let place = |name: &String| entry.columns.iter().position(|column| column == name);
            let written = known.path_columns.iter();
            let own = written.filter_map(|written| known.column_name(written));
            let own = own.filter(|(table, _)| *table == entry.table);
            let keys: Vec<usize> = own
                .filter_map(|(_, column)| place(&column.to_owned()))
                .collect();
            let names = profile::naming_columns(known, &manifest.catalog, &entry.table);
            (!keys.is_empty()).then(|| Columns {
                folder: profile::table_label(known, &entry.table),
                keys,
                names: names.iter().filter_map(place).collect(),
            })
        });
    }

    /// Hears one of its rows.
    pub(super) fn hear(&mut self, line: &[u8]) -> Result<()> {
        let Some(columns) = &self.table else {
            return Ok(());
        };
        let value = |place: &usize| match field_at(line, *place) {
            Some(field) => text_of(field),
            None => Ok(None),
        };
        for place in &columns.keys {
            let Some(written) = value(place)? else {
                continue;
            };
            for key in elements(&written) {
                let mut prefixes = self.prefixes.iter();
                let stripped = prefixes.find_map(|prefix| key.strip_prefix(prefix.as_str()));
                let key = stripped.unwrap_or(key);
                if !self.keys.contains(key) {
                    continue;
                }
                let names = columns.names.iter().map(value);
                let names = names.collect::<Result<Vec<_>>>()?;
                if let Some(name) = names.into_iter().flatten().next() {
                    let named = (columns.folder.clone(), name);
                    self.named.entry(key.to_owned()).or_insert(named);
                }
            }
        }
        Ok(())
    }

    /// Writes all files, and what each was called in the storage; how many there are.
    pub(super) fn write(
        self,
        reader: &Reader,
        zip: &mut Zip<'_>,
        cancel: &CancelToken,
    ) -> Result<u64> {
        let mut taken = HashSet::new();
        let mut list = Vec::new();
        let header = ["file", "bucket", "key", "bytes", "blake3"];
        push_record(&header.map(Some), &mut list);
        for file in &self.files {
            let name = free(&mut taken, self.called(file));
            zip.start_stored(&name)?;
            let mut content = reader.file(file)?;
            while let Some(piece) = content.next_piece()? {
                checkpoint(cancel)?;
                zip.write(piece)?;
            }
            let bytes = file.byte_count.to_string();
            let said = [&name, &file.bucket, &file.key, &bytes, &file.blake3];
            push_record(&said.map(|text| Some(text.as_str())), &mut list);
        }
        zip.start("files.csv")?;
        zip.write(&list)?;
        Ok(self.files.len() as u64)
    }

    /// Folder, name and ending of a file.
    fn called(&self, file: &FileEntry) -> (String, String) {
        let last = file.key.rsplit('/').next().unwrap_or_default();
        let ending = match last.rsplit_once('.') {
            Some((stem, ending)) if !stem.is_empty() && ending.len() <= 8 => format!(".{ending}"),
            _ => String::new(),
        };
        let (folder, name) = match self.named.get(&file.key) {
            Some((folder, name)) => (folder.as_str(), name.as_str()),
            None => (OTHERS, last),
        };
        let has_it = name.to_lowercase().ends_with(&ending.to_lowercase());
        let stem = if has_it {
            name.get(..name.len() - ending.len())
        } else {
            None
        };
        let path = format!(
            "files/{}/{}",
            readable(folder),
            readable(stem.unwrap_or(name))
        );
        (path, readable_ending(&ending))
    }
}

/// The keys that a value holds: one, or those of an array. One with a comma in it is not found there, and its
/// file keeps the name that it has.
fn elements(written: &str) -> Vec<&str> {
    let array = written.strip_prefix('{');
    match array.and_then(|rest| rest.strip_suffix('}')) {
        Some(elements) => elements
            .split(',')
            .map(|key| key.trim_matches('"'))
            .collect(),
        None => vec![written],
    }
}

/// The name, with a number where another file has it: some systems do not tell capital letters from small
/// ones.
fn free(taken: &mut HashSet<String>, (path, ending): (String, String)) -> String {
    let mut name = format!("{path}{ending}");
    let mut number = 1;
    while !taken.insert(name.to_lowercase()) {
        number += 1;
        name = format!("{path} ({number}){ending}");
    }
    name
}

/// The name as every file system takes it.
fn readable(name: &str) -> String {
    let letters = name.chars().take(LONGEST);
    let plain: String = letters
        .map(|letter| match letter {
            letter if letter.is_control() || "\\/:*?\"<>|".contains(letter) => '_',
            letter => letter,
        })
        .collect();
    match plain.trim_matches(|letter| letter == '.' || letter == ' ') {
        "" => "file".to_owned(),
        rest => rest.to_owned(),
    }
}

fn readable_ending(ending: &str) -> String {
    match ending.strip_prefix('.') {
        Some(letters) if letters.chars().all(char::is_alphanumeric) => ending.to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_else_and_each_is_its_own() {
        assert_eq!(readable("../../etc/passwd"), "_.._etc_passwd");
        assert_eq!(
            readable("Drawing 12: left / right"),
            "Drawing 12_ left _ right"
        );
        assert_eq!(readable(".. "), "file");
        let mut taken = HashSet::new();
        let of = |taken: &mut HashSet<String>, name: &str| {
            free(taken, (name.to_owned(), ".pdf".to_owned()))
        };
        assert_eq!(of(&mut taken, "A"), "A.pdf");
        assert_eq!(of(&mut taken, "a"), "a (2).pdf");
    }
}
