//! The pass of a restore: each live table is read once, compared with the archive, and on the same way
//! written into the safety snapshot where one is taken.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::picked::Picked;
use super::wanted::Wanted;
use crate::archive::{DEFAULT_LEVEL, MemberSpool, Press, Reader, SpooledMember};
use crate::cancel::CancelToken;
use crate::closure::Mending;
use crate::company::Opened;
use crate::difference::{
    LivePass, LiveTable, Reach, RowSink, TableDifference, TablePair, WantedRows, compare_table,
    drain, edit_table, live,
};
use crate::model::TableName;
use crate::pg::ExportedSnapshot;
use crate::reporter::{Counters, Phase, Reporter};
use crate::rows::{KeyColumns, SortSettings, Spares};
use crate::{Code, Error, Result};

/// Compressed bytes of a safety snapshot's member held in memory: all members are held at once.
const HELD_BYTES: usize = 16 << 10;

/// Whether the rows found are kept for a safety snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Safety {
    /// They are.
    Take,
    /// A preview: nothing is written.
    None,
}

/// How a pass reads.
#[derive(Debug, Clone)]
pub(super) struct PassSettings {
    pub(super) worker_count: usize,
    pub(super) sort: SortSettings,
    pub(super) row_limit_bytes: usize,
    pub(super) safety: Safety,
}

/// One table after the pass.
pub(super) struct PassedTable {
    /// What differs, where the archive has the table.
    pub(super) difference: Option<TableDifference>,
    /// The rows found, where a safety snapshot is taken.
    pub(super) sunk: Option<SpooledMember>,
    /// The columns in which they were read.
    pub(super) columns: Vec<String>,
    /// The columns by which they are ordered.
    pub(super) key_columns: Vec<String>,
}

/// What is compared with what.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    /// The company as it is.
    pub(super) opened: &'a Opened,
    /// What it is to become.
    pub(super) wanted: &'a Wanted<'a>,
}

/// Reads those tables (all that are archived, or some again) at that instant.
///
/// # Errors
/// Errors of the connection, of the archive and of this computer's disk; `cancelled`.
pub(super) async fn read(
    source: Source<'_>,
    snapshot: &Arc<ExportedSnapshot>,
    only: Option<&HashSet<TableName>>,
    settings: &PassSettings,
    reporter: &dyn Reporter,
    cancel: &CancelToken,
) -> Result<BTreeMap<TableName, PassedTable>> {
    let Source { opened, wanted } = source;
    let pairs: BTreeMap<TableName, TablePair> = wanted
        .pairs(opened)
        .into_iter()
        .map(|pair| (pair.table.clone(), pair))
        .collect();
    let is_read = |table: &TableName| {
        only.is_none_or(|only| only.contains(table))
            && (settings.safety == Safety::Take || pairs.contains_key(table))
    };
    let tables: Vec<TableName> = opened
        .archived_tables()
        .into_iter()
        .filter(is_read)
        .collect();
    let live_tables = tables
        .iter()
        .map(|table| live_table(opened, pairs.get(table), table))
        .collect();
    let counters = Arc::new(Counters::default());
    reporter.phase(Phase::Comparing, None, Arc::clone(&counters));
    let pass = LivePass {
        company: opened.company().clone(),
        snapshot: Arc::clone(snapshot),
        worker_count: settings.worker_count,
        sort: settings.sort.clone(),
        row_limit_bytes: settings.row_limit_bytes,
        counters,
        cancel: cancel.clone(),
    };
    let consumer = Consumer {
        rows: match wanted {
            Wanted::Archive { reader, .. } => Rows::Archive {
                reaches: reaches(reader, &pairs, None)?,
                reader: Arc::clone(reader),
            },
            Wanted::Picked(picked) => Rows::Archive {
                reaches: reaches(picked.reader, &pairs, Some(picked.as_ref()))?,
                reader: Arc::clone(picked.reader),
            },
            Wanted::Cleaned(mending) => Rows::Found(Arc::clone(mending)),
        },
        pairs,
        schema: Arc::clone(&opened.schema),
        scope: Arc::clone(&opened.scope),
        sort: settings.sort.clone(),
        spill_folder: settings.sort.spill_folder.clone(),
        safety: settings.safety,
        presses: Spares::default(),
    };
    let passed = pass
        .each(
            live_tables,
            move |table, rows| consumer.consume(table, rows),
            reporter,
        )
        .await?;
    Ok(passed.into_iter().collect())
}

fn live_table(opened: &Opened, pair: Option<&TablePair>, table: &TableName) -> LiveTable {
    let (columns, key) = columns_and_key(&opened.schema, &opened.scope, pair, table);
    live::table(
        &opened.schema,
        &opened.scope,
        table,
        &columns,
        live::key_of(&columns, &key),
    )
}

