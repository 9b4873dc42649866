use serde::Serialize;
use snapback_engine::export;
use ts_rs::TS;

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
            elapsed_ms,
        }
    }
}
