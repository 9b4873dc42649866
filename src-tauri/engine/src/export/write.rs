use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::csv::{Formulas, push_record, push_row};
use super::describe::{self, OwnRows};
use super::names::{FileNames, SETTINGS, plain};
use crate::archive::{Manifest, Partial, Reader, TableEntry};
use crate::cancel::{CancelToken, checkpoint};
use crate::model::{Profile, Table};
use crate::reporter::Counters;
use crate::rows::{fields, text_of};
use crate::{Code, Error, Result};

/// What spreadsheets of some makers need to take a file for UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
/// Bytes of CSV that are gathered before they are compressed.
const BLOCK_BYTES: usize = 256 << 10;
/// Rows between two looks at the token.
const ROWS_BETWEEN: u64 = 4096;

/// What an export must be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportOptions {
    /// The ZIP's final path; its folder exists.
    pub target: PathBuf,
    /// Only the tables of these areas, by short name; all where there is none.
    pub areas: Vec<String>,
    /// Whether each CSV file begins with a byte order mark.
    pub byte_order_mark: bool,
    /// What becomes of texts that a spreadsheet would run.
    pub formulas: Formulas,
}

/// A table of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedTable {
    /// Its file's name in the ZIP's folder.
    pub file: String,
    /// Rows.
    pub row_count: u64,
}

/// What an export became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportReport {
    /// The ZIP.
    pub path: PathBuf,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// The folder in it that holds all files.
    pub folder: String,
    /// Its tables.
    pub tables: Vec<ExportedTable>,
    /// Rows of all tables.
    pub row_count: u64,
    /// Texts that were made safe.
    pub safe_cell_count: u64,
}

/// Exports an archive's rows as CSV.
///
/// # Errors
/// `usage` where there is no such area; `local_file` where the target exists, `disk_full`; archive
/// errors; `cancelled`. No file is left behind then.
pub fn export(
    reader: &Reader,
    profile: Option<&Profile>,
    options: &ExportOptions,
    counters: &Counters,
    cancel: &CancelToken,
) -> Result<ExportReport> {
    let manifest = reader.manifest();
    let entries = chosen(manifest, profile, options)?;
    let application = profile.map_or(manifest.profile.as_str(), |known| known.title.as_str());
    let date = manifest.snapshot_time.strftime("%Y-%m-%d");
    let folder = format!("{}-export-{date}", plain(&manifest.profile));
    let partial = Partial::create(&options.target)?;
    let mut zip = Zip::begin(&partial, &folder, manifest)?;
    let mut names = FileNames::new(profile);
    let (mut tables, mut own_rows, mut safe_cell_count) = (Vec::new(), OwnRows::new(), 0);
    for entry in entries {
        let own_row = own_row(reader, entry)?;
        let is_in_settings = own_row.is_some() && names.is_in_settings(&entry.table);
        if let Some(values) = own_row {
            let columns = entry.columns.iter().cloned();
            own_rows.insert(entry.table.to_string(), columns.zip(values).collect());
        }
        let exported = ExportedTable {
            file: match is_in_settings {
                true => SETTINGS.to_owned(),
                false => names.of(&entry.table),
            },
            row_count: entry.row_count,
        };
        if is_in_settings {
            counters.add(entry.row_count, entry.byte_count);
            tables.push((entry, exported));
            continue;
        }
        let known = manifest.catalog.tables.get(&entry.table);
        let table = TableExport {
            reader,
            entry,
            is_text: known.and_then(|known| texts(known, entry, options)),
        };
        zip.start(&exported.file)?;
        safe_cell_count += table.write(&mut zip, options, counters, cancel)?;
        tables.push((entry, exported));
    }
    let described = describe::describe(manifest, profile, &tables);
    zip.file("schema.json", &describe::json(&described))?;
    let settings = describe::settings(manifest, application, options, &own_rows);
    zip.file(SETTINGS, &settings)?;
    let readme = describe::readme(manifest, application, options, &described);
    zip.file("README.txt", &readme)?;
    drop(described);
    zip.finish()?;
    partial.sync()?;
    let path = partial.publish()?;
    let failed = |error| Error::local_file("the export", &path, &error);
    let size_bytes = std::fs::metadata(&path).map_err(failed)?.len();
    let tables: Vec<ExportedTable> = tables.into_iter().map(|(_, exported)| exported).collect();
    Ok(ExportReport {
        path,
        size_bytes,
        folder,
        row_count: tables.iter().map(|table| table.row_count).sum(),
        tables,
        safe_cell_count,
    })
}

/// The tables that are exported, in the order of their areas.
fn chosen<'a>(
    manifest: &'a Manifest,
    profile: Option<&Profile>,
    options: &ExportOptions,
) -> Result<Vec<&'a TableEntry>> {
    let known: BTreeSet<&str> = manifest
        .tables
        .iter()
        .map(|entry| entry.area.as_str())
        .collect();
    if let Some(area) = options
        .areas
        .iter()
        .find(|area| !known.contains(area.as_str()))
    {
        let known: Vec<&str> = known.into_iter().collect();
        return Err(Error::new(Code::Usage, "The backup has no such area.")
            .with("area", area)
            .with("areas", known.join(", ")));
    }
    let is_chosen =
        |entry: &&TableEntry| options.areas.is_empty() || options.areas.contains(&entry.area);
    let mut entries: Vec<&TableEntry> = manifest.tables.iter().filter(is_chosen).collect();
    let place = |area: &str| {
        let areas = profile.into_iter().flat_map(|profile| &profile.areas);
        let mut names = areas.map(|known| known.name.as_str());
        names.position(|name| name == area).unwrap_or(usize::MAX)
    };
    entries.sort_by_key(|entry| (place(&entry.area), &entry.area));
    Ok(entries)
}

