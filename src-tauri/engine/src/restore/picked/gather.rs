use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::{Origin, Picked};
use crate::company::Opened;
use crate::difference::{TablePair, Take, WantedRows};
use crate::model::{Reference, TableName};
use crate::pg::{Session, fetch_text_arrays};
use crate::restore::batch::TypedColumns;
use crate::restore::referred::raw_key;
use crate::rows::{RowStream, fields, text_of};
use crate::{Code, Error, Result};

/// Rows past which this is no selection any more; they are held in memory.
const MOST_ROWS: usize = 250_000;
/// Rows asked about at once.
const BATCH_ROWS: usize = 20_000;

/// A row of the archive, as the live table would hold it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) line: Vec<u8>,
    pub(super) origin: Origin,
}

/// Rows by their keys, in the form by which rows are ordered.
type Rows = HashMap<Vec<u8>, Found>;
/// Raw values of some columns, tab-separated.
type Values = HashSet<Vec<u8>>;
/// Columns of a table to which references lead.
type Target = (TableName, Vec<String>);

/// Which rows of one table are looked for.
#[derive(Default)]
struct Sought {
    keys: HashSet<Vec<u8>>,
    /// By the raw values at some positions.
    values: Vec<(Vec<usize>, Values)>,
}

impl Sought {
    fn wants(&self, key: &[u8], line: &[u8]) -> bool {
        self.keys.contains(key)
            || self.values.iter().any(|(positions, values)| {
                raw_key(line, positions).is_some_and(|value| values.contains(&value))
            })
    }
}

/// Gathers rows of an archive.
pub(super) struct Gathering<'a> {
    picked: &'a Picked<'a>,
    opened: &'a Opened,
    pairs: BTreeMap<&'a TableName, &'a TablePair>,
    rows: BTreeMap<TableName, Rows>,
    row_count: usize,
}

impl<'a> Gathering<'a> {
    pub(super) fn new(picked: &'a Picked<'a>, opened: &'a Opened) -> Self {
        let pairs = picked.pairing.pairs.iter().filter(|pair| pair.written);
        Self {
            picked,
            opened,
            pairs: pairs.map(|pair| (&pair.table, pair)).collect(),
            rows: BTreeMap::new(),
            row_count: 0,
        }
    }

    /// Everything that comes back of tables that do not as a whole.
    pub(super) async fn gather(
        mut self,
        session: &mut Session,
    ) -> Result<BTreeMap<TableName, Rows>> {
        let named = self.named().await?;
        let mut fresh = named.clone();
        let mut frontier = named;
        for _ in 0..self.picked.child_levels {
            frontier = self.children(&frontier).await?;
            if frontier.is_empty() {
                break;
            }
            fresh.extend(frontier.iter().cloned());
        }
        let mut needed = self.needed_by_whole().await?;
        loop {
            self.note_needed(session, &fresh, &mut needed).await?;
            fresh = self.parents(session, std::mem::take(&mut needed)).await?;
            if fresh.is_empty() {
                return Ok(self.rows);
            }
        }
    }

    /// The rows that were named, by table and key.
    async fn named(&mut self) -> Result<Vec<(TableName, Vec<u8>)>> {
        let mut named = Vec::new();
        for (table, keys) in &self.picked.named {
            let sought = Sought {
                keys: keys.clone(),
                ..Sought::default()
            };
            let found = self.add(table, sought, Origin::Named).await?;
            if found.len() < keys.len() {
                return Err(
                    Error::new(Code::NoSuchRow, "The backup has no row of that key.")
                        .hint("`snapback search` and `snapback rows` show what it has.")
                        .with("table", table),
                );
            }
            named.extend(found);
        }
        Ok(named)
    }

    /// Rows of the archive that refer to one of those.
    async fn children(
        &mut self,
        frontier: &[(TableName, Vec<u8>)],
    ) -> Result<Vec<(TableName, Vec<u8>)>> {
        let mut sought: BTreeMap<TableName, Sought> = BTreeMap::new();
        let targets: BTreeSet<&TableName> = frontier.iter().map(|(table, _)| table).collect();
        for (child, reference) in self.references() {
            if !targets.contains(&reference.target) || self.picked.whole.contains(child) {
                continue;
            }
            let (Some(here), Some(there)) = (
                self.positions(child, &reference.columns),
                self.positions(&reference.target, &reference.target_columns),
            ) else {
                continue;
            };
            let of_target = frontier
                .iter()
                .filter(|(table, _)| *table == reference.target);
            let lines = of_target.filter_map(|(table, key)| self.rows.get(table)?.get(key));
            let values = lines.filter_map(|found| raw_key(&found.line, &there));
            let of_child = sought.entry(child.clone()).or_default();
            of_child.values.push((here, values.collect()));
        }
        let mut children = Vec::new();
        for (child, sought) in sought {
            children.extend(self.add(&child, sought, Origin::Child).await?);
        }
        Ok(children)
    }

