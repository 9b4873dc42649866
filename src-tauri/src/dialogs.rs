//! The system's own dialogs for files and folders.

use std::path::PathBuf;

use rfd::AsyncFileDialog;
use snapback_wire::ChosenFile;

/// What archives' names end in.
const EXTENSION: &str = "snapback";

/// The file of a safety snapshot that was made on another computer, or moved.
pub(crate) async fn safety() -> Option<PathBuf> {
    let dialog = AsyncFileDialog::new()
        .set_title("Choose the safety snapshot")
        .add_filter("Snapback archives", &[EXTENSION]);
    dialog.pick_file().await.map(|file| file.path().to_owned())
}

/// Archives that the person chooses, to bring them in; none where it was cancelled.
pub(crate) async fn archives() -> Vec<PathBuf> {
    let dialog = AsyncFileDialog::new()
        .set_title("Open an archive")
        .add_filter("Snapback archives", &[EXTENSION]);
    let chosen = dialog.pick_files().await.unwrap_or_default();
    chosen.iter().map(|file| file.path().to_owned()).collect()
}

/// The file that a copy is to become, offered under that name; the dialog asks before one is replaced.
pub(crate) async fn copy(name: &str) -> Option<PathBuf> {
    let dialog = AsyncFileDialog::new()
        .set_title("Save a copy")
        .add_filter("Snapback archives", &[EXTENSION])
        .set_file_name(name);
    dialog.save_file().await.map(|file| file.path().to_owned())
}

/// The folder that copies are to lie in.
pub(crate) async fn folder() -> Option<PathBuf> {
    folder_called("Save copies in a folder").await
}

/// Another folder for the library, from the present one on; `None` where the person changed their mind.
pub(crate) async fn library(present: Option<PathBuf>) -> Option<PathBuf> {
    let mut dialog = AsyncFileDialog::new().set_title("Folder for backups");
    // It is made when it is first used; until then the nearest folder above it is there.
    let mut above = present.iter().flat_map(|folder| folder.ancestors());
    if let Some(there) = above.find(|folder| folder.is_dir()) {
        dialog = dialog.set_directory(there);
    }
    let chosen = dialog.pick_folder().await;
    chosen.map(|folder| folder.path().to_owned())
}

async fn folder_called(title: &str) -> Option<PathBuf> {
    let dialog = AsyncFileDialog::new().set_title(title);
    let chosen = dialog.pick_folder().await;
    chosen.map(|folder| folder.path().to_owned())
}

/// A file or a folder that is named in a form.
pub(crate) async fn file(wanted: ChosenFile) -> Option<PathBuf> {
    let dialog = AsyncFileDialog::new();
    let dialog = match wanted {
        ChosenFile::Profile => dialog
            .set_title("Choose the application’s profile")
            .add_filter("Profiles", &["toml"]),
        ChosenFile::Authorities => dialog
            .set_title("Choose the file of authorities")
            .add_filter("Certificates", &["pem", "crt", "cer"])
            .add_filter("All files", &["*"]),
        ChosenFile::SshKey => dialog.set_title("Choose the private key"),
        ChosenFile::Connections => dialog.set_title("Choose the file to look in"),
        ChosenFile::Picture => dialog
            .set_title("Choose the picture")
            .add_filter("Pictures", &["png", "jpg", "jpeg", "gif", "webp"]),
        ChosenFile::StorageFolder => {
            return folder_called("Choose the folder of uploaded files").await;
        }
        ChosenFile::ExportFolder => return folder_called("Choose the folder of CSV files").await,
        ChosenFile::PlaceFolder => return folder_called("Choose the second place").await,
    };
    dialog.pick_file().await.map(|file| file.path().to_owned())
}

/// Where a file of that name is to be saved; the dialog asks before one is replaced.
pub(crate) async fn file_target(name: &str) -> Option<PathBuf> {
    let dialog = AsyncFileDialog::new()
        .set_title("Save the file")
        .set_file_name(plain(name));
    dialog.save_file().await.map(|file| file.path().to_owned())
}

/// A name that names nothing but a file, whatever an archive calls it.
fn plain(name: &str) -> String {
    let name: String = name
        .chars()
        .filter(|c| !c.is_control() && !matches!(c, '/' | '\\'))
        .collect();
    let name = name.trim_start_matches('.');
    if name.is_empty() {
        "file".to_owned()
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_out_of_an_archive_leads_nowhere() {
        assert_eq!(plain("../../.bashrc"), "bashrc");
        assert_eq!(plain("a\\b\n/c.png"), "abc.png");
        assert_eq!(plain(".."), "file");
    }
}
