//! The desktop app: a window, jobs and commands around the engine. The only code that names tauri.

mod display;
mod jobs;

use jobs::Jobs;

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
    tauri::Builder::default()
        .manage(Jobs::default())
        .run(tauri::generate_context!())?;
    Ok(())
}
