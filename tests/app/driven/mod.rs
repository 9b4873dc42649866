//! The hands and eyes of a person: one computer, the app that runs on it, and what is done with it.

#![allow(
    dead_code,
    reason = "a person can do more than the tests of one day ask for"
)]

mod app;
mod axe;
mod computer;
mod dialogs;
mod dragging;
mod pictures;
mod process;
mod seat;

pub(crate) use app::App;
pub(crate) use computer::{Computer, program};
