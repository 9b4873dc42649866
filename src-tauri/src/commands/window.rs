//! The window and the desktop around it.

use std::path::Path;

use tauri::{AppHandle, State};
use tauri_plugin_notification::NotificationExt;

use crate::jobs::Jobs;
use crate::window;

/// The archive that the app was started with, if it was.
#[tauri::command]
pub(crate) fn opened_with() -> Option<String> {
    let arguments: Vec<_> = std::env::args().collect();
    let folder = std::env::current_dir().unwrap_or_else(|_| Path::new("/").to_owned());
    window::archive(&arguments, &folder)
}

/// Stops every job, waits for their ends and closes the app.
#[tauri::command]
pub(crate) async fn stop_and_quit(app: AppHandle, jobs: State<'_, Jobs>) -> Result<(), ()> {
    jobs.stop_all().await;
    app.exit(0);
    Ok(())
}

/// Tells the person on the desktop that something has ended. Nobody may be listening there: the window
/// says it as well.
#[tauri::command]
pub(crate) fn notify(app: AppHandle, title: &str, body: &str) {
    let shown = app.notification().builder().title(title).body(body).show();
    if let Err(error) = shown {
        tracing::warn!(%error, "the desktop was not told");
    }
}
