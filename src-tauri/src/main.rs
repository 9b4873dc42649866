//! The app's binary, `snapback-desktop`.

fn main() {
    snapback_shell::run();
}