    /// What rows of tables that come back as a whole refer to outside of these.
    async fn needed_by_whole(&self) -> Result<BTreeMap<Target, Values>> {
        let mut needed: BTreeMap<Target, Values> = BTreeMap::new();
        for table in &self.picked.whole {
            let places: Vec<(Vec<usize>, Target)> = self
                .references()
                .filter(|(child, reference)| {
                    *child == table && !self.picked.whole.contains(&reference.target)
                })
                .filter_map(|(child, reference)| {
                    let positions = self.positions(child, &reference.columns)?;
                    let target = (reference.target.clone(), reference.target_columns.clone());
                    Some((positions, target))
                })
                .collect();
            let Some(pair) = self.pairs.get(table).filter(|_| !places.is_empty()) else {
                continue;
            };
            let found = self
                .scan(pair, move |rows| {
                    let mut found: Vec<Values> = vec![Values::new(); places.len()];
                    while let Some(row) = rows.next_row()? {
                        for ((positions, _), values) in places.iter().zip(&mut found) {
                            values.extend(raw_key(row.line, positions));
                        }
                    }
                    let targets = places.into_iter().map(|(_, target)| target);
                    Ok(targets.zip(found).collect::<Vec<_>>())
                })
                .await?;
            for (target, values) in found {
                needed.entry(target).or_default().extend(values);
            }
            let waiting: usize = needed.values().map(HashSet::len).sum();
            require_few(waiting)?;
        }
        Ok(needed)
    }

    /// What rows refer to that will be written.
    async fn note_needed(
        &self,
        session: &mut Session,
        fresh: &[(TableName, Vec<u8>)],
        needed: &mut BTreeMap<Target, Values>,
    ) -> Result<()> {
        let mut by_table: BTreeMap<&TableName, Vec<&Vec<u8>>> = BTreeMap::new();
        for (table, key) in fresh {
            by_table.entry(table).or_default().push(key);
        }
        for (table, keys) in by_table {
            let Some(pair) = self.pairs.get(table) else {
                continue;
            };
            let rows = self.rows.get(table);
            let found: Vec<(&Vec<u8>, &Found)> = keys
                .iter()
                .filter_map(|key| rows.and_then(|rows| rows.get_key_value(*key)))
                .collect();
            let lines: Vec<&[u8]> = found.iter().map(|(_, row)| row.line.as_slice()).collect();
            let gone = self.gone(session, pair, &lines).await?;
            for (place, (key, row)) in found.iter().enumerate() {
                let take = self.picked.take(table, key, row.origin);
                let is_gone = gone.contains(&place);
                for (child, reference) in self.references() {
                    let is_written = match &take {
                        _ if is_gone => true,
                        Take::IfGone => false,
                        Take::Row => true,
                        Take::Fields(positions) => {
                            // The company itself is the same on both sides.
                            let scope = &self.opened.profile.scope.columns;
                            let mut columns = reference
                                .columns
                                .iter()
                                .filter(|name| !scope.contains(name));
                            let position = |column| pair.position(column);
                            columns.any(|column| {
                                position(column).is_some_and(|at| positions.contains(&at))
                            })
                        }
                    };
                    let leads_out = !self.picked.whole.contains(&reference.target);
                    if child != table || !is_written || !leads_out {
                        continue;
                    }
                    let positions = self.positions(child, &reference.columns);
                    let value = positions.and_then(|positions| raw_key(&row.line, &positions));
                    if let Some(value) = value {
                        let target = (reference.target.clone(), reference.target_columns.clone());
                        needed.entry(target).or_default().insert(value);
                    }
                }
            }
        }
        Ok(())
    }

    /// Rows of the archive that are needed, gone and not among the others yet.
    async fn parents(
        &mut self,
        session: &mut Session,
        needed: BTreeMap<Target, Values>,
    ) -> Result<Vec<(TableName, Vec<u8>)>> {
        let mut parents = Vec::new();
        for ((table, columns), values) in needed {
            let Some(positions) = self.positions(&table, &columns) else {
                continue;
            };
            let lacking = self.lacking(session, (&table, &columns), values).await?;
            if lacking.is_empty() {
                continue;
            }
            let sought = Sought {
                values: vec![(positions, lacking)],
                ..Sought::default()
            };
            parents.extend(self.add(&table, sought, Origin::Needed).await?);
        }
        Ok(parents)
    }

