use std::path::Path;

use serde::Serialize;
use snapback_engine::library::{Content, Entry};
use snapback_engine::places::{self, Elsewhere};
use snapback_engine::{archive, model};
use ts_rs::TS;

use crate::{Company, Labels};

/// What an archive was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ArchiveKind {
    /// A person asked for it.
    Manual,
    /// A schedule asked for it.
    Scheduled,
    /// A restore took it before it changed anything.
    Safety,
    /// It is meant to start companies.
    Template,
}

impl From<archive::Kind> for ArchiveKind {
    fn from(kind: archive::Kind) -> Self {
        match kind {
            archive::Kind::Manual => Self::Manual,
            archive::Kind::Scheduled => Self::Scheduled,
            archive::Kind::Safety => Self::Safety,
            archive::Kind::Template => Self::Template,
        }
    }
}

/// Why a table is not in the backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ExclusionReason {
    /// It holds secrets.
    Secret,
    /// It holds billing data of the application's vendor.
    Billing,
    /// Its rows live for moments.
    Transient,
    /// The application makes its rows again.
    Rebuilt,
    /// It says who may do what, and a restore leaves that alone.
    Access,
}

impl From<model::ExclusionReason> for ExclusionReason {
    fn from(reason: model::ExclusionReason) -> Self {
        match reason {
            model::ExclusionReason::Secret => Self::Secret,
            model::ExclusionReason::Billing => Self::Billing,
            model::ExclusionReason::Transient => Self::Transient,
            model::ExclusionReason::Rebuilt => Self::Rebuilt,
            model::ExclusionReason::Access => Self::Access,
        }
    }
}

/// Who made an archive, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct MadeBy {
    /// User of the operating system.
    pub os_user: String,
    /// The computer's name.
    pub host: String,
    /// Role in the database.
    pub database_role: String,
    /// The application's user, if one was named.
    pub app_user: Option<String>,
}

impl From<&archive::MadeBy> for MadeBy {
    fn from(made_by: &archive::MadeBy) -> Self {
        let archive::MadeBy {
            os_user,
            host,
            database_role,
            app_user,
        } = made_by;
        Self {
            os_user: os_user.clone(),
            host: host.clone(),
            database_role: database_role.clone(),
            app_user: app_user.clone(),
        }
    }
}

/// What is wrong with an archive that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ArchiveProblem {
    /// The code of the error, as in `WireError`.
    pub code: String,
    /// One sentence for a person.
    pub message: String,
}

/// An archive in a list. Where it cannot be used, `problem` says why and only the file is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ArchiveEntry {
    /// Identity of the archive.
    pub id: Option<String>,
    /// File name.
    pub file: String,
    /// Where it is.
    pub path: String,
    /// Length of the file in bytes.
    pub size_bytes: u64,
    /// The company whose rows it holds.
    pub company: Option<Company>,
    /// What people call it: a name given in this library, or else the label inside.
    pub label: Option<String>,
    /// What it was made for.
    pub kind: Option<ArchiveKind>,
    /// The instant that it holds (RFC 3339).
    pub made_at: Option<String>,
    /// Who made it.
    pub made_by: Option<MadeBy>,
    /// Short name of the profile by which it was made.
    pub profile: Option<String>,
    /// The application's schema version.
    pub schema_version: Option<String>,
    /// Rows in all tables.
    pub row_count: Option<u64>,
    /// Bytes of COPY text in all tables.
    pub byte_count: Option<u64>,
    /// Uploaded files inside; `null` where files were not asked for.
    pub file_count: Option<u64>,
    /// Whether it is encrypted; `null` where that cannot be told.
    pub encrypted: Option<bool>,
    /// Why it cannot be used, if it cannot.
    pub problem: Option<ArchiveProblem>,
    /// The second place at which it lies, where it is not in the library.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub place: Option<ArchivePlace>,
}

/// A second place at which an archive lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ArchivePlace {
    /// Its number.
    pub number: u32,
    /// Where it is.
    pub address: String,
}

