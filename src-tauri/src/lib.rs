//! The desktop app: a window, jobs and commands around the engine. The only code that names tauri.

mod commands;
mod connections;
mod demo;
mod dialogs;
mod display;
mod jobs;
mod plans;
mod session;

use connections::Connections;
use jobs::Jobs;
use plans::Plans;

/// Why the app did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The session has no display.
    #[error(
        "snapback-desktop needs a display, and neither DISPLAY nor WAYLAND_DISPLAY is set.\n\
         On the command line, `snapback` does the same things."
    )]
    NoDisplay,
    /// The window system refused.
    #[error("The window could not be opened: {0}")]
    Window(#[from] tauri::Error),
}

/// Opens the window and runs until it is closed.
///
/// # Errors
/// [`StartError`] where no window can be opened.
#[expect(
    clippy::exit,
    reason = "tauri's macro has it for assets that are broken at compile time"
)]
pub fn run() -> Result<(), StartError> {
    if display::is_missing() {
        return Err(StartError::NoDisplay);
    }
    snapback_host::logs::begin();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "the app begins");
    tauri::Builder::default()
        .plugin(tauri_plugin_opener::init())
        .manage(Connections::default())
        .manage(Jobs::default())
        .manage(Plans::default())
        .invoke_handler(tauri::generate_handler![
            commands::connections::connections,
            commands::connections::connect,
            commands::connections::disconnect,
            commands::connections::connection_form,
            commands::connections::save_connection,
            commands::connections::remove_connection,
            commands::connections::test_connection,
            commands::connections::read_url,
            commands::connections::write_url,
            commands::connections::find_connections,
            commands::companies::companies,
            commands::companies::contents,
            commands::backups::create,
            commands::library::archives,
            commands::library::archive_details,
            commands::library::elapsed_making,
            commands::library::add_archive,
            commands::library::save_copies,
            commands::library::rename_archive,
            commands::library::delete_archive,
            commands::library::show_in_folder,
            commands::restore::plan,
            commands::restore::restore,
            commands::plans::plan_rows,
            commands::plans::close_plan,
            commands::review::review,
            commands::review::reviews,
            commands::review::review_changes,
            commands::review::keep,
            commands::review::keep_without_safety,
            commands::review::revert_plan,
            commands::review::revert,
            commands::review::after_steps,
            commands::review::repeat_after_steps,
            commands::dialogs::choose_safety,
            commands::dialogs::choose_archives,
            commands::dialogs::choose_copy_target,
            commands::demo::damage,
            commands::jobs::cancel,
        ])
        .run(tauri::generate_context!())?;
    Ok(())
}
