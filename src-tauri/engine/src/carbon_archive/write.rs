use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde_json::Value;

use super::facts::{ALL_FILES, Facts, FileFacts, KIND, NO_FILES, TableFacts, VERSION};
use super::losses::{Loss, LossKind, Losses};
use super::value::{Shape, push_text, push_value, shape_of};
use crate::archive::{FileEntry, FileReader, Manifest, Partial, Reader, TableEntry};
use crate::cancel::{CancelToken, checkpoint};
use crate::model::{Generation, Profile};
use crate::reporter::Counters;
use crate::rows::{fields, text_of};
use crate::{Code, Error, Result, profile};

/// Bytes of JSON that are gathered before they are compressed.
const BLOCK_BYTES: usize = 256 << 10;
/// Rows between two looks at the token.
const ROWS_BETWEEN: u64 = 4096;
/// The profile whose companies have this form.
const CARBON: &str = "carbon";
/// Who exports where nobody of the application's is named.
const SYSTEM: &str = "system";

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteReport {
    /// The archive.
    pub path: PathBuf,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// Tables with rows.
    pub table_count: u64,
    /// Rows of all tables.
    pub row_count: u64,
    /// Uploaded files; `None` where ours has none.
    pub file_count: Option<u64>,
    /// What the form cannot hold.
    pub losses: Vec<Loss>,
}

/// Writes an archive of ours as one that Carbon reads.
///
/// # Errors
/// `usage` where it is not one of Carbon's companies; `local_file` where the target exists, `disk_full`; archive
/// errors; `cancelled`. No file is left behind then.
pub fn write(
    reader: &Reader,
    target: &Path,
    counters: &Counters,
    cancel: &CancelToken,
) -> Result<WriteReport> {
    let manifest = reader.manifest();
    let built_in = profile::built_in(CARBON).filter(|_| manifest.profile == CARBON);
    let Some(profile) = built_in else {
        return Err(Error::new(
            Code::Usage,
            "Only a company of Carbon's can be written as Carbon's archive.",
        )
        .with("profile", &manifest.profile));
    };
    let profile = &profile;
    let mut losses = Losses::default();
    let tables = tables(manifest, profile, &mut losses);
    let (files, elsewhere) = files(manifest, profile);
    losses.things(LossKind::FileElsewhere, elsewhere);
    losses.things(LossKind::MissingFile, manifest.left_files.len() as u64);
    losses.things(LossKind::People, manifest.people.len() as u64);
    let contents = Contents {
        facts: facts(manifest, &tables, &files),
        reader,
        tables,
        files,
    };
    let partial = Partial::create(target)?;
    contents.pack(&partial, &mut losses, counters, cancel)?;
    partial.sync()?;
    let path = partial.publish()?;
    let failed = |error| Error::local_file("the export", &path, &error);
    let size_bytes = std::fs::metadata(&path).map_err(failed)?.len();
    let Contents { tables, files, .. } = contents;
    Ok(WriteReport {
        path,
        size_bytes,
        table_count: tables.len() as u64,
        row_count: tables.iter().map(|table| table.entry.row_count).sum(),
        file_count: manifest.files.as_ref().map(|_| files.len() as u64),
        losses: losses.into_list(),
    })
}

/// What an archive is to hold.
struct Contents<'a> {
    facts: Facts,
    reader: &'a Reader,
    tables: Vec<Written<'a>>,
    files: Vec<&'a FileEntry>,
}

impl Contents<'_> {
    fn pack(
        &self,
        partial: &Partial,
        losses: &mut Losses,
        counters: &Counters,
        cancel: &CancelToken,
    ) -> Result<()> {
        let path = partial.target();
        let failed = |error| Error::local_file("the export", path, &error);
        let time = self.reader.manifest().snapshot_time.as_second();
        let packed = GzEncoder::new(BufWriter::new(partial.file()), Compression::default());
        let mut tar = Tar {
            builder: tar::Builder::new(packed),
            time: u64::try_from(time).unwrap_or(0),
            path,
            cancel,
        };
        let json = serde_json::to_vec_pretty(&self.facts)
            .map_err(|_| Error::new(Code::Defect, "The manifest cannot be written."))?;
        tar.append("manifest.json", json.len() as u64, json.as_slice())?;
        let folder = path.parent().filter(|folder| folder.is_dir());
        let folder = folder.unwrap_or(Path::new("."));
        for table in &self.tables {
            let (length, rows) = table.write(self.reader, folder, losses, counters, cancel)?;
            let name = format!("tables/{}.ndjson.gz", table.entry.table.name);
            tar.append(&name, length, rows)?;
        }
        for file in &self.files {
            let mut content = Content {
                reader: self.reader.file(file)?,
                rest: Vec::new(),
                failure: None,
            };
            let name = format!("assets/{}", file.key);
            let appended = tar.append(&name, file.byte_count, &mut content);
            content.failure.map_or(appended, Err)?;
            counters.add(0, file.byte_count);
        }
        let packed = tar.builder.into_inner().and_then(GzEncoder::finish);
        packed.and_then(|mut packed| packed.flush()).map_err(failed)
    }
}