impl ArchiveEntry {
    /// What is known of an archive that lies at a second place alone. How long its file is, it is not.
    #[must_use]
    pub fn elsewhere(found: &Elsewhere<'_>) -> Self {
        let Elsewhere { place, id, copied } = found;
        let about = copied.about.as_deref();
        Self {
            id: Some(id.to_string()),
            file: copied.name.clone(),
            path: places::reference_to(place.number, &copied.name),
            size_bytes: 0,
            company: about.map(|about| (&about.company).into()),
            label: about.and_then(|about| about.label.clone()),
            kind: about.map(|about| about.kind.into()),
            made_at: about.map(|about| about.snapshot_time.to_string()),
            made_by: about.map(|about| (&about.made_by).into()),
            profile: about.map(|about| about.profile.clone()),
            schema_version: about.and_then(|about| about.schema_version.clone()),
            row_count: about.map(|about| about.row_count),
            byte_count: about.map(|about| about.byte_count),
            file_count: about.and_then(|about| about.file_count),
            encrypted: about.map(|about| about.is_encrypted),
            problem: None,
            place: Some(ArchivePlace {
                number: place.number,
                address: place.address.to_string(),
            }),
        }
    }
}

impl From<&Entry> for ArchiveEntry {
    fn from(entry: &Entry) -> Self {
        let Entry {
            path,
            size_bytes,
            modified: _,
            given_name: _,
            content,
        } = entry;
        let mut made = Self {
            id: None,
            file: entry.file_name(),
            path: path.display().to_string(),
            size_bytes: *size_bytes,
            company: None,
            label: None,
            kind: None,
            made_at: None,
            made_by: None,
            profile: None,
            schema_version: None,
            row_count: None,
            byte_count: None,
            file_count: None,
            encrypted: None,
            problem: None,
            place: None,
        };
        match content {
            Content::Complete(summary) => {
                made.fill(summary);
                made.label = entry.name().map(str::to_owned);
            }
            Content::Broken { code, message } => {
                made.problem = Some(ArchiveProblem {
                    code: code.word().to_owned(),
                    message: message.clone(),
                });
            }
        }
        made
    }
}

fn is_encrypted(encryption: archive::Encryption) -> bool {
    match encryption {
        archive::Encryption::None => false,
        archive::Encryption::Age => true,
    }
}

impl ArchiveEntry {
    fn fill(&mut self, summary: &archive::Summary) {
        let archive::Summary {
            tool_version: _,
            id,
            kind,
            profile,
            company,
            schema_version,
            snapshot_time,
            label: _,
            made_by,
            encryption,
            base: _,
            base_state: _,
            row_count,
            byte_count,
            file_count,
        } = summary;
        self.id = Some(id.to_string());
        self.encrypted = Some(is_encrypted(*encryption));
        self.company = Some(company.into());
        self.kind = Some((*kind).into());
        self.made_at = Some(snapshot_time.to_string());
        self.made_by = Some(made_by.into());
        self.profile = Some(profile.clone());
        self.schema_version.clone_from(schema_version);
        self.row_count = Some(*row_count);
        self.byte_count = Some(*byte_count);
        self.file_count = *file_count;
    }
}

/// What an archive says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ArchiveDetails {
    /// Where it is.
    pub path: String,
    /// Length of the file in bytes.
    pub size_bytes: u64,
    /// Whether this library made it and not a byte of it has changed since.
    pub made_here: bool,
    /// Version of the format.
    pub format_version: u32,
    /// Version of the Snapback that wrote it.
    pub tool_version: String,
    /// Identity of the archive.
    pub id: String,
    /// What it was made for.
    pub kind: ArchiveKind,
    /// Short name of the profile by which it was made.
    pub profile: String,
    /// The company whose rows it holds.
    pub company: Company,
    /// The application's schema version.
    pub schema_version: Option<String>,
    /// The server's version.
    pub server_version: String,
    /// The instant that all rows come from (RFC 3339).
    pub made_at: String,
    /// What the person called it.
    pub label: Option<String>,
    /// Who made it.
    pub made_by: MadeBy,
    /// Whether the file is encrypted.
    pub encrypted: bool,
    /// Rows in all tables.
    pub row_count: u64,
    /// Bytes of COPY text in all tables.
    pub byte_count: u64,
    /// What is inside, by area.
    pub areas: Vec<ArchiveArea>,
    /// Uploaded files inside; `null` where files were not asked for.
    pub file_count: Option<u64>,
    /// The uploaded files inside.
    pub files: Vec<ArchiveFile>,
    /// Uploaded files that were there besides, of which it holds what they were and not the content.
    pub known_file_count: u64,
    /// The archive that this one only holds the changes to.
    pub base: Option<String>,
    /// Tables that were left out.
    pub excluded: Vec<ExcludedTable>,
    /// Columns whose values were left out.
    pub secret_columns: Vec<SecretColumns>,
    /// Rows outside the archive that rows inside refer to.
    pub outside_keys: Vec<OutsideKeys>,
    /// People that rows inside refer to.
    pub person_count: u64,
    /// Rows that were left out because they could not be carried.
    pub skipped_rows: Vec<SkippedRows>,
    /// What went wrong without stopping the backup.
    pub problems: Vec<ArchiveProblem>,
}

