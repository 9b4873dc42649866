//! How much of a test is done: little every time, all of it by `make test-long`.

use std::ops::Range;

/// Set by `make test-long`.
const LONG: &str = "SNAPBACK_LONG";
/// A seed with which a random test is done once more.
const SEED: &str = "SNAPBACK_SEED";

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
    match std::env::var(SEED) {
        Ok(seed) => {
            let seed = seed.parse().expect("a seed is a number");
            seed..seed + 1
        }
        Err(_) if is_long() => 0..many,
        Err(_) => 0..few,
    }
}
