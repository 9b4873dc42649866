//! Uploaded files: their stores, and how they travel with a company's rows.

mod backups;
mod copies;
mod faults;
mod moods;
mod restores;
mod rights;
mod shop;
mod stores;