    /// Looks rows up in the archive and keeps those that are new.
    async fn add(
        &mut self,
        table: &TableName,
        sought: Sought,
        origin: Origin,
    ) -> Result<Vec<(TableName, Vec<u8>)>> {
        let Some(pair) = self.pairs.get(table) else {
            return Ok(Vec::new());
        };
        let found = self
            .scan(pair, move |rows| {
                let mut found = Vec::new();
                while let Some(row) = rows.next_row()? {
                    if sought.wants(row.key, row.line) {
                        found.push((row.key.to_vec(), row.line.to_vec()));
                        require_few(found.len())?;
                    }
                }
                Ok(found)
            })
            .await?;
        let rows = self.rows.entry(table.clone()).or_default();
        let mut new = Vec::new();
        for (key, line) in found {
            if !rows.contains_key(&key) {
                rows.insert(key.clone(), Found { line, origin });
                new.push((table.clone(), key));
            }
        }
        self.row_count += new.len();
        require_few(self.row_count)?;
        Ok(new)
    }

    /// Reads all rows of a table in the archive, so that its hash has been checked.
    async fn scan<T: Send + 'static>(
        &self,
        pair: &TablePair,
        read: impl FnOnce(&mut WantedRows) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reader, pair) = (Arc::clone(self.picked.reader), pair.clone());
        let sort = self.picked.sort.clone();
        let scanning = tokio::task::spawn_blocking(move || {
            let entry = reader.manifest().table(&pair.archived);
            let width = entry.map_or(0, |entry| entry.columns.len());
            let mut rows = WantedRows::new(reader.rows(&pair.archived)?, &pair, width, &sort)?;
            read(&mut rows)
        });
        let stopped = |_| Error::new(Code::Defect, "Reading the archive came to an end.");
        scanning.await.map_err(stopped)?
    }

    /// References between tables that are written and in the archive.
    fn references(&self) -> impl Iterator<Item = (&'a TableName, &'a Reference)> + '_ {
        let tables = self.opened.schema.tables.iter();
        let tables = tables.filter(|(table, _)| self.pairs.contains_key(table));
        let references = tables.flat_map(|(table, known)| {
            let references = known.references.iter();
            references.map(move |reference| (table, reference))
        });
        references.filter(|(_, reference)| self.pairs.contains_key(&reference.target))
    }

    fn positions(&self, table: &TableName, columns: &[String]) -> Option<Vec<usize>> {
        let pair = self.pairs.get(table)?;
        columns.iter().map(|column| pair.position(column)).collect()
    }

    /// Places of those lines whose keys no row has now; all of them where a row is all of its columns.
    async fn gone(
        &self,
        session: &mut Session,
        pair: &TablePair,
        lines: &[&[u8]],
    ) -> Result<HashSet<usize>> {
        if pair.key_columns.is_empty() {
            return Ok((0..lines.len()).collect());
        }
        let positions = self.positions(&pair.table, &pair.key_columns);
        let positions = positions.unwrap_or_default();
        let keys = lines
            .iter()
            .map(|line| raw_key(line, &positions).unwrap_or_default());
        let keys: Vec<Vec<u8>> = keys.collect();
        not_there(
            session,
            self.opened,
            (&pair.table, &pair.key_columns),
            &keys,
        )
        .await
    }

    /// Those of the values that no row has now.
    async fn lacking(
        &self,
        session: &mut Session,
        target: (&TableName, &[String]),
        values: Values,
    ) -> Result<Values> {
        let values: Vec<Vec<u8>> = values.into_iter().collect();
        let places = not_there(session, self.opened, target, &values).await?;
        let values = values.into_iter().enumerate();
        Ok(values
            .filter(|(place, _)| places.contains(place))
            .map(|(_, value)| value)
            .collect())
    }
}

/// Places of those raw values that no row has in those columns.
async fn not_there(
    session: &mut Session,
    opened: &Opened,
    (table, columns): (&TableName, &[String]),
    values: &[Vec<u8>],
) -> Result<HashSet<usize>> {
    let mut places = HashSet::new();
    let Some(known) = opened.schema.tables.get(table) else {
        return Ok(places);
    };
    let typed = TypedColumns::of(known, columns)?;
    let sql = typed.not_there(table);
    for (number, batch) in values.chunks(BATCH_ROWS).enumerate() {
        let mut arrays = vec![Vec::with_capacity(batch.len()); typed.width()];
        for value in batch {
            for (array, field) in arrays.iter_mut().zip(fields(value)) {
                array.push(text_of(field)?);
            }
        }
        let found = fetch_text_arrays(session, &sql, &arrays).await?;
        let found = found.into_iter().flatten().flatten();
        let found = found.filter_map(|place| place.parse::<usize>().ok()?.checked_sub(1));
        places.extend(found.map(|place| number * BATCH_ROWS + place));
    }
    Ok(places)
}

fn require_few(row_count: usize) -> Result<()> {
    if row_count <= MOST_ROWS {
        return Ok(());
    }
    Err(
        Error::new(Code::Usage, "Too many rows would be taken back one by one.")
            .hint("Restore the whole backup, or take fewer rows that belong to the named ones.")
            .with("row_limit", MOST_ROWS),
    )
}
