//! The command `snapback` as a person or a script meets it: words, exit codes, JSON.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod alerted;
mod audited;
#[cfg(target_os = "linux")]
mod connections;
#[cfg(unix)]
mod cut_off;
mod demo;
mod detected;
mod doctor;
mod encrypted;
mod endings;
mod errors;
mod files;
mod handing;
mod json;
#[cfg(unix)]
mod killed;
#[cfg(unix)]
mod killed_new;
mod looking;
#[cfg(target_os = "linux")]
mod memory;
mod person;
mod placed;
mod proposals;
mod proven;
#[path = "../engine/restore/reach.rs"]
mod reach;
mod roles;
mod scheduled;
mod shelf;
#[cfg(unix)]
mod signed_out;
#[cfg(unix)]
mod stops;
mod taking;
mod templates;
#[cfg(target_os = "linux")]
mod terminal;
mod upgraded;
mod words;
