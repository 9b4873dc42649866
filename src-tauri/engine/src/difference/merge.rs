//! The comparison itself: two sources of the same table, both in order of their keys.

use std::cmp::Ordering;

use crate::rows::{Row, RowStream};
use crate::{Code, Error, Result};

/// What one row of the table is, seen from the wanted state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<'a> {
    /// The row is there and as wanted.
    Same {
        /// The line as found.
        found: &'a [u8],
    },
    /// The row is wanted and not there: it comes back.
    Missing {
        /// The line as wanted.
        wanted: &'a [u8],
    },
    /// The row is there and not wanted: it goes.
    Extra {
        /// The line as found.
        found: &'a [u8],
    },
    /// The row is there with other values.
    Changed {
        /// The line as wanted.
        wanted: &'a [u8],
        /// The line as found.
        found: &'a [u8],
    },
}

/// What happens to a row that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowFate {
    /// It is wanted and not there.
    Missing,
    /// It is there with other values.
    Changed,
    /// It is there and not wanted.
    Extra,
}

impl<'a> Change<'a> {
    /// The line as found, or as wanted where the row is not there.
    pub(crate) fn line(&self) -> &'a [u8] {
        match self {
            Self::Missing { wanted } => wanted,
            Self::Same { found } | Self::Extra { found } | Self::Changed { found, .. } => found,
        }
    }

    /// What happens to the row; `None` where it is as wanted.
    #[must_use]
    pub fn fate(&self) -> Option<RowFate> {
        match self {
            Self::Same { .. } => None,
            Self::Missing { .. } => Some(RowFate::Missing),
            Self::Extra { .. } => Some(RowFate::Extra),
            Self::Changed { .. } => Some(RowFate::Changed),
        }
    }
}

/// Which way two rows of one key are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// At most one row has a key; two of one key in a source are an error.
    Keyed,
    /// A row is all of its columns; equal rows are counted.
    WholeRow,
}

/// Walks both sources once and tells `sink` about every row.
///
/// Lines of `found` may be longer than those of `wanted` by columns that are not compared; they are
/// cut to `compared_width` fields first.
///
/// # Errors
/// What the sources and the sink return; `archive_mismatch` where wanted rows are out of order or share
/// a key.
pub fn merge(
    wanted: &mut dyn RowStream,
    found: &mut dyn RowStream,
    identity: Identity,
    compared_width: Option<usize>,
    sink: &mut dyn FnMut(Change<'_>) -> Result<()>,
) -> Result<()> {
    let mut wanted = Head::new(wanted);
    let mut found = Head::new(found);
    wanted.advance(identity)?;
    found.advance(identity)?;
    loop {
        match (wanted.row(), found.row()) {
            (None, None) => return Ok(()),
            (Some(row), None) => {
                sink(Change::Missing { wanted: row.line })?;
                wanted.advance(identity)?;
            }
            (None, Some(row)) => {
                sink(Change::Extra { found: row.line })?;
                found.advance(identity)?;
            }
            (Some(want), Some(find)) => match want.key.cmp(find.key) {
                Ordering::Less => {
                    sink(Change::Missing { wanted: want.line })?;
                    wanted.advance(identity)?;
                }
                Ordering::Greater => {
                    sink(Change::Extra { found: find.line })?;
                    found.advance(identity)?;
                }
                Ordering::Equal => {
                    if want.line == cut(find.line, compared_width) {
                        sink(Change::Same { found: find.line })?;
                    } else {
                        sink(Change::Changed {
                            wanted: want.line,
                            found: find.line,
                        })?;
                    }
                    wanted.advance(identity)?;
                    found.advance(identity)?;
                }
            },
        }
    }
}

/// The first `width` fields of a line.
fn cut(line: &[u8], width: Option<usize>) -> &[u8] {
    let Some(width) = width else { return line };
    let end = memchr::memchr_iter(b'\t', line).nth(width.saturating_sub(1));
    end.and_then(|end| line.get(..end)).unwrap_or(line)
}

/// The current row of a source, held so that the source can be asked for order.
struct Head<'a> {
    stream: &'a mut dyn RowStream,
    key: Vec<u8>,
    line: Vec<u8>,
    previous: Vec<u8>,
    state: State,
}

#[derive(PartialEq, Eq)]
enum State {
    Fresh,
    Row,
    Ended,
}

