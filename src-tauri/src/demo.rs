//! The demo database behind the window.

use std::collections::BTreeMap;
use std::error::Error as _;

use snapback_demo::{App, COMPANIES, Damage, Demo, Error, ServerOptions, Spec};
use snapback_wire::{Connection, WireError};

/// Starts the demo, filling it the first time.
///
/// # Errors
/// Those of the demo, as the window shows them.
pub(crate) async fn start() -> Result<Demo, WireError> {
    let binaries = snapback_host::postgres().map_err(|error| failed(&error))?;
    let folder = snapback_host::demo_folder().ok_or_else(crate::shelf::no_data_folder)?;
    Demo::up(
        &binaries,
        &folder,
        &ServerOptions::default(),
        App::Carbon,
        Spec::default(),
    )
    .await
    .map_err(|error| failed(&error))
}

/// Whether the demo has been made on this computer.
pub(crate) fn exists() -> bool {
    snapback_host::demo_folder().is_some_and(|folder| folder.is_dir())
}

/// The demo as a connection, with the company that can be damaged.
pub(crate) fn connection() -> Connection {
    Connection {
        demo_company: Some(COMPANIES[0].id.to_owned()),
        ..Connection::unsaved("demo", "Demo")
    }
}

/// Damages that company.
///
/// # Errors
/// Those of the demo, as the window shows them.
pub(crate) async fn damage(demo: &Demo) -> Result<(), WireError> {
    demo.damage(Damage::Friday)
        .await
        .map(drop)
        .map_err(|error| failed(&error))
}

fn failed(error: &Error) -> WireError {
    WireError {
        code: error.code().to_owned(),
        message: format!("The demo database does not work: {error}."),
        hint: None,
        context: BTreeMap::new(),
        causes: error
            .source()
            .map(ToString::to_string)
            .into_iter()
            .collect(),
        retryable: matches!(error, Error::Busy { .. }),
    }
}
