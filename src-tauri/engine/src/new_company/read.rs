//! The first reading of the archive: which ids its rows have, and which rows the copy cannot have.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::carry::{Knowledge, position};
use super::plan::stopped;
use crate::archive::Reader;
use crate::cancel::{CancelToken, checkpoint};
use crate::difference::TablePair;
use crate::model::TableName;
use crate::rekey::{Lookup, Required, RootId, Rule, TableRules};
use crate::rows::{field_at, fields, is_null, unescape};
use crate::{Code, Error, Result};

/// Rows between two looks at whether somebody wants to stop.
const LOOK_EVERY: u64 = 20_000;

/// An archive and what it calls tables that bear a company's key.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) reader: Arc<Reader>,
    pub(super) archived: Arc<BTreeMap<TableName, TableName>>,
    pub(super) cancel: CancelToken,
}

impl Source {
    /// Every row of a table, as the archive has it.
    ///
    /// # Errors
    /// Errors of the archive; `cancelled`; those of `each`.
    pub(super) fn each_row(
        &self,
        pair: &TablePair,
        mut each: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let name = self.archived.get(&pair.archived).unwrap_or(&pair.archived);
        let mut rows = self.reader.rows(name)?;
        while let Some(line) = rows.next_row()? {
            each(line)?;
            if rows.row_count() % LOOK_EVERY == 0 {
                checkpoint(&self.cancel)?;
            }
        }
        checkpoint(&self.cancel)
    }
}

/// What was noted of the rows of one table.
#[derive(Default)]
struct Noted {
    /// Ids by the root of their column.
    ids: Vec<(RootId, Vec<Box<[u8]>>)>,
    /// Numbers by the place of their column in the rules.
    numbers: Vec<(usize, Vec<i64>)>,
}

/// Notes the ids and numbers of every row that is written.
///
/// # Errors
/// Errors of the archive; `cancelled`.
pub(super) fn note_ids(source: &Source, pairs: &[TablePair], known: &mut Knowledge) -> Result<()> {
    let (next, rules) = (AtomicUsize::new(0), &known.rules);
    let read = || -> Result<Vec<(usize, Noted)>> {
        let mut noted = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(pair) = pairs.get(place) else {
                return Ok(noted);
            };
            if let Some(rules) = rules.tables.get(&pair.table) {
                noted.push((place, note(source, pair, rules)?));
            }
        }
    };
    // Somebody waits for the plan, and the server has nothing to do meanwhile.
    let (here, there) = std::thread::scope(|scope| {
        let there = scope.spawn(read);
        (read(), there.join().map_err(|_| stopped()))
    });
    let mut all = here?;
    all.extend(there??);
    // What ids are is told in the order of the tables.
    all.sort_unstable_by_key(|(place, _)| *place);
    for (_, noted) in all {
        for (root, ids) in noted.ids {
            if let Some((_, _, column)) = known.rules.roots.get(root.0) {
                known.ids.add_column(column, ids);
            }
        }
        for (column, found) in noted.numbers {
            if let Some(numbers) = known.numbers.get_mut(column) {
                found.into_iter().for_each(|number| numbers.note(number));
                numbers.settle();
            }
        }
    }
    known.ids.settle();
    Ok(())
}

fn note(source: &Source, pair: &TablePair, rules: &TableRules) -> Result<Noted> {
    let (mut ids, mut numbers) = (Vec::new(), Vec::new());
    for (place, column) in pair.columns.iter().enumerate() {
        match rules.column(column) {
            Rule::Own { root, .. } => ids.push((position(pair, place), (*root, Vec::new()))),
            Rule::OwnNumber(column) => {
                numbers.push((position(pair, place), (*column, Vec::new())));
            }
            _ => {}
        }
    }
    if ids.is_empty() && numbers.is_empty() {
        return Ok(Noted::default());
    }
    source.each_row(pair, |line| {
        for (position, (_, ids)) in &mut ids {
            let field = field_at(line, *position).filter(|field| !is_null(field));
            if let Some(field) = field {
                ids.push(unescape(field).into_owned().into_boxed_slice());
            }
        }
        for (position, (_, numbers)) in &mut numbers {
            numbers.extend(field_at(line, *position).and_then(number));
        }
        Ok(())
    })?;
    Ok(Noted {
        ids: ids.into_iter().map(|(_, ids)| ids).collect(),
        numbers: numbers.into_iter().map(|(_, numbers)| numbers).collect(),
    })
}