impl<'a> Head<'a> {
    fn new(stream: &'a mut dyn RowStream) -> Self {
        Self {
            stream,
            key: Vec::new(),
            line: Vec::new(),
            previous: Vec::new(),
            state: State::Fresh,
        }
    }

    fn row(&self) -> Option<Row<'_>> {
        (self.state == State::Row).then_some(Row {
            key: &self.key,
            line: &self.line,
        })
    }

    fn advance(&mut self, identity: Identity) -> Result<()> {
        std::mem::swap(&mut self.previous, &mut self.key);
        let Some(row) = self.stream.next_row()? else {
            self.state = State::Ended;
            return Ok(());
        };
        self.key.clear();
        self.key.extend_from_slice(row.key);
        self.line.clear();
        self.line.extend_from_slice(row.line);
        if self.state == State::Row {
            let ordered = match identity {
                Identity::Keyed => self.previous < self.key,
                Identity::WholeRow => self.previous <= self.key,
            };
            if !ordered {
                return Err(Error::new(
                    Code::ArchiveMismatch,
                    "Rows are not in the order of their keys, or share a key.",
                ));
            }
        }
        self.state = State::Row;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::KeyColumns;

    struct Lines {
        columns: KeyColumns,
        lines: std::collections::VecDeque<&'static str>,
        key: Vec<u8>,
        line: Vec<u8>,
    }

    impl RowStream for Lines {
        fn next_row(&mut self) -> Result<Option<Row<'_>>> {
            let Some(line) = self.lines.pop_front() else {
                return Ok(None);
            };
            self.line = line.as_bytes().to_owned();
            self.key.clear();
            self.columns.push_key(&self.line, &mut self.key);
            Ok(Some(Row {
                key: &self.key,
                line: &self.line,
            }))
        }
    }

    fn lines(columns: &KeyColumns, lines: &[&'static str]) -> Lines {
        Lines {
            columns: columns.clone(),
            lines: lines.iter().copied().collect(),
            key: Vec::new(),
            line: Vec::new(),
        }
    }

    fn words(
        columns: &KeyColumns,
        identity: Identity,
        width: Option<usize>,
        wanted: &[&'static str],
        found: &[&'static str],
    ) -> Result<String> {
        let mut words = Vec::new();
        let text = |line: &[u8]| String::from_utf8_lossy(line).replace('\t', "|");
        merge(
            &mut lines(columns, wanted),
            &mut lines(columns, found),
            identity,
            width,
            &mut |change| {
                words.push(match change {
                    Change::Same { found } => format!("={}", text(found)),
                    Change::Missing { wanted } => format!("+{}", text(wanted)),
                    Change::Extra { found } => format!("-{}", text(found)),
                    Change::Changed { wanted, found } => {
                        format!("~{}>{}", text(found), text(wanted))
                    }
                });
                Ok(())
            },
        )?;
        Ok(words.join(" "))
    }

    #[test]
    fn every_row_is_said_once() {
        let key = KeyColumns::at(vec![0]);
        let found = words(
            &key,
            Identity::Keyed,
            None,
            &["a\t1", "b\t1", "d\t1"],
            &["b\t2", "c\t1", "d\t1"],
        );
        assert_eq!(found.unwrap(), "+a|1 ~b|2>b|1 -c|1 =d|1");
    }

    #[test]
    fn rows_without_a_key_are_counted() {
        let key = KeyColumns::whole_row(1);
        let found = words(
            &key,
            Identity::WholeRow,
            None,
            &["a", "a", "b"],
            &["a", "b", "b"],
        );
        assert_eq!(found.unwrap(), "=a +a =b -b");
    }

    #[test]
    fn columns_that_the_archive_lacks_are_not_compared() {
        let key = KeyColumns::at(vec![0]);
        let found = words(
            &key,
            Identity::Keyed,
            Some(2),
            &["a\t1", "b\t1"],
            &["a\t1\tnew", "b\t2\tnew"],
        );
        assert_eq!(found.unwrap(), "=a|1|new ~b|2|new>b|1");
    }

    #[test]
    fn an_archive_with_two_rows_of_one_key_is_refused() {
        let key = KeyColumns::at(vec![0]);
        let found = words(&key, Identity::Keyed, None, &["a\t1", "a\t2"], &[]);
        assert_eq!(found.unwrap_err().code(), Code::ArchiveMismatch);
    }
}
