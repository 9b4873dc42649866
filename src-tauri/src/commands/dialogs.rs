//! Asking the person for files and folders.

use std::path::PathBuf;

use snapback_wire::ChosenFile;

use crate::dialogs;

/// Asks for the file of a safety snapshot; none where that was cancelled.
#[tauri::command]
pub(crate) async fn choose_safety() -> Option<PathBuf> {
    dialogs::safety().await
}

/// Asks for archives to bring in; none where that was cancelled.
#[tauri::command]
pub(crate) async fn choose_archives() -> Vec<PathBuf> {
    dialogs::archives().await
}

/// Asks where copies are to lie: a file for a single archive of that name, else a folder.
#[tauri::command]
pub(crate) async fn choose_copy_target(name: Option<String>) -> Option<PathBuf> {
    match name {
        Some(name) => dialogs::copy(&name).await,
        None => dialogs::folder().await,
    }
}

/// Asks for a file or a folder that a connection names; none where that was cancelled.
#[tauri::command]
pub(crate) async fn choose_file(wanted: ChosenFile) -> Option<PathBuf> {
    dialogs::file(wanted).await
}

/// Asks where a file of that name is to be saved; none where that was cancelled.
#[tauri::command]
pub(crate) async fn choose_file_target(name: String) -> Option<PathBuf> {
    dialogs::file_target(&name).await
}
