//! The test kit: its fingerprints see what they are there to see.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod carbon;
mod fingerprints;