/// An uploaded file in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ArchiveFile {
    /// Bucket.
    pub bucket: String,
    /// Key in the bucket.
    pub key: String,
    /// Bytes.
    pub byte_count: u64,
    /// What kind of file it is, as the storage says.
    pub content_type: Option<String>,
}

impl From<&archive::FileEntry> for ArchiveFile {
    fn from(entry: &archive::FileEntry) -> Self {
        let archive::FileEntry {
            bucket,
            key,
            byte_count,
            blake3: _,
            attributes,
            tag: _,
            member: _,
            first_frame: _,
            frame_count: _,
        } = entry;
        Self {
            bucket: bucket.clone(),
            key: key.clone(),
            byte_count: *byte_count,
            content_type: attributes.get("content-type").cloned(),
        }
    }
}

/// An area of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ArchiveArea {
    /// Short name.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Rows of all its tables.
    pub row_count: u64,
    /// Its tables.
    pub tables: Vec<ArchiveTable>,
}

/// What an in-place restore does with a table that is in the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TableDisposition {
    /// The company's own rows: restored.
    Restored,
    /// Live rows are left as they are, and differences reported.
    Kept,
    /// The group's rows: restored only where the company is alone in its group.
    Group,
}

/// A table of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ArchiveTable {
    /// The table, as `schema.name`.
    pub table: String,
    /// Name for people.
    pub label: String,
    /// What an in-place restore does with it.
    pub disposition: TableDisposition,
    /// Rows.
    pub row_count: u64,
    /// Bytes of COPY text.
    pub byte_count: u64,
    /// The archive's member that holds the rows.
    pub member: String,
}

/// A table that was left out of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ExcludedTable {
    /// The table, as `schema.name`.
    pub table: String,
    /// Name for people.
    pub label: String,
    /// Why, as a kind.
    pub reason: ExclusionReason,
    /// Why, as a sentence.
    pub because: String,
    /// The company's rows in it, where they could be counted.
    pub row_count: Option<u64>,
}

/// Columns of one table whose values were left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SecretColumns {
    /// The table, as `schema.name`.
    pub table: String,
    /// The columns.
    pub columns: Vec<String>,
}

/// Rows of one table outside the archive that rows inside refer to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct OutsideKeys {
    /// The table, as `schema.name`.
    pub table: String,
    /// The columns referred to.
    pub columns: Vec<String>,
    /// Distinct keys.
    pub key_count: u64,
    /// Whether all of them are recorded.
    pub complete: bool,
}

/// Rows of one table that were left out because they could not be carried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SkippedRows {
    /// The table, as `schema.name`.
    pub table: String,
    /// Name for people.
    pub label: String,
    /// Rows.
    pub row_count: u64,
    /// Why, as a sentence.
    pub because: String,
}

impl ArchiveDetails {
    /// What the manifest of that file says.
    #[must_use]
    pub fn new(
        path: &Path,
        size_bytes: u64,
        made_here: bool,
        manifest: &archive::Manifest,
        labels: &Labels,
    ) -> Self {
        let archive::Manifest {
            format_version,
            tool_version,
            id,
            kind,
            profile,
            company,
            schema_version,
            server_version,
            snapshot_time,
            label,
            made_by,
            encryption,
            row_count,
            byte_count,
            tables,
            files,
            known_files,
            left_files: _,
            base: _,
            base_state: _,
            changes: _,
            excluded,
            secret_columns,
            shared_references,
            people,
            skipped_rows,
            // What a revert needs; a person learns of it from the doctor.
            broken_references: _,
            template: _,
            problems,
            catalog: _,
        } = manifest;
        Self {
            path: path.display().to_string(),
            size_bytes,
            made_here,
            format_version: *format_version,
            tool_version: tool_version.clone(),
            id: id.to_string(),
            kind: (*kind).into(),
            profile: profile.clone(),
            company: company.into(),
            schema_version: schema_version.clone(),
            server_version: server_version.clone(),
            made_at: snapshot_time.to_string(),
            label: label.clone(),
            made_by: made_by.into(),
            encrypted: is_encrypted(*encryption),
            row_count: *row_count,
            byte_count: *byte_count,
            areas: archive_areas(tables, labels),
            file_count: files.as_ref().map(|files| files.len() as u64),
            files: files.iter().flatten().map(ArchiveFile::from).collect(),
            known_file_count: known_files.len() as u64,
            base: manifest.stands_on().map(|id| id.to_string()),
            excluded: excluded
                .iter()
                .map(|left| ExcludedTable::new(left, labels))
                .collect(),
            secret_columns: secret_columns
                .iter()
                .map(|(table, columns)| SecretColumns {
                    table: table.to_string(),
                    columns: columns.clone(),
                })
                .collect(),
            outside_keys: shared_references.iter().map(Into::into).collect(),
            person_count: people.len() as u64,
            skipped_rows: skipped_rows
                .iter()
                .map(|skipped| SkippedRows::new(skipped, labels))
                .collect(),
            problems: problems.iter().map(Into::into).collect(),
        }
    }
}

