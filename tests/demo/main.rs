//! The demo: its server, its contents, and how a person uses it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod content;
mod files;
mod person;
mod schema;
mod server;
mod support;
