use super::pairing::TablePair;
use super::table::LeftBehind;
use crate::archive::RowReader;
use crate::rows::{KeyColumns, Row, RowStream, SortSettings, SortedRows, Sorter, fields, is_null};
use crate::{Code, Error, Result};

/// The rows of an archive as the live table would hold them: renamed, dropped and moved columns are
/// seen to, and rows come in the order of the live key.
pub struct WantedRows {
    source: Source,
    left_behind: LeftBehind,
}

enum Source {
    /// As the archive has them.
    InOrder(Box<InOrder>),
    /// Sorted anew, since the key is another one today or the whole row is the key.
    Sorted(Box<Resorted>),
}

/// Rows in an order that is not the archive's: of those that share a key, which the archive did not know
/// as one, the first stands for all.
struct Resorted {
    rows: SortedRows,
    is_keyed: bool,
    held_key: Vec<u8>,
    held_line: Vec<u8>,
    has_row: bool,
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
            dropped: pair.since.dropped.clone(),
            dropped_counts: vec![0; pair.since.dropped.len()],
        };
        let key = pair.key();
        if pair.in_order {
            return Ok(Self {
                source: Source::InOrder(Box::new(InOrder {
                    rows,
                    key,
                    held_key: Vec::new(),
                })),
                left_behind: LeftBehind::default(),
            });
        }
        let is_keyed = !key.is_whole_row();
        let mut sorter = Sorter::new(key, sort.clone());
        while let Some(line) = rows.next()? {
            sorter.push(line)?;
        }
        Ok(Self {
            left_behind: LeftBehind {
                dropped: rows.dropped(),
                ..LeftBehind::default()
            },
            source: Source::Sorted(Box::new(Resorted {
                rows: sorter.finish()?,
                is_keyed,
                held_key: Vec::new(),
                held_line: Vec::new(),
                has_row: false,
            })),
        })
    }

    /// What the rows have that the live table cannot take; complete once all were read.
    #[must_use]
    pub fn left_behind(&self) -> LeftBehind {
        match &self.source {
            Source::InOrder(inner) => LeftBehind {
                dropped: inner.rows.dropped(),
                ..LeftBehind::default()
            },
            Source::Sorted(_) => self.left_behind.clone(),
        }
    }
}

impl RowStream for WantedRows {
    fn next_row(&mut self) -> Result<Option<Row<'_>>> {
        match &mut self.source {
            Source::Sorted(sorted) => sorted.next(&mut self.left_behind.shared_keys),
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

impl Resorted {
    fn next(&mut self, shared_keys: &mut u64) -> Result<Option<Row<'_>>> {
        while let Some(row) = self.rows.next_row()? {
            if self.is_keyed && self.has_row && row.key == self.held_key {
                *shared_keys += 1;
                continue;
            }
            self.held_key.clear();
            self.held_key.extend_from_slice(row.key);
            self.held_line.clear();
            self.held_line.extend_from_slice(row.line);
            self.has_row = true;
            return Ok(Some(Row {
                key: &self.held_key,
                line: &self.held_line,
            }));
        }
        Ok(None)
    }
}

struct Projected {
    reader: RowReader,
    projection: Option<Vec<usize>>,
    width: usize,
    line: Vec<u8>,
    dropped: Vec<(usize, String)>,
    dropped_counts: Vec<u64>,
}

impl Projected {
    fn dropped(&self) -> Vec<(String, u64)> {
        let counts = self.dropped.iter().zip(&self.dropped_counts);
        counts
            .map(|((_, column), count)| (column.clone(), *count))
            .collect()
    }

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
        for (count, (position, _)) in self.dropped_counts.iter_mut().zip(&self.dropped) {
            *count += u64::from(found.get(*position).is_some_and(|field| !is_null(field)));
        }
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
