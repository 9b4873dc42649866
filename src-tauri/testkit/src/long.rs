//! How much of a test is done: little every time, all of it by `make test-long`.

use std::ops::Range;

use crate::replayed_seed;

/// Set by `make test-long`.
const LONG: &str = "SNAPBACK_LONG";

/// Whether the long tests run too.
#[must_use]
pub fn is_long() -> bool {
    std::env::var_os(LONG).is_some()
}

/// The seeds of a random test: the one that is named, else so many.
///
/// # Panics
/// Where what is named is no number.
#[must_use]
pub fn seeds(few: u64, many: u64) -> Range<u64> {
    match replayed_seed() {
        Some(seed) => seed..seed + 1,
        None if is_long() => 0..many,
        None => 0..few,
    }
}
