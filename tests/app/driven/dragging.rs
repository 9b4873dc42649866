//! A file that is dragged with the mouse from another program's window, as from a file manager's.

use std::path::Path;
use std::thread;
use std::time::Duration;

use gtk::gdk;
use gtk::prelude::*;

use super::computer::Computer;
use super::process::Process;

/// Names the file that the other program's window offers.
const OFFERED: &str = "OFFERED_FILE";
/// The title of that window.
const TITLE: &str = "A file to drag";

/// A file that is held over the app's window.
pub(crate) struct Dragged<'a> {
    computer: &'a Computer,
    _from: Process,
}

impl Computer {
    /// Takes a file in another program and moves it over the app's window without letting go.
    pub(crate) fn drag(&self, path: &Path) -> Dragged<'_> {
        let mut command = self.command(std::env::current_exe().unwrap());
        command
            .args(["--exact", "driven::dragging::a_window_that_offers_a_file"])
            .args(["--ignored", "--nocapture"])
            .env(OFFERED, path);
        let from = Process::start(&mut command);
        let window = self.window(TITLE);
        self.xdotool(&["mousemove", "--sync", "--window", &window, "20", "20"]);
        self.xdotool(&["mousedown", "1"]);
        // A hand moves step by step; the desktop takes it for a drag after some of them.
        for _ in 0..10 {
            self.xdotool(&["mousemove_relative", "--sync", "--", "3", "-2"]);
            thread::sleep(Duration::from_millis(20));
        }
        for y in (300..400).step_by(10) {
            self.xdotool(&["mousemove", "--sync", "640", &y.to_string()]);
            thread::sleep(Duration::from_millis(20));
        }
        Dragged {
            computer: self,
            _from: from,
        }
    }
}

impl Dragged<'_> {
    /// Lets the file go where it is. The other program is asked for it then, and must not end before.
    pub(crate) fn let_go(&self) {
        self.computer.xdotool(&["mouseup", "1"]);
    }
}

/// Run by [`Computer::drag`] as a program of its own.
#[test]
#[ignore = "a window that other tests drag a file from"]
fn a_window_that_offers_a_file() {
    let Some(path) = std::env::var_os(OFFERED) else {
        return;
    };
    let uri = gtk::glib::filename_to_uri(path, None).unwrap();
    gtk::init().unwrap();
    let window = gtk::Window::new(gtk::WindowType::Toplevel);
    window.set_title(TITLE);
    window.set_default_size(60, 40);
    let file = gtk::EventBox::new();
    let target = gtk::TargetEntry::new("text/uri-list", gtk::TargetFlags::empty(), 0);
    file.drag_source_set(
        gdk::ModifierType::BUTTON1_MASK,
        &[target],
        gdk::DragAction::COPY,
    );
    file.connect_drag_data_get(move |_, _, data, _, _| {
        data.set_uris(&[&uri]);
    });
    window.add(&file);
    window.move_(0, 850);
    window.show_all();
    gtk::main();
}
