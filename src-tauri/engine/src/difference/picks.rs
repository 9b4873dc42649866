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
    /// The rows that are picked, by their keys in the form by which rows are ordered; `None` for all.
    pub picked: Option<Arc<HashMap<Vec<u8>, Take>>>,
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

/// What becomes of a row that was picked in that way, or not at all. A line of which only some fields are
/// taken is put together in `mixed`.
pub(super) fn pick<'a>(
    take: Option<&Take>,
    change: Change<'a>,
    mixed: &'a mut Vec<u8>,
) -> Picked<'a> {
    match (take, change) {
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
