use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;

use super::csv::Formulas;
use super::describe::{self, OwnRows};
use super::names::{FileNames, SETTINGS, plain};
use super::sheets::{Cells, write_sheets};
use super::table::{TableExport, own_row, texts};
use super::uploads::UploadNames;
use super::zip::Zip;
use crate::archive::{Manifest, Occupied, Reader, TableEntry, save_whole};
use crate::cancel::CancelToken;
use crate::model::Profile;
use crate::reporter::Counters;
use crate::{Code, Error, Result};

/// What an export must be told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExportOptions {
    /// The file's final path; its folder exists.
    pub target: PathBuf,
    /// What it is.
    pub form: Form,
    /// Only the tables of these areas, by short name; all where there is none.
    pub areas: Vec<String>,
    /// Whether each CSV file begins with a byte order mark.
    pub byte_order_mark: bool,
    /// What becomes of texts that a spreadsheet would run.
    pub formulas: Formulas,
    /// Whether the uploaded files are in it.
    pub uploads: Uploads,
    /// What becomes of a file that has the target's name already.
    pub occupied: Occupied,
}

/// What rows are exported as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// A ZIP with a CSV file for each table, and what explains them.
    #[default]
    Csv,
    /// One workbook for spreadsheets, with a sheet for each table.
    Workbook,
}

/// Whether an export has the uploaded files that the archive has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Uploads {
    /// Rows alone.
    #[default]
    LeftOut,
    /// By names that people can read.
    Included,
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
    /// The file.
    pub path: PathBuf,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// The folder in it that holds all files; for a workbook, what one would be called.
    pub folder: String,
    /// Its tables.
    pub tables: Vec<ExportedTable>,
    /// Rows of all tables.
    pub row_count: u64,
    /// Texts that were made safe.
    pub safe_cell_count: u64,
    /// Texts that were longer than a cell of a workbook and end early.
    pub cut_cell_count: u64,
    /// Uploaded files; `None` where they were not asked for.
    pub file_count: Option<u64>,
}

/// Exports an archive's rows, and beside CSV its uploaded files where they are wanted.
///
/// # Errors
/// `usage` where there is no such area, or no files; `local_file` where the target exists, `disk_full`; archive
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
    let date = manifest.snapshot_time.strftime("%Y-%m-%d");
    let export = Export {
        reader,
        profile,
        folder: format!("{}-export-{date}", plain(&manifest.profile)),
        options,
    };
    let uploads = match (options.uploads, options.form) {
        (Uploads::LeftOut, _) => None,
        (Uploads::Included, Form::Workbook) => {
            return Err(
                Error::new(Code::Usage, "A workbook holds no uploaded files.")
                    .hint("Export them as CSV, which is a ZIP."),
            );
        }
        (Uploads::Included, Form::Csv) => Some(UploadNames::new(manifest, profile)?),
    };
    let watched = (counters, cancel);
    let (tables, cells, file_count) = save_whole(&options.target, options.occupied, |file| {
        match options.form {
            Form::Csv => export.write(file, &entries, uploads, watched),
            Form::Workbook => {
                let sheets = (file, entries.as_slice());
                let written = write_sheets(reader, profile, options, sheets, watched)?;
                Ok((written.0, written.1, None))
            }
        }
    })?;
    let path = options.target.clone();
    let failed = |error| Error::local_file("the export", &path, &error);
    Ok(ExportReport {
        size_bytes: std::fs::metadata(&path).map_err(failed)?.len(),
        path,
        folder: export.folder,
        row_count: tables.iter().map(|table| table.row_count).sum(),
        tables,
        safe_cell_count: cells.safe_count,
        cut_cell_count: cells.cut_count,
        file_count,
    })
}

/// What is exported, and how.
struct Export<'a> {
    reader: &'a Reader,
    profile: Option<&'a Profile>,
    folder: String,
    options: &'a ExportOptions,
}

impl Export<'_> {
    /// Writes all files; the tables, what became of cells, and how many uploaded files there are.
    fn write(
        &self,
        file: &File,
        entries: &[&TableEntry],
        mut uploads: Option<UploadNames>,
        (counters, cancel): (&Counters, &CancelToken),
    ) -> Result<(Vec<ExportedTable>, Cells, Option<u64>)> {
        let (manifest, options) = (self.reader.manifest(), self.options);
        let mut zip = Zip::begin(file, &options.target, &self.folder, manifest)?;
        let mut names = FileNames::new(self.profile);
        let (mut tables, mut own_rows, mut safe_cell_count) = (Vec::new(), OwnRows::new(), 0);
        for entry in entries {
            let own_row = own_row(self.reader, entry)?;
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
                tables.push((*entry, exported));
                continue;
            }
            if let Some(names) = &mut uploads {
                names.begin(manifest, self.profile, entry);
            }
            let known = manifest.catalog.tables.get(&entry.table);
            let table = TableExport {
                reader: self.reader,
                entry,
                is_text: known.and_then(|known| texts(known, entry, options)),
                uploads: uploads.as_mut(),
            };
            zip.start(&exported.file)?;
            safe_cell_count += table.write(&mut zip, options, counters, cancel)?;
            tables.push((*entry, exported));
        }
        let file_count = match uploads {
            None => None,
            Some(names) => Some(names.write(self.reader, &mut zip, cancel)?),
        };
        let application = self
            .profile
            .map_or(manifest.profile.as_str(), |known| known.title.as_str());
        let described = describe::describe(manifest, self.profile, &tables);
        zip.file("schema.json", &describe::json(&described))?;
        let settings = describe::settings(manifest, application, options, &own_rows);
        zip.file(SETTINGS, &settings)?;
        let readme = describe::readme(manifest, application, options, &described);
        zip.file("README.txt", &readme)?;
        drop(described);
        zip.finish()?;
        let tables = tables.into_iter().map(|(_, exported)| exported);
        let cells = Cells {
            safe_count: safe_cell_count,
            cut_count: 0,
        };
        Ok((tables.collect(), cells, file_count))
    }
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
