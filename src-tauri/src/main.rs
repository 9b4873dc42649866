//! The app's binary, `snapback-desktop`.

use std::process::ExitCode;

#[expect(
    clippy::print_stderr,
    reason = "where no window opens, the terminal is the place to say so"
)]
fn main() -> ExitCode {
    if let Some(code) = snapback_host::tunnel::ask_for_client() {
        return code;
    }
    match snapback_shell::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
