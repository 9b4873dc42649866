use super::csv::{Formulas, push_record, push_row};
use super::uploads::UploadNames;
use super::write::ExportOptions;
use super::zip::Zip;
use crate::archive::{Reader, TableEntry};
use crate::cancel::{CancelToken, checkpoint};
use crate::model::Table;
use crate::reporter::Counters;
use crate::rows::{fields, text_of};
use crate::{Code, Error, Result};

/// What spreadsheets of some makers need to take a file for UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
/// Bytes of CSV that are gathered before they are compressed.
const BLOCK_BYTES: usize = 256 << 10;
/// Rows between two looks at the token.
const ROWS_BETWEEN: u64 = 4096;

/// Which columns hold texts, where texts are made safe.
pub(super) fn texts(
    known: &Table,
    entry: &TableEntry,
    options: &ExportOptions,
) -> Option<Vec<bool>> {
    if options.formulas == Formulas::AsTheyAre {
        return None;
    }
    let columns = entry.columns.iter();
    let texts = columns.map(|name| {
        let column = known.column(name);
        column.is_none_or(|column| !is_number(&column.type_name))
    });
    Some(texts.collect())
}

/// Whether values of that type are numbers.
pub(super) fn is_number(type_name: &str) -> bool {
    let type_name = type_name.split('(').next().unwrap_or_default().trim();
    matches!(
        type_name,
        "numeric" | "double precision" | "real" | "integer" | "bigint" | "smallint"
    )
}

/// One table on its way into the ZIP.
pub(super) struct TableExport<'a> {
    pub(super) reader: &'a Reader,
    pub(super) entry: &'a TableEntry,
    /// Which columns hold texts, where those are made safe.
    pub(super) is_text: Option<Vec<bool>>,
    /// Hears which rows name uploaded files.
    pub(super) uploads: Option<&'a mut UploadNames>,
}

impl TableExport<'_> {
    /// Writes all rows; says how many texts were made safe.
    pub(super) fn write(
        self,
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
        let mut uploads = self.uploads;
        let (mut safe_count, mut row_count) = (0, 0);
        while let Some(line) = rows.next_row()? {
            check_width(self.entry, line)?;
            row_count += 1;
            if let Some(names) = &mut uploads {
                names.hear(line)?;
            }
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
pub(super) fn own_row(reader: &Reader, entry: &TableEntry) -> Result<Option<Vec<Option<String>>>> {
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

pub(super) fn check_width(entry: &TableEntry, line: &[u8]) -> Result<()> {
    if memchr::memchr_iter(b'\t', line).count() + 1 == entry.columns.len() {
        return Ok(());
    }
    Err(Error::new(
        Code::ArchiveMismatch,
        "A row does not have as many columns as the manifest says.",
    )
    .with("table", &entry.table))
}