pub(super) fn number(field: &[u8]) -> Option<i64> {
    std::str::from_utf8(field).ok()?.parse().ok()
}

/// Rows of a table that the copy cannot have, by the column that leads to something it does not have.
pub(super) type Obstacles = BTreeMap<(TableName, String), u64>;

/// Finds the rows that must be left out, and those that must refer to them in turn.
///
/// # Errors
/// Errors of the archive; `cancelled`.
pub(super) fn find_obstacles(
    source: &Source,
    pairs: &[TablePair],
    known: &mut Knowledge,
) -> Result<Obstacles> {
    let mut obstacles = Obstacles::new();
    let mut left: HashSet<TableName> = HashSet::new();
    let mut looked_at: BTreeSet<TableName> = pairs
        .iter()
        .filter(|pair| may_lack(known, pair))
        .map(|pair| pair.table.clone())
        .collect();
    while !looked_at.is_empty() {
        let mut lost_rows = HashSet::new();
        for pair in pairs.iter().filter(|pair| looked_at.contains(&pair.table)) {
            let gone = obstacles_of(source, pair, known, &mut obstacles)?;
            if gone {
                lost_rows.insert(pair.table.clone());
            }
        }
        left.extend(lost_rows.iter().cloned());
        looked_at = pairs
            .iter()
            .filter(|pair| must_refer_to(known, pair, &lost_rows))
            .map(|pair| pair.table.clone())
            .collect();
    }
    Ok(obstacles)
}

/// Looks through one table; whether more of its rows are gone than before.
fn obstacles_of(
    source: &Source,
    pair: &TablePair,
    known: &mut Knowledge,
    obstacles: &mut Obstacles,
) -> Result<bool> {
    let mut counts: BTreeMap<usize, u64> = BTreeMap::new();
    let mut gone = Vec::new();
    let rewriter = known.rewriter(pair, &BTreeSet::new());
    let own = rewriter.columns.iter();
    let own: Vec<(usize, Rule)> = own
        .filter(|(_, rule)| matches!(rule, Rule::Own { .. } | Rule::OwnNumber(_)))
        .map(|(position, rule)| (*position, (*rule).clone()))
        .collect();
    source.each_row(pair, |line| {
        let Some(place) = rewriter.obstacle(line) else {
            return Ok(());
        };
        *counts.entry(place).or_default() += 1;
        for (position, rule) in &own {
            if let Some(field) = field_at(line, *position).filter(|field| !is_null(field)) {
                gone.push((rule.clone(), unescape(field).into_owned()));
            }
        }
        Ok(())
    })?;
    let before: u64 = pair
        .columns
        .iter()
        .filter_map(|column| obstacles.get(&(pair.table.clone(), column.clone())))
        .sum();
    let now: u64 = counts.values().sum();
    obstacles.retain(|(table, _), _| *table != pair.table);
    for (place, count) in counts {
        let column = pair.columns.get(place).cloned().unwrap_or_default();
        obstacles.insert((pair.table.clone(), column), count);
    }
    for (rule, id) in gone {
        match rule {
            Rule::Own { root, .. } => known.ids.is_not_carried(root, &id),
            Rule::OwnNumber(column) => {
                if let (Some(number), Some(numbers)) = (number(&id), known.numbers.get_mut(column))
                {
                    numbers.take_out(number);
                }
            }
            _ => {}
        }
    }
    Ok(now > before)
}