/// Tables of an archive by area.
#[must_use]
pub fn archive_areas(tables: &[archive::TableEntry], labels: &Labels) -> Vec<ArchiveArea> {
    let entries = tables
        .iter()
        .map(|entry| (entry.table.clone(), ArchiveTable::new(entry, labels)));
    let areas = labels.by_area(entries).into_iter();
    areas
        .map(|(name, tables)| {
            let tables: Vec<ArchiveTable> = tables.into_iter().map(|(_, table)| table).collect();
            ArchiveArea {
                title: labels.area(&name),
                name,
                row_count: tables.iter().map(|table| table.row_count).sum(),
                tables,
            }
        })
        .collect()
}

impl ArchiveTable {
    fn new(entry: &archive::TableEntry, labels: &Labels) -> Self {
        let archive::TableEntry {
            table,
            area: _,
            disposition,
            columns: _,
            key_columns: _,
            row_count,
            byte_count,
            blake3: _,
            member,
            first_frame: _,
            frame_count: _,
        } = entry;
        Self {
            label: labels.table(table),
            table: table.to_string(),
            disposition: match disposition {
                archive::TableDisposition::Restored => TableDisposition::Restored,
                archive::TableDisposition::Kept => TableDisposition::Kept,
                archive::TableDisposition::Group => TableDisposition::Group,
            },
            row_count: *row_count,
            byte_count: *byte_count,
            member: member.clone(),
        }
    }
}

impl ExcludedTable {
    fn new(excluded: &archive::Excluded, labels: &Labels) -> Self {
        let archive::Excluded {
            table,
            reason,
            because,
            row_count,
        } = excluded;
        Self {
            label: labels.table(table),
            table: table.to_string(),
            reason: (*reason).into(),
            because: because.clone(),
            row_count: *row_count,
        }
    }
}

impl From<&archive::SharedReference> for OutsideKeys {
    fn from(reference: &archive::SharedReference) -> Self {
        let archive::SharedReference {
            table,
            columns,
            keys,
            complete,
        } = reference;
        Self {
            table: table.to_string(),
            columns: columns.clone(),
            key_count: keys.len() as u64,
            complete: *complete,
        }
    }
}

impl SkippedRows {
    pub(crate) fn new(skipped: &archive::SkippedRows, labels: &Labels) -> Self {
        let archive::SkippedRows {
            table,
            key_columns: _,
            keys,
            because,
        } = skipped;
        Self {
            label: labels.table(table),
            table: table.to_string(),
            row_count: keys.len() as u64,
            because: because.clone(),
        }
    }
}

impl From<&archive::Problem> for ArchiveProblem {
    fn from(problem: &archive::Problem) -> Self {
        let archive::Problem { code, message } = problem;
        Self {
            code: code.clone(),
            message: message.clone(),
        }
    }
}

/// What was read of an archive and found to be as its manifest says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct VerifyReport {
    /// Where the archive is.
    pub path: String,
    /// Whether this library made it and not a byte of it has changed since.
    pub made_here: bool,
    /// Tables.
    pub table_count: u64,
    /// Uploaded files.
    pub file_count: u64,
    /// Rows.
    pub row_count: u64,
    /// Bytes of rows and files, uncompressed.
    pub byte_count: u64,
    /// Frames in the file.
    pub frame_count: u64,
    /// Length of the file in bytes.
    pub size_bytes: u64,
    /// How long it took.
    pub elapsed_ms: u64,
}

impl VerifyReport {
    /// The report about that file.
    #[must_use]
    pub fn new(
        path: &Path,
        made_here: bool,
        report: archive::VerifyReport,
        elapsed_ms: u64,
    ) -> Self {
        let archive::VerifyReport {
            table_count,
            file_count,
            row_count,
            byte_count,
            frame_count,
            size_bytes,
        } = report;
        Self {
            path: path.display().to_string(),
            made_here,
            table_count,
            file_count,
            row_count,
            byte_count,
            frame_count,
            size_bytes,
            elapsed_ms,
        }
    }
}
