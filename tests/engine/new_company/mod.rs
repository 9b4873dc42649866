//! New companies from backups of others, on a real server.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod blank;
mod carbon;
mod known_bugs;
mod maker;
mod older;
mod placeholders;
mod planted;
mod refusals;
mod safe;
mod stopped;
mod templates;
