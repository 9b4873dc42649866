//! In which order tables are written, and where circles of references are cut.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Generation, OnChange, Reference, Schema, Table, TableName};

use super::components::components;
use super::{Membership, Scope};

/// How many sets of columns are tried to find the smallest one that cuts a circle; beyond it, one
/// from which no column can be spared is taken.
const TRIES: usize = 20_000;

/// The order in which the tables that a restore writes are written.
///
/// References of a table to itself have no part in it: rows that arrive in one statement are checked
/// at its end. Nor have those that may be checked at the end of the transaction, unless something happens
/// to their rows at once when the target's go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Every table that is written, parents first once the cuts are made; children first is the
    /// reverse.
    pub parents_first: Vec<TableName>,
    /// Where circles are cut: the rows are written with NULL there and patched when all rows are in.
    pub cuts: Vec<Cut>,
    /// Circles that no column can cut, each sorted. Only a role that has to obey the references
    /// while it writes is stopped by them.
    pub uncut: Vec<Vec<TableName>>,
}

/// A column that is NULL while the rows of its circle arrive: it allows NULL, and neither a key nor
/// a CHECK nor the membership of its row depends on it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cut {
    /// The table.
    pub table: TableName,
    /// The column.
    pub column: String,
    /// The references that lead nowhere meanwhile, by name.
    pub references: Vec<String>,
}

/// Finds the order in which the tables that a restore of this scope writes are written.
#[must_use]
pub fn order(schema: &Schema, scope: &Scope) -> Order {
    let written = scope.tables.iter();
    let written = written.filter(|(_, found)| found.disposition.is_written());
    order_of(schema, scope, written.map(|(name, _)| name))
}

/// Finds the order in which those tables are written, whatever else is in the scope.
#[must_use]
pub fn order_of<'a>(
    schema: &'a Schema,
    scope: &Scope,
    tables: impl Iterator<Item = &'a TableName>,
) -> Order {
    let written: Vec<(&TableName, &Table)> = tables
        .filter_map(|name| schema.tables.get_key_value(name))
        .collect();
    let number: BTreeMap<&TableName, usize> = written
        .iter()
        .enumerate()
        .map(|(at, (name, _))| (*name, at))
        .collect();
    let mut graph = Graph {
        edges: Vec::new(),
        size: written.len(),
    };
    for (at, (_, table)) in written.iter().enumerate() {
        for reference in &table.references {
            match number.get(&reference.target) {
                Some(&target) if target != at && binds(reference) => graph.edges.push(Edge {
                    from: at,
                    to: target,
                    reference,
                }),
                _ => {}
            }
        }
    }
    let mut cut: BTreeSet<(usize, &str)> = BTreeSet::new();
    let mut uncut = Vec::new();
    for circle in graph
        .components(&cut)
        .into_iter()
        .filter(|members| members.len() > 1)
    {
        let part = graph.part(&circle);
        let candidates = candidates(&part, &written, scope);
        match part.smallest_cut(&candidates) {
            Some(columns) => cut.extend(columns),
            None => uncut.push(circle.into_iter().map(|at| written[at].0.clone()).collect()),
        }
    }
    let parents_first = graph
        .components(&cut)
        .into_iter()
        .flatten()
        .map(|at| written[at].0.clone())
        .collect();
    let cuts = cut
        .into_iter()
        .map(|(at, column)| Cut {
            table: written[at].0.clone(),
            column: column.to_owned(),
            references: graph.references_over(at, column),
        })
        .collect();
    Order {
        parents_first,
        cuts,
        uncut,
    }
}

/// Whether the order of writing matters to a reference.
fn binds(reference: &Reference) -> bool {
    !reference.deferrable || reference.on_delete != OnChange::NoAction
}

/// Tables by number and the references between them.
struct Graph<'a> {
    edges: Vec<Edge<'a>>,
    size: usize,
}

#[derive(Clone, Copy)]
struct Edge<'a> {
    from: usize,
    to: usize,
    reference: &'a Reference,
}

impl Edge<'_> {
    fn is_cut(&self, cut: &BTreeSet<(usize, &str)>) -> bool {
        self.reference
            .columns
            .iter()
            .any(|column| cut.contains(&(self.from, column.as_str())))
    }
}

impl<'a> Graph<'a> {
    fn components(&self, cut: &BTreeSet<(usize, &str)>) -> Vec<Vec<usize>> {
        let mut edges = vec![Vec::new(); self.size];
        for edge in self.edges.iter().filter(|edge| !edge.is_cut(cut)) {
            edges[edge.from].push(edge.to);
        }
        components(&edges)
    }

