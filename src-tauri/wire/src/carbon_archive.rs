use serde::Serialize;
use snapback_engine::carbon_archive;
use ts_rs::TS;

/// What one form of archive holds and the other does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Loss {
    /// A stable word for programs.
    pub kind: String,
    /// What it means, as a sentence.
    pub because: String,
    /// The table, where it is about one.
    pub table: Option<String>,
    /// The columns, where it is about such.
    pub columns: Vec<String>,
    /// How many values, rows or files.
    pub count: u64,
}

impl From<carbon_archive::Loss> for Loss {
    fn from(loss: carbon_archive::Loss) -> Self {
        let carbon_archive::Loss {
            kind,
            table,
            columns,
            count,
        } = loss;
        Self {
            kind: kind.word().to_owned(),
            because: kind.sentence().to_owned(),
            table,
            columns,
            count,
        }
    }
}

/// What the import of an archive of Carbon's became.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ImportReport {
    /// Where our archive is.
    pub path: String,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// Name of the company.
    pub company: String,
    /// Tables.
    pub table_count: u64,
    /// Rows of all tables.
    pub row_count: u64,
    /// Uploaded files; `null` where there are none in it.
    pub file_count: Option<u64>,
    /// What Carbon's archive did not hold, or what is not taken over.
    pub losses: Vec<Loss>,
    /// How long it took.
    pub elapsed_ms: u64,
}

impl ImportReport {
    /// What was imported in that time.
    #[must_use]
    pub fn new(report: carbon_archive::ImportReport, elapsed_ms: u64) -> Self {
        let carbon_archive::ImportReport {
            archive,
            manifest,
            losses,
        } = report;
        Self {
            path: archive.path.display().to_string(),
            size_bytes: archive.size_bytes,
            company: manifest.company.name,
            table_count: manifest.tables.len() as u64,
            row_count: manifest.row_count,
            file_count: manifest.files.map(|files| files.len() as u64),
            losses: losses.into_iter().map(Into::into).collect(),
            elapsed_ms,
        }
    }
}

/// What an archive became that was written for Carbon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct CarbonExportReport {
    /// Where it is.
    pub path: String,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// Tables with rows.
    pub table_count: u64,
    /// Rows of all tables.
    pub row_count: u64,
    /// Uploaded files; `null` where the backup has none.
    pub file_count: Option<u64>,
    /// What the form cannot hold.
    pub losses: Vec<Loss>,
    /// How long it took.
    pub elapsed_ms: u64,
}

impl CarbonExportReport {
    /// What was written in that time.
    #[must_use]
    pub fn new(report: carbon_archive::WriteReport, elapsed_ms: u64) -> Self {
        let carbon_archive::WriteReport {
            path,
            size_bytes,
            table_count,
            row_count,
            file_count,
            losses,
        } = report;
        Self {
            path: path.display().to_string(),
            size_bytes,
            table_count,
            row_count,
            file_count,
            losses: losses.into_iter().map(Into::into).collect(),
            elapsed_ms,
        }
    }
}