/// Whether rows of the table may need something that the copy does not have.
fn may_lack(known: &Knowledge, pair: &TablePair) -> bool {
    let lacks = |shared: usize| {
        known
            .missing
            .get(shared)
            .is_some_and(|missing| !missing.is_empty())
    };
    let rules = known.rules.tables.get(&pair.table);
    pair.columns
        .iter()
        .any(|column| match rules.map(|rules| rules.column(column)) {
            Some(Rule::Company(Required::Yes) | Rule::Nowhere(Required::Yes)) => true,
            Some(Rule::Person(Required::Yes)) => known.owner.is_none(),
            Some(Rule::Shared {
                missing,
                required: Required::Yes,
            }) => lacks(*missing),
            Some(
                Rule::Reference {
                    shared: Some(shared),
                    required: Required::Yes,
                    ..
                }
                | Rule::NumberReference {
                    shared: Some(shared),
                    required: Required::Yes,
                    ..
                },
            ) => lacks(*shared),
            _ => false,
        })
}

/// Whether rows of the table must refer to rows of one of those.
fn must_refer_to(known: &Knowledge, pair: &TablePair, tables: &HashSet<TableName>) -> bool {
    let rules = known.rules.tables.get(&pair.table);
    let is_theirs = |table: Option<&TableName>| table.is_some_and(|table| tables.contains(table));
    pair.columns
        .iter()
        .any(|column| match rules.map(|rules| rules.column(column)) {
            Some(Rule::Reference {
                root,
                required: Required::Yes,
                ..
            }) => is_theirs(known.rules.roots.get(root.0).map(|root| &root.0)),
            Some(Rule::NumberReference {
                column,
                required: Required::Yes,
                ..
            }) => is_theirs(known.rules.numbers.get(*column).map(|column| &column.table)),
            _ => false,
        })
}

/// How many rows refer to rows of the joined group that it does not have.
///
/// # Errors
/// `group_conflict` where any do; errors of the archive.
pub(super) fn require_group_rows(
    source: &Source,
    pairs: &[TablePair],
    joined: &BTreeSet<TableName>,
    known: &Knowledge,
) -> Result<()> {
    let mut conflicts: BTreeMap<TableName, u64> = BTreeMap::new();
    for pair in pairs {
        let Some(rules) = known.rules.tables.get(&pair.table) else {
            continue;
        };
        let mut into_group = Vec::new();
        for (place, column) in pair.columns.iter().enumerate() {
            let rule = rules.column(column);
            let target = match rule {
                Rule::Reference { root, .. } => known.rules.roots.get(root.0).map(|root| &root.0),
                Rule::NumberReference { column, .. } => {
                    let numbers = known.rules.numbers.get(*column);
                    numbers.map(|numbers| &numbers.table)
                }
                _ => None,
            };
            if let Some(table) = target.filter(|table| joined.contains(*table)) {
                into_group.push((position(pair, place), rule, table));
            }
        }
        if into_group.is_empty() {
            continue;
        }
        source.each_row(pair, |line| {
            let found: Vec<&[u8]> = fields(line).collect();
            for (position, rule, table) in &into_group {
                let field = found.get(*position).filter(|field| !is_null(field));
                let is_gone = field.is_some_and(|field| match rule {
                    Rule::Reference { root, .. } => {
                        known.ids.of_root(*root, &unescape(field)) == Lookup::Gone
                    }
                    Rule::NumberReference { column, .. } => number(field).is_some_and(|number| {
                        let numbers = known.numbers.get(*column);
                        numbers.is_none_or(|numbers| numbers.renewed(number).is_none())
                    }),
                    _ => false,
                });
                if is_gone {
                    *conflicts.entry((*table).clone()).or_default() += 1;
                }
            }
            Ok(())
        })?;
    }
    if conflicts.is_empty() {
        return Ok(());
    }
    let tables: Vec<String> = conflicts.keys().map(ToString::to_string).collect();
    let reference_count: u64 = conflicts.values().sum();
    Err(Error::new(
        Code::GroupConflict,
        "The group lacks rows that the company refers to; nothing was written.",
    )
    .hint(
        "Add them to the group in the application, or let the new company have a group of its own.",
    )
    .with("tables", tables.join(", "))
    .with("reference_count", reference_count))
}
