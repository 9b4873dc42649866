//! What an earlier server left behind: a `postmaster.pid` whose number may by now belong to
//! somebody else's process, or a server that is alive and still busy with its recovery.
//!
//! PostgreSQL refuses to start while any process of the same user has the number in that file.
//! We remove the file only when no process at all works in the data folder; no process is ever
//! signalled.

use std::path::Path;
use std::time::{Duration, Instant};

use super::cluster::Cluster;
use crate::error::Error;

/// What is going on in a data folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing: a server may be started.
    Nothing,
    /// A server of this folder is alive: it only has to be waited for.
    Server,
}

/// Waits for the remains of a crashed server to go, and removes its stale `postmaster.pid`.
pub(crate) async fn settle(cluster: &Cluster, patience: Duration) -> Result<Found, Error> {
    let pid_file = cluster.data().join("postmaster.pid");
    let deadline = Instant::now() + patience;
    while let Some(pid) = cluster.server_pid() {
        let Some(workers) = working_in(&cluster.data()) else {
            // Not knowable here: PostgreSQL's own check decides.
            return Ok(Found::Nothing);
        };
        if workers.contains(&pid) {
            return Ok(Found::Server);
        }
        if workers.is_empty() {
            std::fs::remove_file(&pid_file).map_err(Error::file("removing", &pid_file))?;
            return Ok(Found::Nothing);
        }
        // Children of a killed server notice its death by themselves, and end.
        if Instant::now() > deadline {
            return Err(Error::NotAnswering {
                folder: cluster.folder.clone(),
                seconds: patience.as_secs(),
            });
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(Found::Nothing)
}

/// The processes whose working folder is `data`: a server and its children. `None` where the
/// system has no /proc to tell.
fn working_in(data: &Path) -> Option<Vec<u32>> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let data = std::fs::canonicalize(data).ok()?;
    let found = std::fs::read_dir("/proc")
        .ok()?
        .flatten()
        .filter_map(|entry| entry.file_name().to_string_lossy().parse().ok())
        .filter(|pid: &u32| {
            std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|folder| folder == data)
        })
        .collect();
    Some(found)
}
