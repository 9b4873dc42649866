use crate::archive::{Excluded, Manifest, TableEntry};
use crate::model::{Profile, TableName};
use crate::{Code, Error, Result, profile};

/// The table that a person means: `schema.name`, the bare name, or what people call it, where only one
/// is called so.
///
/// # Errors
/// `no_such_table`.
pub fn table_named<'a>(
    manifest: &'a Manifest,
    profile: Option<&Profile>,
    written: &str,
) -> Result<&'a TableEntry> {
    let same = |name: &str| name.to_lowercase() == written.to_lowercase();
    let label = |table: &TableName| profile.map(|known| profile::table_label(known, table));
    let ways: [&dyn Fn(&TableName) -> bool; 4] = [
        &|table| table.to_string() == written,
        &|table| table.name == written,
        &|table| same(&table.name) || same(&table.to_string()),
        &|table| label(table).is_some_and(|label| same(&label)),
    ];
    for is_meant in &ways {
        let mut found = manifest
            .tables
            .iter()
            .filter(|entry| is_meant(&entry.table));
        match (found.next(), found.next()) {
            (Some(only), None) => return Ok(only),
            (Some(_), Some(_)) => {
                return Err(no_such(written).hint(
                    "Several tables are called so: write schema and name, as in public.customer.",
                ));
            }
            (None, _) => {}
        }
    }
    let is_meant = |excluded: &&Excluded| ways.iter().any(|is_it| is_it(&excluded.table));
    if let Some(excluded) = manifest.excluded.iter().find(is_meant) {
        return Err(
            Error::new(Code::NoSuchTable, "This table is left out of the backups.")
                .with("table", &excluded.table)
                .with("because", &excluded.because),
        );
    }
    Err(no_such(written).hint("`snapback rows ARCHIVE` lists the tables inside."))
}

fn no_such(written: &str) -> Error {
    Error::new(Code::NoSuchTable, "There is no such table in the archive.").with("table", written)
}
