//! The engine, on a real server wherever one is needed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod apps;
mod archive;
mod archive_sample;
mod carbon_schema;
mod catalog;
mod company;
mod files;
mod library;
mod new_company;
mod pg;
mod places;
mod points;
mod profile;
mod propose;
mod restore;
mod schedule;
mod scope;
mod scope_live;
mod small_schema;
mod types;
