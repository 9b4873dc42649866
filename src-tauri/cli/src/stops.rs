//! Stops between the steps of an operation, so that tests can kill it there, or the server under it. Only
//! in builds for development: what is released knows nothing of it.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use snapback_engine::reporter::Step;

/// The socket of whoever wants to be asked.
const LISTENER: &str = "SNAPBACK_STEPS";

/// Tells the step and stands still until the other end has hung up.
pub(crate) fn stop_at(step: Step) {
    let Some(listener) = std::env::var_os(LISTENER) else {
        return;
    };
    // Whoever listened may be gone: then nobody wants this process to stand still.
    let asked = UnixStream::connect(listener).and_then(|mut stream| {
        writeln!(stream, "{}", step.word())?;
        stream.read(&mut [0])
    });
    drop(asked);
}
