//! The manifest: what an archive holds, where, and what it leaves out and why.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use super::failure;
use super::spool::MemberEntry;
use super::template::Template;
use crate::model::{Company, ExclusionReason, Person, Schema, TableName};
use crate::rows::KeyColumns;
use crate::{Code, Error, Result};

/// The version of the format that whole archives are written in.
pub const FORMAT_VERSION: u32 = 1;
/// The version in which archives are written that hold only what changed, and the newest that is read.
pub const CHANGES_VERSION: u32 = 2;

/// What an archive says about itself; `manifest.json`, its last member.
///
/// Fields that are added within a format version have defaults, and unknown ones are passed over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the format; [`FORMAT_VERSION`] when written, or [`CHANGES_VERSION`] where there is a base.
    pub format_version: u32,
    /// Version of the Snapback that wrote it.
    pub tool_version: String,
    /// Identity of this archive.
    pub id: Uuid,
    /// What it was made for.
    pub kind: Kind,
    /// Short name of the profile by which it was made.
    pub profile: String,
    /// The company whose rows it holds.
    pub company: Company,
    /// The application's schema version, where the profile says how to read it.
    #[serde(default)]
    pub schema_version: Option<String>,
    /// The server's version, as it gives it.
    pub server_version: String,
    /// The instant that all rows come from, by the server's clock.
    pub snapshot_time: Timestamp,
    /// What the person called it.
    #[serde(default)]
    pub label: Option<String>,
    /// Who made it.
    pub made_by: MadeBy,
    /// How the file around it is encrypted: told by the file itself when it is opened or made.
    #[serde(default)]
    pub encryption: Encryption,
    /// Rows in all tables.
    pub row_count: u64,
    /// Bytes of COPY text in all tables.
    pub byte_count: u64,
    /// The tables inside, by name.
    pub tables: Vec<TableEntry>,
    /// Uploaded files inside, by member name; `None` where files were not asked for.
    #[serde(default)]
    pub files: Option<Vec<FileEntry>>,
    /// Uploaded files that were there besides and that the restore before which this was taken leaves
    /// alone: what they held, without the content.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known_files: Vec<KnownFile>,
    /// Uploaded files that were there and could not be carried: a restore leaves them alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_files: Vec<LeftFile>,
    /// The archive that this one only holds the changes to.
    #[serde(default)]
    pub base: Option<Uuid>,
    /// What that archive stands for, see [`state`](Self::state).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_state: Option<String>,
    /// What changed since that archive, by table: the only rows inside. `tables` describes what they make
    /// together, and its entries have no frames then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<TableChanges>,
    /// Tables that were left out, by name.
    #[serde(default)]
    pub excluded: Vec<Excluded>,
    /// Columns of the tables inside whose values were left out, by table.
    #[serde(default)]
    pub secret_columns: BTreeMap<TableName, Vec<String>>,
    /// Keys of rows outside the archive that rows inside refer to, by table.
    #[serde(default)]
    pub shared_references: Vec<SharedReference>,
    /// People that rows inside refer to, by id.
    #[serde(default)]
    pub people: Vec<Person>,
    /// Rows that were left out because they could not be carried, by table.
    #[serde(default)]
    pub skipped_rows: Vec<SkippedRows>,
    /// References of rows inside that led nowhere then, where that was looked at: a safety snapshot that
    /// is put back puts them back too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken_references: Vec<BrokenReference>,
    /// What it says of itself where it is a template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Template>,
    /// What went wrong without stopping the backup.
    #[serde(default)]
    pub problems: Vec<Problem>,
    /// The tables inside as the catalog described them, and the enums that they use.
    pub catalog: Schema,
}

/// What an archive was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A person asked for it.
    Manual,
    /// A schedule asked for it.
    Scheduled,
    /// A restore took it before it changed anything.
    Safety,
    /// It is meant to start companies.
    Template,
}

impl Kind {
    /// The word of this kind, as the manifest spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Scheduled => "scheduled",
            Self::Safety => "safety",
            Self::Template => "template",
        }
    }
}

/// How the file is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// Not at all. The only way that a manifest names: what is inside is the same either way.
    #[default]
    None,
    /// By age, for the public half of a key.
    #[serde(skip)]
    Age,
}