fn columns_and_key(
    schema: &crate::model::Schema,
    scope: &crate::scope::Scope,
    pair: Option<&TablePair>,
    table: &TableName,
) -> (Vec<String>, Vec<String>) {
    match pair {
        Some(pair) if pair.key_columns.is_empty() => (pair.live_columns(), pair.columns.clone()),
        Some(pair) => (pair.live_columns(), pair.key_columns.clone()),
        None => {
            let columns = live::travelling_columns(schema, scope, table);
            let key = live::key_columns(schema, table, &columns);
            (columns, key)
        }
    }
}

/// Which rows are compared: not those that the backup skipped, and where some were picked those alone.
fn reaches(
    reader: &Reader,
    pairs: &BTreeMap<TableName, TablePair>,
    picked: Option<&Picked<'_>>,
) -> Result<BTreeMap<TableName, Reach>> {
    let mut found: BTreeMap<TableName, Reach> = BTreeMap::new();
    for table in pairs.keys() {
        if let Some(picks) = picked.and_then(|picked| picked.picks(table)) {
            found.entry(table.clone()).or_default().picked = Some(picks);
        }
    }
    for skipped in &reader.manifest().skipped_rows {
        let Some(pair) = pairs.values().find(|pair| pair.archived == skipped.table) else {
            continue;
        };
        if pair.key_columns.len() != skipped.key_columns.len() && !pair.key_columns.is_empty() {
            return Err(Error::new(
                Code::NotRestorable,
                "Rows that the backup skipped cannot be told today: the key changed.",
            )
            .with("table", &pair.table));
        }
        let columns = KeyColumns::at((0..skipped.key_columns.len()).collect());
        let keys = &mut found.entry(pair.table.clone()).or_default().left_alone;
        for line in &skipped.keys {
            let mut key = Vec::new();
            columns.push_key(line.as_bytes(), &mut key);
            keys.insert(key);
        }
    }
    Ok(found)
}

/// Where the wanted rows come from.
enum Rows {
    /// An archive, of which not all rows may count.
    Archive {
        reader: Arc<Reader>,
        reaches: BTreeMap<TableName, Reach>,
    },
    /// The rows found, edited.
    Found(Arc<Mending>),
}

struct Consumer {
    rows: Rows,
    pairs: BTreeMap<TableName, TablePair>,
    schema: Arc<crate::model::Schema>,
    scope: Arc<crate::scope::Scope>,
    sort: SortSettings,
    spill_folder: PathBuf,
    safety: Safety,
    presses: Spares<Press>,
}

impl Consumer {
    fn consume(&self, table: &LiveTable, mut rows: crate::rows::SortedRows) -> Result<PassedTable> {
        let name = &table.table;
        let pair = self.pairs.get(name);
        let (columns, key_columns) = columns_and_key(&self.schema, &self.scope, pair, name);
        let mut sink = match self.safety {
            Safety::None => None,
            Safety::Take => {
                let member = MemberSpool::for_table(name, &self.spill_folder, DEFAULT_LEVEL)?
                    .holding(HELD_BYTES)
                    .sharing(&self.presses);
                Some(RowSink::new(member))
            }
        };
        let key_columns = if pair.is_some_and(|pair| pair.key_columns.is_empty()) {
            Vec::new()
        } else {
            key_columns
        };
        let Some(pair) = pair else {
            if let Some(sink) = &mut sink {
                drain(&mut rows, sink, &HashSet::new())?;
            }
            let sunk = sink.map(RowSink::finish).transpose()?;
            return Ok(PassedTable {
                difference: None,
                sunk,
                columns,
                key_columns,
            });
        };
        let mut difference = match &self.rows {
            Rows::Archive { reader, reaches } => {
                let entry = reader.manifest().table(&pair.archived);
                let width = entry.map_or(0, |entry| entry.columns.len());
                let wanted =
                    WantedRows::new(reader.rows(&pair.archived)?, pair, width, &self.sort)?;
                let everything = Reach::default();
                let reach = reaches.get(name).unwrap_or(&everything);
                let (pair, folder) = (pair.clone(), &self.spill_folder);
                compare_table(pair, wanted, &mut rows, sink, reach, folder)?
            }
            Rows::Found(mending) => {
                let edits = mending.edits(name);
                edit_table(pair.clone(), &edits, &mut rows, sink, &self.spill_folder)?
            }
        };
        let sunk = difference.sunk.take();
        Ok(PassedTable {
            difference: Some(difference),
            sunk,
            columns,
            key_columns,
        })
    }
}
