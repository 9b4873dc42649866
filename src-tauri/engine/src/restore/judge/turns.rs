//! In which order rows of one table change that pass unique values on to each other and have no place to
//! wait: each gives its value up before another one gets it.

use std::collections::{HashMap, HashSet};

use crate::Result;
use crate::difference::{Change, TableDifference};
use crate::model::{Reference, Table};
use crate::restore::rights::References;

use crate::restore::referred::raw_key;

/// Keys of rows, in the form by which rows are ordered.
type Keys = HashSet<Vec<u8>>;

/// Each turn is a statement more.
const MOST_TURNS: usize = 100;

/// Rows of a table that change and give up a unique value, each with the row that gets it.
#[derive(Debug, Default)]
pub(super) struct Turns {
    passed_on: Vec<(Vec<u8>, Vec<u8>)>,
    /// The indexes that it is about.
    indexes: Vec<String>,
}

impl Turns {
    /// Adds rows that give up a value of an index, out of all that hold one, with those that get it.
    pub(super) fn add(
        &mut self,
        index_name: &str,
        holders: &HashMap<Vec<u8>, Vec<u8>>,
        giving: &Keys,
    ) {
        let giving = holders
            .iter()
            .filter(|(holder, _)| giving.contains(*holder));
        self.passed_on
            .extend(giving.map(|(holder, getting)| (holder.clone(), getting.clone())));
        self.indexes.push(index_name.to_owned());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.passed_on.is_empty()
    }

    /// The names of the indexes.
    pub(super) fn index_names(&self) -> String {
        self.indexes.join(", ")
    }

    /// Which rows change in which turn; `Err` with the number of those that go in circles, or would take
    /// too many turns.
    pub(super) fn in_order(self) -> std::result::Result<Vec<Keys>, u64> {
        let mut waiting_for: HashMap<Vec<u8>, Vec<Vec<u8>>> = self
            .passed_on
            .iter()
            .map(|(holder, _)| (holder.clone(), Vec::new()))
            .collect();
        for (holder, getting) in self.passed_on {
            if let Some(waits) = waiting_for.get_mut(&getting) {
                waits.push(holder);
            }
        }
        let mut turns = Vec::new();
        while !waiting_for.is_empty() {
            let free = waiting_for.iter().filter(|(_, waits)| waits.is_empty());
            let turn: Keys = free.map(|(key, _)| key.clone()).collect();
            if turn.is_empty() || turns.len() == MOST_TURNS {
                return Err(waiting_for.len() as u64);
            }
            waiting_for.retain(|key, waits| {
                waits.retain(|holder| !turn.contains(holder));
                !turn.contains(key)
            });
            turns.push(turn);
        }
        Ok(turns)
    }
}

/// How many rows of the turns would refer to rows of their own table that are not back by then, where
/// the server enforces it.
pub(super) fn leading_to_missing(
    table: &Table,
    difference: &mut TableDifference,
    turns: &[Keys],
    references: References,
) -> Result<u64> {
    let name = difference.pair.table.clone();
    let to_itself = |reference: &&Reference| reference.target == name && !reference.deferrable;
    if references == References::Silent {
        return Ok(0);
    }
    let mut row_count = 0;
    for reference in table.references.iter().filter(to_itself) {
        let place = |column: &String| difference.pair.position(column);
        let here: Option<Vec<usize>> = reference.columns.iter().map(place).collect();
        let there: Option<Vec<usize>> = reference.target_columns.iter().map(place).collect();
        let (Some(here), Some(there)) = (here, there) else {
            continue;
        };
        row_count += count_leading(difference, turns, &here, &there)?;
    }
    Ok(row_count)
}

fn count_leading(
    difference: &mut TableDifference,
    turns: &[Keys],
    here: &[usize],
    there: &[usize],
) -> Result<u64> {
    let key = difference.pair.key();
    let mut missing = Keys::new();
    let mut leading = Vec::new();
    let mut bytes = Vec::new();
    let mut rows = difference.spool.reader()?;
    while let Some(change) = rows.next()? {
        match change {
            Change::Missing { wanted } => missing.extend(raw_key(wanted, there)),
            Change::Changed { wanted, .. } => {
                bytes.clear();
                key.push_key(wanted, &mut bytes);
                if turns.iter().any(|turn| turn.contains(&bytes)) {
                    leading.extend(raw_key(wanted, here));
                }
            }
            Change::Extra { .. } | Change::Same { .. } => {}
        }
    }
    Ok(leading
        .iter()
        .filter(|value| missing.contains(*value))
        .count() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(passed_on: &[(&str, &str)]) -> std::result::Result<Vec<Vec<String>>, u64> {
        let bytes = |key: &str| key.as_bytes().to_vec();
        let turns = Turns {
            passed_on: passed_on
                .iter()
                .map(|(holder, getting)| (bytes(holder), bytes(getting)))
                .collect(),
            indexes: Vec::new(),
        };
        let words = |turn: Keys| {
            let keys = turn
                .into_iter()
                .map(|key| String::from_utf8_lossy(&key).into_owned());
            let mut keys: Vec<String> = keys.collect();
            keys.sort();
            keys
        };
        Ok(turns.in_order()?.into_iter().map(words).collect())
    }

    #[test]
    fn each_gives_up_before_another_gets() {
        // Whoever only gets changes with all others, after the turns.
        assert_eq!(
            turns(&[("b", "c"), ("a", "b"), ("x", "y"), ("a2", "b")]),
            Ok(vec![
                vec!["a".to_owned(), "a2".to_owned(), "x".to_owned()],
                vec!["b".to_owned()]
            ])
        );
    }

    #[test]
    fn a_circle_is_counted_with_those_who_wait_for_it() {
        assert_eq!(
            turns(&[("a", "b"), ("b", "a"), ("b", "c"), ("c", "d")]),
            Err(3)
        );
    }
}
