//! Handing a company's rows over: a ZIP with one CSV file for each table, what each file and column is
//! (`README.txt` for people, `schema.json` for programs), and `settings.json`.
//!
//! It is made from an archive, table by table, in memory that does not grow with the company. `csv`
//! writes rows, `table` one table's, `names` names files, `uploads` the uploaded ones, `describe` explains, `zip` holds all of it, `sheets` writes a workbook instead,
//! `write` puts it together, `live` does it for a company as it is.

mod csv;
mod describe;
mod live;
mod names;
mod sheets;
mod table;
mod uploads;
mod write;
mod zip;

pub use csv::{Formulas, push_record, safe_text};
pub use live::export_company;
pub use write::{ExportOptions, ExportReport, ExportedTable, Form, Uploads, export};
