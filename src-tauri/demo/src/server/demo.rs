//! The server of the demo: started once, it stays until it is stopped, whoever asks.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use super::binaries::Binaries;
use super::cluster::{Cluster, ServerOptions, create_private_dir, joined};
use super::launcher::Launcher;
use super::orphan;
use crate::connection::Connection;
use crate::error::Error;

const PATIENCE: Duration = Duration::from_secs(60);

/// A running demo server. Dropping the value leaves it running.
#[derive(Debug, Clone)]
pub struct DemoServer {
    cluster: Cluster,
    connection: Connection,
}

/// What was found in a demo folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerStatus {
    /// Nothing has been set up.
    Absent,
    /// A cluster is there, no server answers.
    Down,
    /// The server of this folder answers.
    Up {
        /// The loopback port that it listens on.
        port: u16,
    },
}

impl DemoServer {
    /// Starts the server of `folder`, making the cluster first where there is none. Returns the
    /// running one when it is up already.
    ///
    /// # Errors
    /// [`Error::Busy`] while another process does the same; [`Error::NotAnswering`] and
    /// [`Error::Program`] when it does not start.
    pub async fn up(
        binaries: &Binaries,
        folder: &Path,
        options: &ServerOptions,
    ) -> Result<DemoServer, Error> {
        let cluster = Cluster::in_folder(folder);
        create_private_dir(&cluster.folder)?;
        let _lock = lock(&cluster).await?;
        if let Some(running) = running(&cluster).await? {
            return Ok(running);
        }
        let launcher = Launcher::prepare(binaries, &cluster.links()).await?;
        cluster.initialise(&launcher).await?;
        if orphan::settle(&cluster, PATIENCE).await? == orphan::Found::Server {
            let connection = cluster.wait_until_ready(PATIENCE).await?;
            return Ok(DemoServer {
                cluster,
                connection,
            });
        }
        let mut attempts = 0;
        while let Err(failed) = start(&launcher, &cluster, options).await {
            // Between choosing a free port and listening on it, another process may take it.
            attempts += 1;
            if attempts == 3 {
                return Err(failed);
            }
        }
        let connection = cluster.wait_until_ready(PATIENCE).await?;
        Ok(DemoServer {
            cluster,
            connection,
        })
    }

    /// The server of `folder`, if it is up.
    ///
    /// # Errors
    /// When the folder is there and cannot be read.
    pub async fn attach(folder: &Path) -> Result<Option<DemoServer>, Error> {
        running(&Cluster::in_folder(folder)).await
    }

    /// Stops the server of `folder`; open sessions end. Tells whether one was running. Only a
    /// server that answers to this folder's own password is ever stopped.
    ///
    /// # Errors
    /// [`Error::Busy`] while another process starts or stops it; [`Error::Program`] when it
    /// does not stop.
    pub async fn down(binaries: &Binaries, folder: &Path) -> Result<bool, Error> {
        let cluster = Cluster::in_folder(folder);
        if !cluster.is_initialised() {
            return Ok(false);
        }
        let _lock = lock(&cluster).await?;
        if running(&cluster).await?.is_none() {
            return Ok(false);
        }
        let launcher = Launcher::prepare(binaries, &cluster.links()).await?;
        launcher
            .run(
                "pg_ctl",
                [
                    "stop".into(),
                    "--wait".into(),
                    "--silent".into(),
                    "--mode=fast".into(),
                    format!("--timeout={}", PATIENCE.as_secs()).into(),
                    joined("--pgdata=", &cluster.data()),
                ],
            )
            .await?;
        Ok(true)
    }

    /// What is in `folder`, without changing it.
    ///
    /// # Errors
    /// When the folder is there and cannot be read.
    pub async fn status(folder: &Path) -> Result<ServerStatus, Error> {
        let cluster = Cluster::in_folder(folder);
        if !cluster.is_initialised() {
            return Ok(ServerStatus::Absent);
        }
        Ok(match cluster.answering().await? {
            Some(connection) => ServerStatus::Up {
                port: connection.port,
            },
            None => ServerStatus::Down,
        })
    }

    /// How its superuser enters it.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.cluster.folder
    }
}

async fn start(
    launcher: &Launcher,
    cluster: &Cluster,
    options: &ServerOptions,
) -> Result<(), Error> {
    cluster.configure(cluster.choose_port()?, options)?;
    launcher.give(&cluster.folder).await?;
    launcher
        .run(
            "pg_ctl",
            [
                "start".into(),
                "--wait".into(),
                "--silent".into(),
                format!("--timeout={}", PATIENCE.as_secs()).into(),
                joined("--pgdata=", &cluster.data()),
                joined("--log=", &cluster.log()),
            ],
        )
        .await
}

async fn running(cluster: &Cluster) -> Result<Option<DemoServer>, Error> {
    let answer = cluster.answering().await?;
    Ok(answer.map(|connection| DemoServer {
        cluster: cluster.clone(),
        connection,
    }))
}

/// Holds off other processes that start or stop the same cluster; released when dropped.
async fn lock(cluster: &Cluster) -> Result<File, Error> {
    let path = cluster.folder.join("lock");
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path).map_err(Error::file("opening", &path))?;
    let deadline = std::time::Instant::now() + 2 * PATIENCE;
    while file.try_lock().is_err() {
        if std::time::Instant::now() > deadline {
            return Err(Error::Busy {
                folder: cluster.folder.clone(),
            });
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(file)
}
