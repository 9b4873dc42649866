//! The system's own dialogs for files and folders.

use std::path::PathBuf;

use rfd::AsyncFileDialog;

/// What archives' names end in.
const EXTENSION: &str = "snapback";

/// The file of a safety snapshot that was made on another computer, or moved.
pub(crate) async fn safety() -> Option<PathBuf> {
    let dialog = AsyncFileDialog::new()
        .set_title("Choose the safety snapshot")
        .add_filter("Snapback archives", &[EXTENSION]);
    dialog.pick_file().await.map(|file| file.path().to_owned())
}
