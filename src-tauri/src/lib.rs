//! The desktop app: windows and jobs around the engine.

/// Opens the window and runs until it is closed.
///
/// # Panics
/// When the window system refuses the window.
#[expect(
    clippy::exit,
    reason = "tauri's macro ends the process itself where its assets are broken"
)]
pub fn run() {
    tauri::Builder::default()
        .run(tauri::generate_context!())
        .expect("a window can be opened where a display was found");
}
