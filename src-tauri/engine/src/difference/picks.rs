//! A wanted state that is the found one, with some rows of an archive put into it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::merge::Change;
use crate::rows::fields;

/// What is taken of a row that is picked and that is there with other values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Take {
    /// Nothing: it comes back only where it is gone.
    IfGone,
    /// All of it.
    Row,
    /// The fields at those positions.
    Fields(Arc<BTreeSet<usize>>),
}

/// Which rows of a table are compared; the others are as they should be, whatever they are.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Keys of rows that the archive skipped on purpose: what is there stays.
    pub left_alone: HashSet<Vec<u8>>,
    /// The rows that are picked; `None` for all, whatever they are.
    pub picked: Option<Picks>,
}

/// What is taken of the rows of a table.
#[derive(Debug, Clone, Default)]
pub struct Picks {
    /// By their keys, in the form by which rows are ordered.
    pub rows: Arc<HashMap<Vec<u8>, Take>>,
    /// Of all others; where nothing is, they stay as they are. Where rows are taken, those go that the wanted
    /// state has not.
    pub others: Option<Take>,
}

impl Picks {
    /// Whether rows go that are not wanted.
    fn loses(&self) -> bool {
        matches!(self.others, Some(Take::Row | Take::Fields(_)))
    }
}

/// What becomes of a row once it is asked who was picked.
pub(super) enum Picked<'a> {
    /// This.
    As(Change<'a>),
    /// It is there with other values, and stays so.
    Kept {
        /// The line as found.
        found: &'a [u8],
    },
    /// It is not there, and stays away.
    Away,
}

/// What becomes of the row of that key. A line of which only some fields are taken is put together in `mixed`.
pub(super) fn pick<'a>(
    picks: &Picks,
    key: &[u8],
    change: Change<'a>,
    mixed: &'a mut Vec<u8>,
) -> Picked<'a> {
    let take = picks.rows.get(key).or(picks.others.as_ref());
    match (take, change) {
        (_, Change::Extra { .. }) if picks.loses() => Picked::As(change),
        (None, Change::Missing { .. }) => Picked::Away,
        (None, Change::Changed { found, .. }) | (_, Change::Extra { found }) => {
            Picked::As(Change::Same { found })
        }
        (Some(Take::IfGone), Change::Changed { found, .. }) => Picked::Kept { found },
        (Some(Take::Fields(positions)), Change::Changed { wanted, found }) => {
            mix(positions, wanted, found, mixed);
            let width = fields(wanted).count();
            let is_same = fields(found).take(width).eq(fields(mixed));
            Picked::As(if is_same {
                Change::Same { found }
            } else {
                Change::Changed {
                    wanted: mixed,
                    found,
                }
            })
        }
        (_, change) => Picked::As(change),
    }
}

/// The found line with the fields at those positions as wanted.
fn mix(positions: &BTreeSet<usize>, wanted: &[u8], found: &[u8], mixed: &mut Vec<u8>) {
    mixed.clear();
    let pairs = fields(wanted).zip(fields(found)).enumerate();
    for (position, (wanted, found)) in pairs {
        if position > 0 {
            mixed.push(b'\t');
        }
        let is_taken = positions.contains(&position);
        mixed.extend_from_slice(if is_taken { wanted } else { found });
    }
}
