//! The demo database as the command line uses it.

use std::path::PathBuf;

use snapback_demo::{Connection, Demo, Role};
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

/// How the demo is entered, if it is up: as a role with the rights that a restore needs and no more.
pub(crate) async fn running() -> Result<Option<Connection>> {
    let Some(folder) = host::demo_folder() else {
        return Ok(None);
    };
    let demo = Demo::attach(&folder).await?;
    Ok(demo.map(|demo| demo.connection(Role::Restorer)))
}
