//! The one window: brought to the front, closed, and told what the desktop asks of it.

use std::path::Path;

use snapback_wire::{SshQuestion, WindowRequest};
use tauri::{AppHandle, Emitter, Manager, Window, WindowEvent};

use crate::jobs::Jobs;
use crate::tray;

const LABEL: &str = "main";
/// Name of the event that carries a [`WindowRequest`].
const REQUEST: &str = "request";

/// Brings the window to the front.
pub(crate) fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else {
        return;
    };
    // A window that cannot be raised is still there to be found.
    window.show().ok();
    window.unminimize().ok();
    window.set_focus().ok();
}

/// Hides or closes the window; while jobs run, the person is asked first.
pub(crate) fn on_event(window: &Window, event: &WindowEvent) {
    let WindowEvent::CloseRequested { api, .. } = event else {
        return;
    };
    let app = window.app_handle();
    if tray::is_there(app) {
        api.prevent_close();
        window.hide().ok();
    } else if app.state::<Jobs>().count() > 0 {
        api.prevent_close();
        ask_to_quit(app);
    }
}

/// Ends the app; while jobs run, the person is asked first.
pub(crate) fn ask_to_quit(app: &AppHandle) {
    let running = app.state::<Jobs>().count();
    if running == 0 {
        app.exit(0);
        return;
    }
    show(app);
    tell(app, WindowRequest::Close(running));
}

/// Has the person asked what the SSH client wants to know.
pub(crate) fn ask(app: &AppHandle, question: SshQuestion) {
    show(app);
    tell(app, WindowRequest::Answer(question));
}

/// Has the window look again which archives there are.
pub(crate) fn look_again(app: &AppHandle) {
    tell(app, WindowRequest::LookAgain);
}

/// Takes a question back that nobody waits for any more.
pub(crate) fn withdraw(app: &AppHandle, number: u32) {
    tell(app, WindowRequest::Withdraw(number));
}

/// Has the window open the archive among the arguments of a start, if there is one.
pub(crate) fn open_archive(app: &AppHandle, arguments: &[String], folder: &Path) {
    if let Some(path) = archive(arguments, folder) {
        tell(app, WindowRequest::Open(path));
    }
}

/// The archive among the arguments of a start, as a full path.
pub(crate) fn archive(arguments: &[String], folder: &Path) -> Option<String> {
    let named = arguments.iter().skip(1).find(|one| !one.starts_with('-'))?;
    Some(folder.join(named).display().to_string())
}

fn tell(app: &AppHandle, request: WindowRequest) {
    // A window that is not there any more has nothing to do with it.
    app.emit_to(LABEL, REQUEST, request).ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(arguments: &[&str]) -> Option<String> {
        let arguments: Vec<_> = arguments.iter().map(ToString::to_string).collect();
        archive(&arguments, Path::new("/home/anna"))
    }

    #[test]
    fn an_archive_is_found_from_where_the_person_stands() {
        assert_eq!(of(&["snapback-desktop"]), None);
        assert_eq!(of(&["snapback-desktop", "--hidden"]), None);
        assert_eq!(
            of(&["snapback-desktop", "a.snapback"]).as_deref(),
            Some("/home/anna/a.snapback")
        );
        assert_eq!(
            of(&["snapback-desktop", "/srv/a.snapback"]).as_deref(),
            Some("/srv/a.snapback")
        );
    }
}
