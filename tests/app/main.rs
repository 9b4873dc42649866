//! The app as a person uses it: the real binary on a real database, driven through its window.
//!
//! Every test has a computer of its own: a home, a screen, a D-Bus session. Nothing of the desktop on
//! which the tests run is touched. Pictures are left in `target/screenshots`: of what failed, and by `make
//! screenshots` of every screen.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod backups_screen;
mod connect;
mod doctor;
mod driven;
mod files;
mod main_job;
mod new_company;
mod protection;
mod restore;
mod roles;
mod start;
mod stopped;
mod system;
mod taking_back;
