/// Names the one seed that a test over random numbers is to replay.
const SEED: &str = "SNAPBACK_TEST_SEED";

/// The seed that somebody asked for by `SNAPBACK_TEST_SEED`, to see one failure again.
///
/// # Panics
/// Where it is no number.
#[must_use]
pub fn replayed_seed() -> Option<u64> {
    let asked = std::env::var(SEED).ok()?;
    Some(asked.parse().expect("a seed is a number"))
}