/// Who made an archive, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeBy {
    /// User of the operating system.
    pub os_user: String,
    /// The computer's name.
    pub host: String,
    /// Role in the database.
    pub database_role: String,
    /// The application's user, if one was named.
    #[serde(default)]
    pub app_user: Option<String>,
}

/// What an in-place restore does with a table that is in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableDisposition {
    /// The company's own rows: restored.
    Restored,
    /// Live rows are left as they are, and differences reported.
    Kept,
    /// The group's rows: restored only where the company is alone in its group.
    Group,
}

/// A table inside the archive and the member that holds its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableEntry {
    /// The table.
    pub table: TableName,
    /// Short name of its area.
    pub area: String,
    /// What an in-place restore does with it.
    pub disposition: TableDisposition,
    /// Columns in the order of the rows' fields.
    pub columns: Vec<String>,
    /// Columns by whose unescaped bytes the rows are sorted; empty where it is the whole row.
    pub key_columns: Vec<String>,
    /// Rows.
    pub row_count: u64,
    /// Bytes of COPY text, a newline after each row included.
    pub byte_count: u64,
    /// BLAKE3 of the COPY text, in hexadecimal: the fingerprint of the rows.
    pub blake3: String,
    /// Name of the member, see [`data_member_name`](super::data_member_name).
    pub member: String,
    /// Index of the frame with the member's header, counted from the file's first.
    pub first_frame: u64,
    /// Frames of the member, its header's included.
    pub frame_count: u64,
}

impl TableEntry {
    /// What the rows are sorted by, and known by.
    #[must_use]
    pub fn key(&self) -> KeyColumns {
        let places = self.key_columns.iter().filter_map(|name| {
            let mut columns = self.columns.iter();
            columns.position(|column| column == name)
        });
        let places: Vec<usize> = places.collect();
        match places.is_empty() {
            true => KeyColumns::whole_row(self.columns.len()),
            false => KeyColumns::at(places),
        }
    }

    /// The entry of a table whose member has been appended.
    #[must_use]
    pub fn new(
        table: TableName,
        area: String,
        disposition: TableDisposition,
        columns: Vec<String>,
        key_columns: Vec<String>,
        member: MemberEntry,
    ) -> Self {
        let MemberEntry {
            name,
            row_count,
            byte_count,
            blake3,
            first_frame,
            frame_count,
        } = member;
        Self {
            table,
            area,
            disposition,
            columns,
            key_columns,
            row_count,
            byte_count,
            blake3,
            member: name,
            first_frame,
            frame_count,
        }
    }
}

/// What changed in a table since the archive that this one stands on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableChanges {
    /// The table.
    pub table: TableName,
    /// Rows that came or are others now, with all columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub came: Option<ChangedRows>,
    /// Rows that went: their key columns alone, or whole where the table has no key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub went: Option<ChangedRows>,
}

/// A member with rows of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedRows {
    /// Rows.
    pub row_count: u64,
    /// Bytes of COPY text, a newline after each row included.
    pub byte_count: u64,
    /// BLAKE3 of the COPY text, in hexadecimal.
    pub blake3: String,
    /// Name of the member.
    pub member: String,
    /// Index of the frame with the member's header, counted from the file's first.
    pub first_frame: u64,
    /// Frames of the member, its header's included.
    pub frame_count: u64,
}

impl From<MemberEntry> for ChangedRows {
    fn from(entry: MemberEntry) -> Self {
        Self {
            row_count: entry.row_count,
            byte_count: entry.byte_count,
            blake3: entry.blake3,
            member: entry.name,
            first_frame: entry.first_frame,
            frame_count: entry.frame_count,
        }
    }
}

/// An uploaded file inside the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Bucket.
    pub bucket: String,
    /// Key in the bucket.
    pub key: String,
    /// Bytes.
    pub byte_count: u64,
    /// BLAKE3 of the content, in hexadecimal.
    pub blake3: String,
    /// What the storage keeps beside the content, by header.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// What the storage told it apart by from other content; for a comparison with the same storage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Name of the member: `files/<bucket>/<key>`.
    pub member: String,
    /// Index of the frame with the member's header, counted from the file's first.
    pub first_frame: u64,
    /// Frames of the member, its header's included; none where an archive below holds the content.
    pub frame_count: u64,
}