fn facts(manifest: &Manifest, tables: &[Written<'_>], files: &[&FileEntry]) -> Facts {
    let by = manifest.made_by.app_user.as_deref();
    let mut people = manifest.people.iter();
    let by = people.find(|person| by.is_some() && person.email.as_deref() == by);
    let excluded = manifest.excluded.iter();
    Facts {
        kind: KIND.to_owned(),
        version: Some(VERSION),
        schema_version: manifest
            .schema_version
            .clone()
            .map_or(Value::Null, Value::from),
        source_company_id: manifest.company.id.as_str().to_owned(),
        source_company_group_id: manifest.company.group.clone(),
        source_company_name: Some(manifest.company.name.clone()),
        exported_at: milliseconds(manifest.snapshot_time),
        exported_by: Some(by.map_or_else(|| SYSTEM.to_owned(), |person| person.id.clone())),
        label: manifest.label.clone(),
        include_storage: Some(match manifest.files {
            Some(_) => ALL_FILES.to_owned(),
            None => NO_FILES.to_owned(),
        }),
        tables: tables
            .iter()
            .map(|table| TableFacts {
                name: table.entry.table.name.clone(),
                rows: table.entry.row_count,
                columns: table
                    .columns
                    .iter()
                    .map(|(name, ..)| (*name).clone())
                    .collect(),
            })
            .collect(),
        storage: files
            .iter()
            .map(|file| FileFacts {
                path: file.key.clone(),
                size: Some(file.byte_count),
                included: true,
            })
            .collect(),
        excluded_tables: excluded
            .map(|excluded| Value::from(excluded.table.name.as_str()))
            .collect(),
        excluded_rows_by_table: Vec::new(),
    }
}

fn milliseconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// The tables that are written: those with rows, in the application's schema.
fn tables<'a>(manifest: &'a Manifest, profile: &Profile, losses: &mut Losses) -> Vec<Written<'a>> {
    let mut written = Vec::new();
    for entry in manifest.tables.iter().filter(|entry| entry.row_count > 0) {
        if entry.table.schema != profile.schema {
            let name = entry.table.to_string();
            losses.rows(LossKind::UnknownTable, &name, entry.row_count);
            continue;
        }
        let known = manifest.catalog.tables.get(&entry.table);
        let mut columns = Vec::new();
        for (place, name) in entry.columns.iter().enumerate() {
            let column = known.and_then(|table| table.column(name));
            let is_identity = column.is_some_and(|column| {
                matches!(
                    column.generation,
                    Generation::IdentityAlways | Generation::IdentityByDefault
                )
            });
            match is_identity {
                true => {
                    let (kind, table) = (LossKind::Identity, &entry.table.name);
                    losses.values(kind, table, name, entry.row_count);
                }
                false => {
                    let type_name = column.map_or("text", |column| column.type_name.as_str());
                    columns.push((name, place, shape_of(type_name)));
                }
            }
        }
        written.push(Written { entry, columns });
    }
    written
}

/// The uploaded files that lie where their archives have them, and how many lie elsewhere.
fn files<'a>(manifest: &'a Manifest, profile: &Profile) -> (Vec<&'a FileEntry>, u64) {
    let place = profile.files.as_ref().and_then(|rule| rule.places.first());
    let bucket = place.map(|place| {
        let company = manifest.company.id.as_str();
        place.bucket.replace("{company}", company)
    });
    let all = manifest.files.iter().flatten();
    let (here, elsewhere): (Vec<&FileEntry>, Vec<&FileEntry>) =
        all.partition(|file| Some(&file.bucket) == bucket.as_ref());
    (here, elsewhere.len() as u64)
}

