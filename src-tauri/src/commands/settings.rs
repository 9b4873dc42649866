//! What the person has set, and what this app is made with.

use snapback_engine::library::Library;
use snapback_engine::{Code, Error};
use snapback_wire::{Settings, SettingsInEffect};
use tauri::{AppHandle, State};
use tauri_plugin_opener::OpenerExt;

use super::Answer;
use crate::preferences::{Preferences, from_wire};
use crate::tray::{self, Tray};
use crate::{connections::Connections, dialogs};

/// The settings with what they come to.
#[tauri::command]
pub(crate) fn settings(
    preferences: State<'_, Preferences>,
    tray: State<'_, Tray>,
) -> SettingsInEffect {
    preferences.in_effect(tray.is_missing())
}

/// Changes the settings. A library that cannot be used is refused before anything changes.
#[tauri::command]
pub(crate) async fn change_settings(
    app: AppHandle,
    preferences: State<'_, Preferences>,
    connections: State<'_, Connections>,
    tray: State<'_, Tray>,
    settings: Settings,
) -> Answer<SettingsInEffect> {
    let settings = from_wire(settings);
    let earlier = preferences.settings();
    if let Some(folder) = settings
        .library
        .as_ref()
        .filter(|_| earlier.library != settings.library)
    {
        Library::open(folder).map(drop)?;
    }
    let close_to_tray = settings.close_to_tray;
    let is_other_library = earlier.library != settings.library;
    preferences.change(settings)?;
    if is_other_library {
        connections.close_all();
    }
    let (sender, done) = tokio::sync::oneshot::channel();
    let on_window = app.clone();
    app.run_on_main_thread(move || {
        tray::set(&on_window, close_to_tray);
        sender.send(()).ok();
    })
    .map_err(|_| no_window())?;
    done.await.map_err(|_| no_window())?;
    Ok(preferences.in_effect(tray.is_missing()))
}

/// Asks for a folder for the library; `null` where the person changed their mind.
#[tauri::command]
pub(crate) async fn choose_library(preferences: State<'_, Preferences>) -> Answer<Option<String>> {
    let present = snapback_host::library_folder(&preferences.settings());
    let chosen = dialogs::library(present).await;
    Ok(chosen.map(|folder| folder.display().to_string()))
}

/// Shows the logs in the desktop's file manager.
#[tauri::command]
pub(crate) async fn open_logs(app: AppHandle) -> Answer<()> {
    let folder = snapback_host::logs::folder().ok_or_else(crate::shelf::no_data_folder)?;
    let path = folder.display().to_string();
    // Finding a program that shows folders takes a moment.
    let opening = tokio::task::spawn_blocking(move || app.opener().open_path(path, None::<&str>));
    match opening.await {
        Ok(Ok(())) => Ok(()),
        _ => Err(
            Error::new(Code::LocalFile, "No program of this desktop shows folders.")
                .with("path", folder.display())
                .hint("Open the folder by hand.")
                .into(),
        ),
    }
}

fn no_window() -> Error {
    Error::new(Code::Defect, "The window does not answer.")
}