impl FileEntry {
    /// The entry of a file whose member has been appended.
    #[must_use]
    pub fn new(
        (bucket, key): (String, String),
        attributes: BTreeMap<String, String>,
        tag: Option<String>,
        member: MemberEntry,
    ) -> Self {
        let MemberEntry {
            name,
            row_count: _,
            byte_count,
            blake3,
            first_frame,
            frame_count,
        } = member;
        Self {
            bucket,
            key,
            byte_count,
            blake3,
            attributes,
            tag,
            member: name,
            first_frame,
            frame_count,
        }
    }
}

/// An uploaded file that was there and whose content is not inside, since a restore leaves it alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KnownFile {
    /// Bucket.
    pub bucket: String,
    /// Key in the bucket.
    pub key: String,
    /// Bytes.
    pub byte_count: u64,
    /// BLAKE3 of the content, in hexadecimal.
    pub blake3: String,
    /// What the storage told it apart by from other content.
    pub tag: String,
}

/// An uploaded file that was there and could not be carried.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LeftFile {
    /// Bucket.
    pub bucket: String,
    /// Key in the bucket.
    pub key: String,
}

/// A table that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// The table.
    pub table: TableName,
    /// Why, as a kind.
    pub reason: ExclusionReason,
    /// Why, as a sentence.
    pub because: String,
    /// How many rows of the company it held, where that could be counted.
    #[serde(default)]
    pub row_count: Option<u64>,
}

/// Keys of rows that are not in the archive and that its rows refer to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedReference {
    /// The table referred to.
    pub table: TableName,
    /// The columns referred to.
    pub columns: Vec<String>,
    /// The values in use, as COPY text, sorted.
    pub keys: Vec<Vec<String>>,
    /// Whether all of them are listed.
    pub complete: bool,
}

/// Rows of one table that were left out because they could not be carried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedRows {
    /// The table.
    pub table: TableName,
    /// The columns that name a row.
    pub key_columns: Vec<String>,
    /// Each row's key columns as COPY text, tab-separated, sorted.
    pub keys: Vec<String>,
    /// Why, as a sentence.
    pub because: String,
}

/// A reference of one table that leads nowhere in some rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenReference {
    /// The table whose rows refer.
    pub table: TableName,
    /// The columns that refer.
    pub columns: Vec<String>,
    /// The values for which there was no row, as COPY text, tab-separated, sorted.
    pub keys: Vec<String>,
    /// How many rows have them, where the archive does not hold the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row_count: Option<u64>,
}

/// Something that went wrong without stopping the backup.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// A stable word for programs, in snake case.
    pub code: String,
    /// One sentence without row values.
    pub message: String,
}

/// The part of a manifest that a list of archives shows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Summary {
    /// Version of the Snapback that wrote it.
    pub tool_version: String,
    /// Identity of the archive.
    pub id: Uuid,
    /// What it was made for.
    pub kind: Kind,
    /// Short name of the profile by which it was made.
    pub profile: String,
    /// The company whose rows it holds.
    pub company: Company,
    /// The application's schema version, where it is known.
    #[serde(default)]
    pub schema_version: Option<String>,
    /// The instant that all rows come from, by the server's clock.
    pub snapshot_time: Timestamp,
    /// What the person called it.
    #[serde(default)]
    pub label: Option<String>,
    /// Who made it.
    pub made_by: MadeBy,
    /// How the file around it is encrypted.
    #[serde(default)]
    pub encryption: Encryption,
    /// The archive that this one only holds the changes to.
    #[serde(default)]
    pub base: Option<Uuid>,
    /// What that archive stands for.
    #[serde(default)]
    pub base_state: Option<String>,
    /// Rows in all tables.
    pub row_count: u64,
    /// Bytes of COPY text in all tables.
    pub byte_count: u64,
    /// Uploaded files inside; `None` where files were not asked for.
    #[serde(default, rename = "files", deserialize_with = "count_of")]
    pub file_count: Option<u64>,
}

/// How many there are in a list, none of which is kept.
fn count_of<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<u64>, D::Error> {
    let list = Option::<Vec<IgnoredAny>>::deserialize(deserializer)?;
    Ok(list.map(|list| list.len() as u64))
}

impl Summary {
    /// The archive that holds the rest of this one, which holds only changes to it.
    #[must_use]
    pub fn stands_on(&self) -> Option<Uuid> {
        self.base.filter(|_| self.base_state.is_some())
    }
}

