use std::collections::HashSet;

use super::merge::{Change, Identity, merge};
use super::pairing::TablePair;
use super::picks::{Picked, Reach, pick};
use super::sink::RowSink;
use super::spool::{Counts, Spool, SpoolWriter};
use super::wanted::WantedRows;
use crate::Result;
use crate::archive::SpooledMember;
use crate::rows::{Fingerprint, Row, RowHasher, RowStream};

/// What the archive's rows of a table have that the live table cannot take.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeftBehind {
    /// Columns that are gone, with the number of rows that have a value there.
    pub dropped: Vec<(String, u64)>,
    /// Rows whose key another row of the archive has as well, since rows are known by other columns now.
    pub shared_keys: u64,
    /// Picked rows that are there with other values and stay so.
    pub kept: u64,
}

/// What differs in one table.
pub struct TableDifference {
    /// The table and its columns on both sides.
    pub pair: TablePair,
    /// The differing rows.
    pub spool: Spool,
    /// Fingerprint of the rows found.
    pub found: Fingerprint,
    /// Fingerprint of the rows once the difference is applied; `None` where rows that come back get
    /// values from defaults and so cannot be known before.
    pub after: Option<Fingerprint>,
    /// What the archive has beyond that.
    pub left_behind: LeftBehind,
    /// The rows found, on their way into the safety snapshot, where one is taken.
    pub sunk: Option<SpooledMember>,
}

impl TableDifference {
    /// How many rows are what.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.spool.counts()
    }
}

/// Compares one table, feeding the rows found into `sink` on the way.
///
/// Rows out of `reach` are as they should be.
///
/// # Errors
/// What the two sources and the sink return.
pub fn compare_table(
    pair: TablePair,
    mut wanted: WantedRows,
    found: &mut dyn RowStream,
    mut sink: Option<RowSink>,
    reach: &Reach,
    spool_folder: &std::path::Path,
) -> Result<TableDifference> {
    let mut writer = SpoolWriter::new(spool_folder);
    let mut before = RowHasher::default();
    let mut after = RowHasher::default();
    let key = pair.key();
    let identity = if key.is_whole_row() {
        Identity::WholeRow
    } else {
        Identity::Keyed
    };
    let compared_width = (!pair.live_only.is_empty()).then_some(pair.columns.len());
    let mut held_key = Vec::new();
    let mut line = Vec::new();
    let mut mixed = Vec::new();
    let mut kept = 0;
    let Reach { left_alone, picked } = reach;
    merge(
        &mut wanted,
        found,
        identity,
        compared_width,
        &mut |change| {
            let mut change = change;
            if let Change::Same { found }
            | Change::Extra { found }
            | Change::Changed { found, .. } = change
            {
                before.add(found);
                if let Some(sink) = &mut sink {
                    sink.push(found)?;
                }
                if !left_alone.is_empty() {
                    held_key.clear();
                    key.push_key(found, &mut held_key);
                    if left_alone.contains(&held_key) {
                        change = Change::Same { found };
                    }
                }
            }
            if let Some(picked) = picked {
                held_key.clear();
                key.push_key(change.line(), &mut held_key);
                change = match pick(picked, &held_key, change, &mut mixed) {
                    Picked::As(change) => change,
                    Picked::Kept { found } => {
                        kept += 1;
                        Change::Same { found }
                    }
                    Picked::Away => return Ok(()),
                };
            }
            match change {
                Change::Same { found } => after.add(found),
                Change::Missing { wanted } => after.add(wanted),
                Change::Extra { .. } => {}
                Change::Changed { wanted, found } => {
                    line.clear();
                    line.extend_from_slice(wanted);
                    line.extend_from_slice(tail(found, compared_width));
                    after.add(&line);
                }
            }
            writer.push(change)
        },
    )?;
    let spool = writer.finish()?;
    let knows_after = pair.live_only.is_empty() || spool.counts().missing == 0;
    Ok(TableDifference {
        pair,
        found: before.finish(),
        after: knows_after.then(|| after.finish()),
        left_behind: LeftBehind {
            kept,
            ..wanted.left_behind()
        },
        sunk: sink.map(RowSink::finish).transpose()?,
        spool,
    })
}

/// What stands behind the first `width` fields of a line, the tab before it included.
fn tail(line: &[u8], width: Option<usize>) -> &[u8] {
    let Some(width) = width else { return &[] };
    memchr::memchr_iter(b'\t', line)
        .nth(width.saturating_sub(1))
        .and_then(|end| line.get(end..))
        .unwrap_or_default()
}

/// Drains a stream of rows into a sink, for tables that are archived without being compared.
///
/// # Errors
/// What the stream and the sink return.
pub fn drain(
    found: &mut dyn RowStream,
    sink: &mut RowSink,
    left_out: &HashSet<Vec<u8>>,
) -> Result<()> {
    while let Some(Row { key, line }) = found.next_row()? {
        if !left_out.contains(key) {
            sink.push(line)?;
        }
    }
    Ok(())
}