    /// The references inside one circle; tables keep their numbers.
    fn part(&self, circle: &[usize]) -> Graph<'a> {
        let inside = |at: &usize| circle.binary_search(at).is_ok();
        let edges = self
            .edges
            .iter()
            .filter(|edge| inside(&edge.from) && inside(&edge.to))
            .copied()
            .collect();
        Graph {
            edges,
            size: self.size,
        }
    }

    fn is_open(&self, cut: &BTreeSet<(usize, &str)>) -> bool {
        self.components(cut)
            .iter()
            .all(|members| members.len() == 1)
    }

    /// The names of the references that a column is part of.
    fn references_over(&self, at: usize, column: &str) -> Vec<String> {
        let mut names: Vec<String> = self
            .edges
            .iter()
            .filter(|edge| {
                edge.from == at && edge.reference.columns.iter().any(|name| name == column)
            })
            .map(|edge| edge.reference.name.clone())
            .collect();
        names.sort();
        names
    }

    /// The smallest set of candidates that opens all circles, the earlier candidates first; `None`
    /// where not even all of them do.
    fn smallest_cut(&self, candidates: &[(usize, &'a str)]) -> Option<BTreeSet<(usize, &'a str)>> {
        let spare = self.spared_cut(candidates)?;
        let mut tries = 0;
        for size in 1..spare.len() {
            let mut chosen: Vec<usize> = (0..size).collect();
            loop {
                tries += 1;
                if tries > TRIES {
                    return Some(spare);
                }
                let cut = chosen.iter().map(|&at| candidates[at]).collect();
                if self.is_open(&cut) {
                    return Some(cut);
                }
                if !next_choice(&mut chosen, candidates.len()) {
                    break;
                }
            }
        }
        Some(spare)
    }

    /// All candidates, less each that can be spared, the later ones first.
    fn spared_cut(&self, candidates: &[(usize, &'a str)]) -> Option<BTreeSet<(usize, &'a str)>> {
        let mut cut: BTreeSet<(usize, &str)> = candidates.iter().copied().collect();
        if !self.is_open(&cut) {
            return None;
        }
        for candidate in candidates.iter().rev() {
            cut.remove(candidate);
            if !self.is_open(&cut) {
                cut.insert(*candidate);
            }
        }
        Some(cut)
    }
}

/// The next choice of as many numbers below `count`, in order; `false` behind the last.
fn next_choice(chosen: &mut [usize], count: usize) -> bool {
    let size = chosen.len();
    let Some(moving) = (0..size).rev().find(|&at| chosen[at] < count - size + at) else {
        return false;
    };
    chosen[moving] += 1;
    for at in moving + 1..size {
        chosen[at] = chosen[at - 1] + 1;
    }
    true
}

/// The columns at which a circle may be cut, those in no unique index first.
fn candidates<'a>(
    circle: &Graph<'a>,
    written: &[(&TableName, &'a Table)],
    scope: &Scope,
) -> Vec<(usize, &'a str)> {
    let mut found = BTreeSet::new();
    for edge in &circle.edges {
        let (name, table) = written[edge.from];
        let membership = scope.tables.get(name).map(|found| &found.membership);
        for column in &edge.reference.columns {
            if may_be_null_for_a_while(table, membership, column) {
                let in_unique = table
                    .uniques
                    .iter()
                    .any(|unique| unique.columns.contains(column));
                found.insert((in_unique, edge.from, column.as_str()));
            }
        }
    }
    found
        .into_iter()
        .map(|(_, at, column)| (at, column))
        .collect()
}

/// Whether a column may hold NULL for the length of a transaction: it allows it, and neither a key nor a
/// CHECK nor the membership of its row depends on it.
#[must_use]
pub fn may_be_null_for_a_while(
    table: &Table,
    membership: Option<&Membership>,
    column: &str,
) -> bool {
    let nullable = table.column(column).is_some_and(|column| {
        !column.not_null && !matches!(column.generation, Generation::Stored | Generation::Virtual)
    });
    let decides_whose = match membership {
        Some(Membership::Column(own) | Membership::Group(own)) => own == column,
        Some(Membership::References(routes)) => routes
            .iter()
            .any(|route| route.columns.iter().any(|name| name == column)),
        Some(Membership::Whole | Membership::None) | None => false,
    };
    let in_key = table
        .key
        .as_ref()
        .is_some_and(|key| key.columns.iter().any(|name| name == column));
    let checked = table
        .checks
        .iter()
        .any(|check| check.columns.iter().any(|name| name == column));
    nullable && !decides_whose && !in_key && !checked && !may_clash(table, column)
}

/// Whether two rows could not both wait with a NULL: where NULLs are equal or excluded like values, and
/// where the NULL could bring a row into an index.
fn may_clash(table: &Table, column: &str) -> bool {
    let quoted = format!("\"{}\"", column.replace('"', "\"\""));
    let plainly = |expression: &String| *expression == quoted || expression == column;
    let mut uniques = table.uniques.iter();
    uniques.any(|unique| {
        let mentions = |text: &String| text.contains(column);
        unique.columns.iter().any(|name| name == column)
            && (unique.nulls_not_distinct
                || unique.exclusion
                || unique.predicate.as_ref().is_some_and(mentions)
                || unique
                    .expressions
                    .iter()
                    .any(|expression| mentions(expression) && !plainly(expression)))
    })
}
