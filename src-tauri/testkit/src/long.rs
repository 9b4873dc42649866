//! How much of a test is done: little every time, all of it by `make test-long`.

use std::ops::Range;

/// Set by `make test-long`.
const LONG: &str = "SNAPBACK_LONG";

/// Names the seed that a test over random numbers is to replay (`7`), or the seeds with which it is to go on
/// (`500..1000`, the last left out).
const SEED: &str = "SNAPBACK_TEST_SEED";

/// Whether the long tests run too.
#[must_use]
pub fn is_long() -> bool {
    std::env::var_os(LONG).is_some()
}

/// The seeds of a random test: those that are named, else so many.
///
/// # Panics
/// Where what is named is no number.
#[must_use]
pub fn seeds(few: u64, many: u64) -> Range<u64> {
    match std::env::var(SEED) {
        Ok(asked) => named(&asked),
        Err(_) if is_long() => 0..many,
        Err(_) => 0..few,
    }
}

fn named(asked: &str) -> Range<u64> {
    let number = |text: &str| text.parse().expect("a seed is a number");
    match asked.split_once("..") {
        Some((from, to)) => number(from)..number(to),
        None => number(asked)..number(asked) + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_is_named_or_many() {
        assert_eq!(named("7"), 7..8);
        assert_eq!(named("500..1000"), 500..1000);
    }
}