impl Manifest {
    /// The archive that holds the rest of this one, which holds only changes to it.
    #[must_use]
    pub fn stands_on(&self) -> Option<Uuid> {
        self.base.filter(|_| self.base_state.is_some())
    }

    /// Makes sure that it was made from the application that is read by the profile of that name.
    ///
    /// # Errors
    /// `other_company` where it was not.
    pub fn require_profile(&self, name: &str) -> Result<()> {
        if self.profile == name {
            return Ok(());
        }
        Err(Error::new(
            Code::OtherCompany,
            "This archive was made from another application.",
        )
        .with("archive_profile", &self.profile)
        .with("profile", name))
    }

    /// The entry of that table, if its rows are inside.
    #[must_use]
    pub fn table(&self, table: &TableName) -> Option<&TableEntry> {
        self.tables.iter().find(|entry| entry.table == *table)
    }

    /// The instant that counts as today in its rows.
    #[must_use]
    pub fn today(&self) -> Timestamp {
        let template = self.template.as_ref();
        template.map_or(self.snapshot_time, |template| template.today)
    }

    /// What in it contradicts itself, if anything does: no archive is written or read with it.
    pub(super) fn inconsistency(&self) -> Option<&'static str> {
        let mut row_count = Some(0_u64);
        let mut byte_count = Some(0_u64);
        for entry in &self.tables {
            row_count = row_count.and_then(|sum| sum.checked_add(entry.row_count));
            byte_count = byte_count.and_then(|sum| sum.checked_add(entry.byte_count));
            if entry.byte_count < entry.row_count {
                return Some("a table has more rows than bytes");
            }
            let columns: BTreeSet<_> = entry.columns.iter().collect();
            if columns.len() != entry.columns.len() {
                return Some("a table has two columns of one name");
            }
            if entry
                .key_columns
                .iter()
                .any(|column| !columns.contains(column))
            {
                return Some("a table's key has a column that the table has not");
            }
            let described = self.catalog.tables.get(&entry.table);
            let known = |name: &String| described.is_some_and(|table| table.column(name).is_some());
            if described.is_none() || !entry.columns.iter().all(known) {
                return Some("a table or a column is not in the catalog of the archive");
            }
        }
        if row_count != Some(self.row_count) || byte_count != Some(self.byte_count) {
            return Some("the totals are not the sums");
        }
        None
    }

    /// Brings every list into its order and computes the totals, so that equal inputs give equal bytes.
    pub(super) fn normalise(&mut self) {
        self.tables.sort_by(|a, b| a.table.cmp(&b.table));
        self.changes.sort_by(|a, b| a.table.cmp(&b.table));
        if let Some(files) = &mut self.files {
            files.sort_by(|a, b| a.member.cmp(&b.member));
        }
        self.known_files.sort();
        self.left_files.sort();
        self.excluded.sort_by(|a, b| a.table.cmp(&b.table));
        self.secret_columns
            .values_mut()
            .for_each(|columns| columns.sort());
        for reference in &mut self.shared_references {
            reference.keys.sort();
        }
        self.shared_references
            .sort_by(|a, b| (&a.table, &a.columns).cmp(&(&b.table, &b.columns)));
        self.people.sort();
        for skipped in &mut self.skipped_rows {
            skipped.keys.sort();
        }
        self.skipped_rows
            .sort_by(|a, b| (&a.table, &a.because).cmp(&(&b.table, &b.because)));
        self.problems.sort();
        self.row_count = self.tables.iter().map(|entry| entry.row_count).sum();
        self.byte_count = self.tables.iter().map(|entry| entry.byte_count).sum();
    }
}

/// The part of a manifest that every version of the format has.
#[derive(Deserialize)]
struct Versioned {
    format_version: u64,
}

/// Reads a manifest or a part of it; the format's version is looked at before anything else.
pub(super) fn parse<T: for<'de> Deserialize<'de>>(json: &[u8], path: &Path) -> Result<T> {
    let unreadable = |_| failure::damaged(path, "the manifest cannot be read");
    let Versioned { format_version } = serde_json::from_slice(json).map_err(unreadable)?;
    if format_version > u64::from(CHANGES_VERSION) {
        return Err(failure::too_new(path, format_version, CHANGES_VERSION));
    }
    if format_version == 0 {
        return Err(failure::mismatch(
            path,
            "there is no version 0 of the format",
        ));
    }
    serde_json::from_slice(json).map_err(unreadable)
}
