//! Handing a company's rows over: a ZIP with one CSV file for each table, what each file and column is
//! (`README.txt` for people, `schema.json` for programs), and `settings.json`.
//!
//! It is made from an archive, table by table, in memory that does not grow with the company. `csv`
//! writes rows, `names` names files, `describe` explains, `write` puts it together, `live` does it for a company as it is.

mod csv;
mod describe;
mod live;
mod names;
mod write;

pub use csv::{Formulas, push_record};
pub use live::export_company;
pub use write::{ExportOptions, ExportReport, ExportedTable, export};
