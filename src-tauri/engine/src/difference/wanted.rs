use super::pairing::TablePair;
use crate::archive::RowReader;
use crate::rows::{KeyColumns, Row, RowStream, SortSettings, SortedRows, Sorter, fields};
use crate::{Code, Error, Result};

/// The rows of an archive as the live table would hold them: renamed, dropped and moved columns are
/// seen to, and rows come in the order of the live key.
pub struct WantedRows {
    source: Source,
}

enum Source {
    /// As the archive has them.
    InOrder(Box<InOrder>),
    /// Sorted anew, since the key is another one today or the whole row is the key.
    Sorted(SortedRows),
}

struct InOrder {
    rows: Projected,
    key: KeyColumns,
    held_key: Vec<u8>,
}

impl WantedRows {
    /// Reads the archive's rows of that table.
    ///
    /// # Errors
    /// What the reader meets, and `disk_full` where rows must be sorted anew.
    pub fn new(
        reader: RowReader,
        pair: &TablePair,
        archive_width: usize,
        sort: &SortSettings,
    ) -> Result<Self> {
        let mut rows = Projected {
            reader,
            projection: pair.projection.clone(),
            width: archive_width,
            line: Vec::new(),
        };
        let key = pair.key();
        if pair.in_order {
            return Ok(Self {
                source: Source::InOrder(Box::new(InOrder {
                    rows,
                    key,
                    held_key: Vec::new(),
                })),
            });
        }
        let mut sorter = Sorter::new(key, sort.clone());
        while let Some(line) = rows.next()? {
            sorter.push(line)?;
        }
        Ok(Self {
            source: Source::Sorted(sorter.finish()?),
        })
    }
}

impl RowStream for WantedRows {
    fn next_row(&mut self) -> Result<Option<Row<'_>>> {
        match &mut self.source {
            Source::Sorted(rows) => rows.next_row(),
            Source::InOrder(inner) => {
                let InOrder {
                    rows,
                    key,
                    held_key,
                } = inner.as_mut();
                let Some(line) = rows.next()? else {
                    return Ok(None);
                };
                held_key.clear();
                key.push_key(line, held_key);
                Ok(Some(Row {
                    key: held_key,
                    line,
                }))
            }
        }
    }
}

struct Projected {
    reader: RowReader,
    projection: Option<Vec<usize>>,
    width: usize,
    line: Vec<u8>,
}

impl Projected {
    fn next(&mut self) -> Result<Option<&[u8]>> {
        let Some(line) = self.reader.next_row()? else {
            return Ok(None);
        };
        if memchr::memchr_iter(b'\t', line).count() + 1 != self.width {
            return Err(Error::new(
                Code::ArchiveMismatch,
                "A row does not have as many columns as the manifest says.",
            ));
        }
        let Some(projection) = &self.projection else {
            return Ok(Some(line));
        };
        let found: Vec<&[u8]> = fields(line).collect();
        self.line.clear();
        for (place, position) in projection.iter().enumerate() {
            if place > 0 {
                self.line.push(b'\t');
            }
            self.line
                .extend_from_slice(found.get(*position).copied().unwrap_or(b"\\N"));
        }
        Ok(Some(&self.line))
    }
}
