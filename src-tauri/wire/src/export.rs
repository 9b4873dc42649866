use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use snapback_engine::archive::Occupied;
use snapback_engine::export::{self, Formulas, Uploads};
use ts_rs::TS;

use crate::Include;

/// What rows are exported as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ExportForm {
    /// A ZIP with a CSV file for each table, and what explains them.
    Csv,
    /// One workbook for spreadsheets (XLSX), with a sheet for each table.
    Workbook,
}

/// What a person wants exported.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct ExportRequest {
    /// As what.
    pub form: ExportForm,
    /// Only these areas, by short name; all where there is none.
    pub areas: Vec<String>,
    /// Whether each file begins with a byte order mark, which some spreadsheets need.
    pub byte_order_mark: bool,
    /// Whether texts that a spreadsheet would run are made safe.
    pub safe_cells: bool,
    /// The rows alone, or the uploaded files as well.
    pub include: Include,
}

impl ExportRequest {
    /// What that means for the engine; the person was asked whether a file at the target may go.
    #[must_use]
    pub fn options(self, target: PathBuf) -> export::ExportOptions {
        let Self {
            form,
            areas,
            byte_order_mark,
            safe_cells,
            include,
        } = self;
        export::ExportOptions {
            target,
            form: match form {
                ExportForm::Csv => export::Form::Csv,
                ExportForm::Workbook => export::Form::Workbook,
            },
            areas,
            byte_order_mark,
            formulas: match safe_cells {
                true => Formulas::Safe,
                false => Formulas::AsTheyAre,
            },
            uploads: match include {
                Include::DataOnly => Uploads::LeftOut,
                Include::DataAndFiles => Uploads::Included,
            },
            occupied: Occupied::Replaced,
        }
    }
}

/// A table of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ExportedTable {
    /// Its file's name in the ZIP's folder.
    pub file: String,
    /// Rows.
    pub row_count: u64,
}

/// What an export became.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ExportReport {
    /// Where the ZIP is.
    pub path: String,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// The folder in it that holds all files.
    pub folder: String,
    /// Its tables.
    pub tables: Vec<ExportedTable>,
    /// Rows of all tables.
    pub row_count: u64,
    /// Texts that were made safe for spreadsheets.
    pub safe_cell_count: u64,
    /// Texts that were longer than a cell of a workbook and end early.
    pub cut_cell_count: u64,
    /// Uploaded files; `null` where they were not asked for.
    pub file_count: Option<u64>,
    /// How long it took.
    pub elapsed_ms: u64,
}

impl ExportReport {
    /// What was exported in that time.
    #[must_use]
    pub fn new(report: export::ExportReport, elapsed_ms: u64) -> Self {
        let export::ExportReport {
            path,
            size_bytes,
            folder,
            tables,
            row_count,
            safe_cell_count,
            cut_cell_count,
            file_count,
        } = report;
        let tables = tables.into_iter();
        Self {
            path: path.display().to_string(),
            size_bytes,
            folder,
            tables: tables
                .map(|export::ExportedTable { file, row_count }| ExportedTable { file, row_count })
                .collect(),
            row_count,
            safe_cell_count,
            cut_cell_count,
            file_count,
            elapsed_ms,
        }
    }
}
