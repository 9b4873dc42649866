//! Asking the person for files and folders.

use std::path::PathBuf;

use crate::dialogs;

/// Asks for the file of a safety snapshot; none where that was cancelled.
#[tauri::command]
pub(crate) async fn choose_safety() -> Option<PathBuf> {
    dialogs::safety().await
}
