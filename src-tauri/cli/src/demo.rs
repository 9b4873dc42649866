//! The demo database as the command line uses it.

use std::path::PathBuf;

use snapback_demo::{App, Connection, Demo, Role};
use snapback_host as host;

use crate::failure::{Result, usage};

/// Where the demo lies.
pub(crate) fn folder() -> Result<PathBuf> {
    host::demo_folder().ok_or_else(|| {
        usage(
            "This computer names no folder for a person's data.",
            "Set HOME or XDG_DATA_HOME.",
        )
    })
}

/// The demo of that application, or of the first that there is, if it is up.
pub(crate) async fn running(app: Option<App>) -> Result<Option<Demo>> {
    match host::demo_folder() {
        Some(folder) => Ok(Demo::attach(&folder, app).await?),
        None => Ok(None),
    }
}

/// How it is entered: as a role with the rights that a restore needs and no more.
pub(crate) fn entrance(demo: &Demo) -> Connection {
    demo.connection(Role::Restorer)
}
