//! The command `snapback`: everything that the app does, through the same engine.

use std::process::ExitCode;

use clap::Parser;

mod args;
mod ask;
mod commands;
mod connection;
mod context;
mod deeds;
mod demo;
mod failure;
mod format;
mod output;
mod progress;
mod render;
mod render_new;
mod roles;
mod signals;
#[cfg(all(debug_assertions, unix))]
mod stops;

/// The system's own keeps what rows of one table needed for those of the next, in every thread anew: a
/// third more memory, and more with every core. Built without huge pages: of those, 2 MiB are taken and
/// cleared for each part that is used.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = match args::Cli::try_parse() {
        Ok(arguments) => arguments,
        Err(shown) => return failure::of_arguments(&shown),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else {
        return ExitCode::FAILURE;
    };
    let ending = runtime.block_on(Box::pin(commands::run(arguments)));
    // A thread may still wait for a line on the terminal; it must not keep the process.
    runtime.shutdown_background();
    ExitCode::from(ending)
}
