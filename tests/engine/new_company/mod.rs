//! New companies from backups of others, on a real server.

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
