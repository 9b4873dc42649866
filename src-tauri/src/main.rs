//! The app's binary, `snapback-desktop`.

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};
use std::time::Duration;

use snapback_shell::StartError;

/// How often the app was started for this one wish.
const STARTS: &str = "SNAPBACK_STARTS";
const MOST_STARTS: u32 = 20;
const MOMENT: Duration = Duration::from_millis(250);

#[expect(
    clippy::print_stderr,
    reason = "where no window opens, the terminal is the place to say so"
)]
fn main() -> ExitCode {
    if let Some(code) = snapback_host::tunnel::ask_for_client() {
        return code;
    }
    let error = match snapback_shell::run() {
        Ok(()) => return ExitCode::SUCCESS,
        Err(StartError::Ending) => begin_again(),
        Err(other) => other,
    };
    eprintln!("{error}");
    ExitCode::FAILURE
}

/// Becomes the app once more, after a moment: whoever closes the app and opens it at once wants it open.
/// Comes back only where that did not help for some seconds.
fn begin_again() -> StartError {
    let starts = std::env::var(STARTS).ok();
    let starts: u32 = starts.and_then(|starts| starts.parse().ok()).unwrap_or(1);
    if starts < MOST_STARTS {
        std::thread::sleep(MOMENT);
        if let Ok(program) = std::env::current_exe() {
            // Comes back only where it failed.
            drop(
                Command::new(program)
                    .args(std::env::args_os().skip(1))
                    .env(STARTS, (starts + 1).to_string())
                    .exec(),
            );
        }
    }
    StartError::Ending
}