/// Which columns hold texts, where texts are made safe.
fn texts(known: &Table, entry: &TableEntry, options: &ExportOptions) -> Option<Vec<bool>> {
    if options.formulas == Formulas::AsTheyAre {
        return None;
    }
    let is_number = |type_name: &str| {
        let type_name = type_name.split('(').next().unwrap_or_default().trim();
        matches!(
            type_name,
            "numeric" | "double precision" | "real" | "integer" | "bigint" | "smallint"
        )
    };
    let columns = entry.columns.iter();
    let texts = columns.map(|name| {
        let column = known.column(name);
        column.is_none_or(|column| !is_number(&column.type_name))
    });
    Some(texts.collect())
}

/// One table on its way into the ZIP.
struct TableExport<'a> {
    reader: &'a Reader,
    entry: &'a TableEntry,
    is_text: Option<Vec<bool>>,
}

impl TableExport<'_> {
    /// Writes all rows; says how many texts were made safe.
    fn write(
        &self,
        zip: &mut Zip<'_>,
        options: &ExportOptions,
        counters: &Counters,
        cancel: &CancelToken,
    ) -> Result<u64> {
        let mut block = Vec::with_capacity(BLOCK_BYTES);
        if options.byte_order_mark {
            block.extend_from_slice(BYTE_ORDER_MARK);
        }
        let names = self.entry.columns.iter();
        let names: Vec<Option<&str>> = names.map(|name| Some(name.as_str())).collect();
        push_record(&names, &mut block);
        let mut rows = self.reader.rows(&self.entry.table)?;
        let (mut safe_count, mut row_count) = (0, 0);
        while let Some(line) = rows.next_row()? {
            check_width(self.entry, line)?;
            row_count += 1;
            safe_count += push_row(fields(line), self.is_text.as_deref(), &mut block);
            if block.len() >= BLOCK_BYTES {
                zip.write(&block)?;
                block.clear();
            }
            if row_count % ROWS_BETWEEN == 0 {
                checkpoint(cancel)?;
                counters.add(ROWS_BETWEEN, 0);
            }
        }
        checkpoint(cancel)?;
        counters.add(row_count % ROWS_BETWEEN, self.entry.byte_count);
        zip.write(&block)?;
        Ok(safe_count)
    }
}

/// The values of a table's only row, if the company's key is all that it is known by.
fn own_row(reader: &Reader, entry: &TableEntry) -> Result<Option<Vec<Option<String>>>> {
    let ([key], 1) = (entry.key_columns.as_slice(), entry.row_count) else {
        return Ok(None);
    };
    let mut rows = reader.rows(&entry.table)?;
    let Some(line) = rows.next_row()? else {
        return Ok(None);
    };
    check_width(entry, line)?;
    let values: Vec<Option<String>> = fields(line).map(text_of).collect::<Result<_>>()?;
    let mut columns = entry.columns.iter().zip(&values);
    let company = reader.manifest().company.id.as_str();
    let is_own = columns.any(|(name, value)| name == key && value.as_deref() == Some(company));
    Ok(is_own.then_some(values))
}

fn check_width(entry: &TableEntry, line: &[u8]) -> Result<()> {
    if memchr::memchr_iter(b'\t', line).count() + 1 == entry.columns.len() {
        return Ok(());
    }
    Err(Error::new(
        Code::ArchiveMismatch,
        "A row does not have as many columns as the manifest says.",
    )
    .with("table", &entry.table))
}

/// The ZIP under way.
struct Zip<'a> {
    writer: ZipWriter<BufWriter<&'a File>>,
    path: &'a Path,
    folder: &'a str,
    options: SimpleFileOptions,
}

impl<'a> Zip<'a> {
    fn begin(partial: &'a Partial, folder: &'a str, manifest: &Manifest) -> Result<Self> {
        let time = manifest.snapshot_time.to_zoned(jiff::tz::TimeZone::UTC);
        let part = |value: i8| u8::try_from(value).unwrap_or_default();
        let time = DateTime::from_date_and_time(
            u16::try_from(time.year()).unwrap_or(1980),
            part(time.month()),
            part(time.day()),
            part(time.hour()),
            part(time.minute()),
            part(time.second()),
        );
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .last_modified_time(time.unwrap_or_default())
            .large_file(true);
        Ok(Self {
            writer: ZipWriter::new(BufWriter::new(partial.file())),
            path: partial.target(),
            folder,
            options,
        })
    }

    fn start(&mut self, name: &str) -> Result<()> {
        let name = format!("{}/{name}", self.folder);
        let started = self.writer.start_file(name, self.options);
        started.map_err(|error| failed(self.path, error))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.writer.write_all(bytes);
        written.map_err(|error| failed(self.path, error.into()))
    }

    fn file(&mut self, name: &str, content: &str) -> Result<()> {
        self.start(name)?;
        self.write(content.as_bytes())
    }

    fn finish(self) -> Result<()> {
        let path = self.path;
        let mut file = self.writer.finish().map_err(|error| failed(path, error))?;
        file.flush().map_err(|error| failed(path, error.into()))
    }
}

fn failed(path: &Path, error: ZipError) -> Error {
    match error {
        ZipError::Io(error) => Error::local_file("the export", path, &error),
        _ => Error::new(Code::Defect, "The export's ZIP file could not be written."),
    }
}
