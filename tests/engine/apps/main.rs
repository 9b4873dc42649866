//! Two applications of other shapes, read by the profile that is proposed for them, without a
//! correction by hand: the main job on each, by every right that a restore may have.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod copies;
mod desk;
mod main_path;
mod proposals;
mod roles;
