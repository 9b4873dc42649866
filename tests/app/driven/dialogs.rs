//! The desktop's own dialogs, which are no part of the page: they are used with the keyboard.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::computer::Computer;

impl Computer {
    /// Types a path into the file dialog of that title and takes it.
    pub(crate) fn take_file(&self, title: &str, path: &Path) {
        let window = self.window(title);
        self.xdotool(&["windowfocus", "--sync", &window]);
        // A busy computer loses keys; what came of them is written over.
        for _ in 0..5 {
            self.xdotool(&["key", "ctrl+l", "ctrl+a"]);
            self.xdotool(&["type", "--delay", "5", path.to_str().unwrap()]);
            self.xdotool(&["key", "Return"]);
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_secs(4) {
                if self
                    .xdotool(&["search", "--onlyvisible", "--name", title])
                    .is_empty()
                {
                    return;
                }
                thread::sleep(Duration::from_millis(20));
            }
        }
        self.wait_until_gone(title);
    }

    /// Leaves the dialog of that title without taking anything.
    pub(crate) fn leave_dialog(&self, title: &str) {
        let window = self.window(title);
        self.xdotool(&["windowfocus", "--sync", &window]);
        self.xdotool(&["key", "Escape"]);
        self.wait_until_gone(title);
    }

    /// How many windows of that title can be seen.
    pub(crate) fn window_count(&self, title: &str) -> usize {
        let found = self.xdotool(&["search", "--onlyvisible", "--name", title]);
        found.lines().count()
    }

    /// Waits until no window of that title can be seen.
    pub(crate) fn wait_until_gone(&self, title: &str) {
        let begun = Instant::now();
        while self.window_count(title) > 0 {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "the window {title:?} stays open"
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The number of the window of that title, waited for.
    pub(super) fn window(&self, title: &str) -> String {
        let found = self.xdotool(&["search", "--sync", "--onlyvisible", "--name", title]);
        found.lines().next().unwrap_or_default().to_owned()
    }

    pub(super) fn xdotool(&self, arguments: &[&str]) -> String {
        let mut command: Command = self.command("timeout");
        let ran = command.args(["30", "xdotool"]).args(arguments).output();
        let ran = ran.expect("xdotool is installed by `make test`");
        String::from_utf8(ran.stdout).unwrap()
    }
}
