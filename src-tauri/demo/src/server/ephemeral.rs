//! A throw-away server that cannot outlive the process that started it.
//!
//! A small shell stands between us and PostgreSQL. It reads from a pipe whose other end only we
//! hold; when we end, however we end, the pipe closes, and the shell stops the server and
//! removes its folder.

use std::path::{Path, PathBuf};

use super::binaries::Binaries;
use super::cluster::{Cluster, ServerOptions};
use crate::connection::Connection;
use crate::error::Error;

#[cfg(unix)]
use super::cluster::{create_private_dir, place};
#[cfg(unix)]
use super::launcher::Launcher;

/// A private server for one process, on a copy of an initialised cluster.
#[derive(Debug)]
pub struct EphemeralServer {
    connection: Connection,
    cluster: Cluster,
    guard: Guard,
}

/// The shell that ends the server. Its standard input is the pipe.
#[derive(Debug)]
struct Guard(std::process::Child);

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // Fails only when somebody else has waited for the shell already.
        let _ended = self.0.wait();
    }
}

impl EphemeralServer {
    /// How its superuser enters it.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Its folder, which goes with it.
    pub fn folder(&self) -> &Path {
        &self.cluster.folder
    }

    /// The process id of the server itself, for tests that have it die or stand still.
    pub fn pid(&self) -> Option<u32> {
        self.cluster.server_pid()
    }

    /// The process id of the shell that ends the server.
    pub fn guard_pid(&self) -> u32 {
        self.guard.0.id()
    }

    /// What the server has logged so far.
    pub fn log(&self) -> PathBuf {
        self.cluster.log()
    }

    /// Ends it in good order and leaves its folder, which the caller now owns, as an image for
    /// further servers.
    ///
    /// # Errors
    /// [`Error::Program`] when the guard does not take the order.
    pub fn stop_and_keep(mut self) -> Result<PathBuf, Error> {
        use std::io::Write;
        let failed = |source: std::io::Error| Error::Program {
            program: "sh".to_owned(),
            detail: source.to_string(),
        };
        let mut pipe = self.guard.0.stdin.take();
        if let Some(pipe) = &mut pipe {
            pipe.write_all(b"keep\n").map_err(failed)?;
        }
        self.guard.0.wait().map_err(failed)?;
        Ok(self.cluster.folder.clone())
    }

    /// Ends it now; the same happens on drop.
    pub fn stop(self) {
        drop(self);
    }
}

/// Arguments: the cluster's folder, then the words that run the server. A line "keep" ends the
/// server in good order and leaves the folder. Else it is stopped at once: SIGCONT first, for a
/// server that a test has halted.
#[cfg(unix)]
const GUARD: &str = r#"
folder=$1; shift
"$@" >>"$folder/server.log" 2>&1 </dev/null &
server=$!
read -r line
if [ "$line" = keep ]; then
    kill -INT "$server"
    wait "$server"
    exit 0
fi
kill -CONT "$server" 2>/dev/null
kill -QUIT "$server" 2>/dev/null
wait "$server" 2>/dev/null
rm -rf -- "$folder"
"#;

#[cfg(unix)]
impl EphemeralServer {
    /// Starts a server on a copy of `image`, the folder of an initialised cluster that is not
    /// running, in a new folder below `parent`.
    ///
    /// # Errors
    /// When the copy cannot be made or the server does not start.
    pub async fn start(
        binaries: &Binaries,
        image: &Path,
        parent: &Path,
        options: &ServerOptions,
    ) -> Result<EphemeralServer, Error> {
        create_private_dir(parent)?;
        let mut attempts = 0;
        loop {
            attempts += 1;
            match Self::try_start(binaries, image, parent, options).await {
                // Between choosing a free port and listening on it, another process took it.
                Err(Error::Program { detail, .. })
                    if attempts < 5 && detail.contains("TCP/IP sockets") => {}
                outcome => return outcome,
            }
        }
    }

    async fn try_start(
        binaries: &Binaries,
        image: &Path,
        parent: &Path,
        options: &ServerOptions,
    ) -> Result<EphemeralServer, Error> {
        let folder = tempfile::Builder::new()
            .prefix("server-")
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700))
            .tempdir_in(parent)
            .map_err(Error::file("creating", parent))?;
        let cluster = Cluster::in_folder(folder.path());
        place(image, folder.path()).await?;
        let launcher = Launcher::prepare(binaries, &cluster.links()).await?;
        cluster.configure(cluster.choose_port()?, options)?;
        launcher.give(&cluster.folder).await?;
        let guard = Guard::start(&launcher, &cluster)?;
        // From here on the guard removes the folder.
        let _kept = folder.keep();
        let connection = cluster.wait_for_fresh_start().await?;
        Ok(EphemeralServer {
            connection,
            cluster,
            guard,
        })
    }
}

#[cfg(unix)]
impl Guard {
    fn start(launcher: &Launcher, cluster: &Cluster) -> Result<Guard, Error> {
        use std::os::unix::process::CommandExt;
        use std::process::{Command, Stdio};
        Command::new("/bin/sh")
            .args(["-c", GUARD, "snapback-guard"])
            .arg(&cluster.folder)
            .args(launcher.words("postgres"))
            .arg("-D")
            .arg(cluster.data())
            .env_clear()
            .envs(launcher.environment())
            // A group of its own: an interrupt at the terminal reaches us, not the server.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map(Guard)
            .map_err(|failed| Error::Program {
                program: "sh".to_owned(),
                detail: failed.to_string(),
            })
    }
}

#[cfg(not(unix))]
impl EphemeralServer {
    /// Not available here: the guard is a shell.
    ///
    /// # Errors
    /// Always [`Error::Unsupported`].
    pub async fn start(
        _binaries: &Binaries,
        _image: &Path,
        _parent: &Path,
        _options: &ServerOptions,
    ) -> Result<EphemeralServer, Error> {
        Err(Error::Unsupported {
            what: "a throw-away server",
        })
    }
}