/// A table on its way, with the columns that the form has: name, place in our rows, shape.
struct Written<'a> {
    entry: &'a TableEntry,
    columns: Vec<(&'a String, usize, Shape)>,
}

impl Written<'_> {
    /// Writes its rows into a file without a name, and says how long it is.
    fn write(
        &self,
        reader: &Reader,
        folder: &Path,
        losses: &mut Losses,
        counters: &Counters,
        cancel: &CancelToken,
    ) -> Result<(u64, File)> {
        let failed = |error| Error::local_file("a spill file", folder, &error);
        let spill = tempfile::tempfile_in(folder).map_err(failed)?;
        let mut packed = GzEncoder::new(spill, Compression::default());
        let mut rows = reader.rows(&self.entry.table)?;
        let (mut block, mut row_count) = (Vec::with_capacity(BLOCK_BYTES), 0);
        while let Some(line) = rows.next_row()? {
            self.push_row(line, &mut block, losses)?;
            row_count += 1;
            if block.len() >= BLOCK_BYTES {
                packed.write_all(&block).map_err(failed)?;
                block.clear();
            }
            if row_count % ROWS_BETWEEN == 0 {
                checkpoint(cancel)?;
                counters.add(ROWS_BETWEEN, 0);
            }
        }
        checkpoint(cancel)?;
        counters.add(row_count % ROWS_BETWEEN, self.entry.byte_count);
        packed.write_all(&block).map_err(failed)?;
        let mut spill = packed.finish().map_err(failed)?;
        let length = spill.stream_position().map_err(failed)?;
        spill.seek(SeekFrom::Start(0)).map_err(failed)?;
        Ok((length, spill))
    }

    fn push_row(&self, line: &[u8], output: &mut Vec<u8>, losses: &mut Losses) -> Result<()> {
        let table = &self.entry.table;
        let found: Vec<&[u8]> = fields(line).collect();
        if found.len() != self.entry.columns.len() {
            return Err(Error::new(
                Code::ArchiveMismatch,
                "A row does not have as many columns as the manifest says.",
            )
            .with("table", table));
        }
        output.push(b'{');
        for (place, (name, at, shape)) in self.columns.iter().enumerate() {
            if place > 0 {
                output.push(b',');
            }
            push_text(name, output);
            output.push(b':');
            let field = found.get(*at).copied().unwrap_or(b"\\N");
            match text_of(field)? {
                None => output.extend_from_slice(b"null"),
                Some(value) => {
                    let loss = push_value(&value, shape, output)
                        .map_err(|error| error.with("table", table).with("column", name))?;
                    if let Some(kind) = loss {
                        losses.values(kind, &table.name, name, 1);
                    }
                }
            }
        }
        output.extend_from_slice(b"}\n");
        Ok(())
    }
}

/// The tar under way.
struct Tar<'a, W: Write> {
    builder: tar::Builder<W>,
    time: u64,
    path: &'a Path,
    cancel: &'a CancelToken,
}

impl<W: Write> Tar<'_, W> {
    fn append(&mut self, name: &str, length: u64, content: impl Read) -> Result<()> {
        checkpoint(self.cancel)?;
        let mut header = tar::Header::new_gnu();
        header.set_size(length);
        header.set_mode(0o600);
        header.set_mtime(self.time);
        let appended = self.builder.append_data(&mut header, name, content);
        appended.map_err(|error| Error::local_file("the export", self.path, &error))
    }
}

/// The content of an uploaded file of our archive.
struct Content {
    reader: FileReader,
    rest: Vec<u8>,
    /// Why there is no more of it.
    failure: Option<Error>,
}

impl Read for Content {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.rest.is_empty() {
            match self.reader.next_piece() {
                Ok(Some(piece)) => self.rest.extend_from_slice(piece),
                Ok(None) => return Ok(0),
                Err(error) => {
                    self.failure = Some(error);
                    return Err(std::io::Error::other("the archive is damaged"));
                }
            }
        }
        let length = buffer.len().min(self.rest.len());
        let (now, _) = self.rest.split_at(length);
        if let Some(place) = buffer.get_mut(..length) {
            place.copy_from_slice(now);
        }
        self.rest.drain(..length);
        Ok(length)
    }
}
