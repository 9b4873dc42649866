//! Uploaded files: their stores, and how they travel with a company's rows.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod backups;
mod copies;
mod faults;
mod moods;
mod restores;
mod rights;
mod shop;
mod stores;
