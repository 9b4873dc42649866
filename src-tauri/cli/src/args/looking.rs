//! What may be written to look into backups and compare them.

use std::path::PathBuf;

use clap::Args;

use super::{OneArchive, OneCompany};

#[derive(Debug, Args)]
pub(crate) struct Rows {
    #[command(flatten)]
    pub(crate) archive: OneArchive,
    /// The table, such as public.customer or customer; without it, the tables are listed
    pub(crate) table: Option<String>,
    /// Only rows in which the column has exactly this value, or with COLUMN~TEXT this text inside; there are also
    /// COLUMN!=VALUE, COLUMN>=VALUE, COLUMN<=VALUE, "COLUMN is empty" and "COLUMN is not empty"; given again, all
    /// must hold
    #[arg(long = "where", value_name = "COLUMN=VALUE", requires = "table")]
    pub(crate) filters: Vec<String>,
    /// In the order of this column's values; with COLUMN:desc, the largest first
    #[arg(long, value_name = "COLUMN", requires = "table")]
    pub(crate) sort: Option<String>,
    /// The most rows
    #[arg(long, value_name = "ROWS", default_value_t = 20)]
    pub(crate) limit: u64,
    /// How many rows are passed over first
    #[arg(long, value_name = "ROWS", default_value_t = 0)]
    pub(crate) offset: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Search {
    #[command(flatten)]
    pub(crate) archive: OneArchive,
    /// The text, whatever the case of its letters
    pub(crate) text: String,
    /// The most places that are listed; all are counted
    #[arg(long, value_name = "PLACES", default_value_t = 50)]
    pub(crate) limit: usize,
}

#[derive(Debug, Args)]
pub(crate) struct History {
    /// The table, such as public.customer or customer
    pub(crate) table: String,
    /// The row's key; the values of several columns with commas between, the company's left out
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) company: OneCompany,
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Details {
    /// Lists the rows that differ, with old and new values
    #[arg(long)]
    pub(crate) details: bool,
    /// The most rows that are listed of one table
    #[arg(long, value_name = "ROWS", default_value_t = 20)]
    pub(crate) limit: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// Where to start: an archive, or `live`
    #[arg(value_name = "FROM")]
    pub(crate) from: String,
    /// Where it leads: an archive, or `live`
    #[arg(value_name = "TO")]
    pub(crate) to: String,
    /// The company whose live rows are meant: its id or exact name
    #[arg(long, value_name = "ID-OR-NAME")]
    pub(crate) company: Option<String>,
    #[command(flatten)]
    pub(crate) details: Details,
    /// Writes all rows that differ, with old and new values, as one HTML page that needs nothing else
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// The same as CSV, a line for each value
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Puts an apostrophe before texts in the CSV that a spreadsheet would run as formulas
    #[arg(long, requires = "csv")]
    pub(crate) safe_cells: bool,
}

impl Diff {
    /// Whether rows are shown, and not counts alone.
    pub(crate) fn shows_rows(&self) -> bool {
        self.details.details || self.html.is_some() || self.csv.is_some()
    }
}
