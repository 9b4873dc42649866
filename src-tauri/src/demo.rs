//! The demo database behind the window.

use std::error::Error as _;

use snapback_demo::{DemoServer, ServerOptions};
use snapback_wire::WireError;

/// Starts the demo's server, filling it the first time.
///
/// # Errors
/// Those of the demo, as the window shows them.
pub(crate) async fn start() -> Result<DemoServer, WireError> {
    let binaries = snapback_host::postgres().map_err(failed)?;
    let folder = snapback_host::demo_folder().ok_or_else(crate::session::no_data_folder)?;
    DemoServer::up(&binaries, &folder, &ServerOptions::default())
        .await
        .map_err(failed)
}

fn failed(error: snapback_demo::Error) -> WireError {
    WireError {
        code: error.code().to_owned(),
        message: format!("The demo database does not work: {error}."),
        hint: None,
        context: Default::default(),
        causes: error
            .source()
            .map(ToString::to_string)
            .into_iter()
            .collect(),
        retryable: matches!(error, snapback_demo::Error::Busy { .. }),
    }
}
