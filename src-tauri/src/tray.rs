//! The icon in the tray, for those who want Snapback to stay when its window is closed.
//!
//! The library that draws it may be missing, and then it panics; a desktop may have no tray at all.
//! Neither is a reason for the app to end: without a tray, closing the window closes the app.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use tauri::menu::{Menu, MenuItem};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Manager};

use crate::window;

const ID: &str = "snapback";
const OPEN: &str = "open";
const QUIT: &str = "quit";

/// Whether the tray was asked for and could not be had; it is not tried again, since the library that
/// failed once stays broken.
#[derive(Debug, Default)]
pub(crate) struct Tray {
    failed: AtomicBool,
}

impl Tray {
    /// Whether the tray was asked for and could not be had.
    pub(crate) fn is_missing(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }
}

/// Whether the icon is there.
pub(crate) fn is_there(app: &AppHandle) -> bool {
    app.tray_by_id(ID).is_some()
}

/// Shows the icon or takes it away. To be called on the window's thread.
pub(crate) fn set(app: &AppHandle, wanted: bool) {
    let tray = app.state::<Tray>();
    if !wanted {
        app.remove_tray_by_id(ID);
    } else if !is_there(app) && !tray.is_missing() {
        let built = catch_unwind(AssertUnwindSafe(|| build(app)));
        if !matches!(built, Ok(Ok(()))) {
            tracing::warn!("this desktop has no tray");
            tray.failed.store(true, Ordering::Relaxed);
        }
    }
}

fn build(app: &AppHandle) -> tauri::Result<()> {
    let menu = Menu::with_items(
        app,
        &[
            &MenuItem::with_id(app, OPEN, "Open Snapback", true, None::<&str>)?,
            &MenuItem::with_id(app, QUIT, "Quit", true, None::<&str>)?,
        ],
    )?;
    let mut icon = TrayIconBuilder::with_id(ID)
        .menu(&menu)
        .tooltip("Snapback")
        .on_menu_event(|app, event| match event.id().as_ref() {
            OPEN => window::show(app),
            QUIT => window::ask_to_quit(app),
            _ => {}
        });
    if let Some(picture) = app.default_window_icon() {
        icon = icon.icon(picture.clone());
    }
    // The usual folder for its picture is shared by all users of a computer, and the second is refused.
    if let Some(data) = snapback_host::data_folder() {
        icon = icon.temp_dir_path(data.join("tray"));
    }
    icon.build(app).map(drop)
}
