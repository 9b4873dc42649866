//! A tunnel to a database that listens only inside, through the system's OpenSSH client: agent, keys,
//! `~/.ssh/config`, jump hosts and known hosts work as the person is used to.
//!
//! The near end is a Unix socket in a folder of ours, which nobody else may enter and no other program
//! can take, unlike a port. The engine keeps the server's own name, so certificates are checked
//! against it. The client runs under a shell that ends it when our end of a pipe closes: also when
//! this process is killed.

mod questions;
mod refusal;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use snapback_engine::pg::Settings;
use snapback_engine::{Code, Error, Result};
use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, ChildStderr, ChildStdin, Command};
use tokio::task::{JoinHandle, JoinSet};

pub use questions::{Desk, Question, ask_for_client};

/// How long the SSH client may take, a person's answers included.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often is looked whether the tunnel is there; the client has no way to tell.
const LOOK_EVERY: Duration = Duration::from_millis(25);
/// The most that is kept of what the client says.
const LONGEST_WORDS: u64 = 16 << 10;

/// Runs the SSH client and ends it when its own input ends; then the folder of the socket goes. By then
/// the terminal and whoever read what is said may be gone, which must not end it earlier.
const KEEPER: &str = r#"folder=$1; shift; exec 3<&0
"$@" 3<&- </dev/null & client=$!
(read -r _ <&3; kill "$client" 2>/dev/null) & watch=$!
trap 'kill "$client" 2>/dev/null' TERM
trap '' HUP INT PIPE
wait "$client"; ended=$?
kill "$watch" 2>/dev/null
rm -rf -- "$folder"
exit "$ended""#;

/// The SSH server that a tunnel goes through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// A name, an address, or an alias of `~/.ssh/config`.
    pub host: String,
    /// Its port, where the configuration does not say.
    #[serde(default)]
    pub port: Option<u16>,
    /// The user there, where the configuration does not say.
    #[serde(default)]
    pub user: Option<String>,
    /// The private key's file, where neither the agent nor the configuration has it.
    #[serde(default)]
    pub key_file: Option<PathBuf>,
}

/// Who answers what the SSH client wants to know, such as a key's passphrase or whether a host key is
/// the right one.
#[derive(Debug, Clone)]
pub enum Who {
    /// The person at the terminal.
    Terminal,
    /// The person at a window.
    Desk(Desk),
    /// Nobody: what needs an answer is refused.
    Nobody,
}

/// A tunnel that is open. Dropping it ends it.
#[derive(Debug)]
pub struct Tunnel {
    folder: PathBuf,
    keeper: Child,
    // The keeper ends the client when this closes.
    _held: Option<ChildStdin>,
    words: JoinHandle<String>,
}

impl Tunnel {
    /// Opens a tunnel to the server of those settings by that SSH client.
    ///
    /// # Errors
    /// `unknown_host_key` where the SSH server is not the one that is known; `tunnel_failed`.
    pub async fn open(ssh: &OsStr, gate: &Gate, server: &Settings, who: &Who) -> Result<Self> {
        if gate.host.trim().is_empty() {
            return Err(
                Error::new(Code::InvalidConnection, "The SSH tunnel names no host.")
                    .with("field", "tunnel"),
            );
        }
        let mut made = tempfile::Builder::new();
        made.prefix("snapback-tunnel-");
        #[cfg(unix)]
        made.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
        let no_folder =
            |error| Error::local_file("the folder of a tunnel", &std::env::temp_dir(), &error);
        let folder = made.tempdir().map_err(no_folder)?;
        let socket = folder.path().join(format!(".s.PGSQL.{}", server.port()));
        // Ends with this call: a tunnel that is open asks nothing.
        let mut carrying = JoinSet::new();
        #[cfg(unix)]
        if let Who::Desk(desk) = who {
            let carry = questions::carry(folder.path(), &gate.host, desk);
            carrying.spawn(carry.map_err(no_folder)?);
        }
        let mut tunnel = Self::start(ssh, gate, server, who, folder, &socket)?;
        let opened = tokio::time::timeout(PATIENCE, tunnel.until_open(&socket)).await;
        match opened {
            Ok(true) => Ok(tunnel),
            Ok(false) => Err(refusal::error(&gate.host, who, &tunnel.last_words().await)),
            Err(_) => Err(refusal::silent(&gate.host)),
        }
    }

    fn start(
        ssh: &OsStr,
        gate: &Gate,
        server: &Settings,
        who: &Who,
        folder: TempDir,
        socket: &Path,
    ) -> Result<Self> {
        let mut keeper = Command::new("/bin/sh");
        if let Who::Desk(desk) = who {
            keeper.envs(desk.environment(folder.path()));
        }
        let mut keeper = keeper
            .args(["-c", KEEPER, "snapback-tunnel"])
            .arg(folder.path())
            .arg(ssh)
            .args(arguments(gate, server, who, socket))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| {
                Error::local_file(
                    "the shell that keeps a tunnel",
                    Path::new("/bin/sh"),
                    &error,
                )
            })?;
        let words = tokio::spawn(listen(keeper.stderr.take()));
        Ok(Self {
            // The keeper removes it, also where this process is gone by then.
            folder: folder.keep(),
            // Taken out, since waiting for the keeper would close it.
            _held: keeper.stdin.take(),
            keeper,
            words,
        })
    }

    /// The folder of the socket, for [`Settings::through`].
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether it has ended by itself, as when the network went away.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.words.is_finished()
    }

    /// Waits until the socket lets in; false where the client ended first.
    async fn until_open(&mut self, socket: &Path) -> bool {
        loop {
            tokio::select! {
                _ = self.keeper.wait() => return false,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            if lets_in(socket).await {
                return true;
            }
        }
    }

    async fn last_words(&mut self) -> String {
        (&mut self.words).await.unwrap_or_default()
    }
}

/// Whether the client listens on the socket, whose file is there a moment earlier.
async fn lets_in(socket: &Path) -> bool {
    #[cfg(unix)]
    return tokio::net::UnixStream::connect(socket).await.is_ok();
    #[cfg(not(unix))]
    return tokio::fs::try_exists(socket).await.unwrap_or(false);
}

/// What the client says until it ends.
async fn listen(stderr: Option<ChildStderr>) -> String {
    let mut words = Vec::new();
    if let Some(mut stderr) = stderr {
        let mut first = (&mut stderr).take(LONGEST_WORDS);
        // A pipe that breaks is its end.
        first.read_to_end(&mut words).await.ok();
        tokio::io::copy(&mut stderr, &mut tokio::io::sink())
            .await
            .ok();
    }
    String::from_utf8_lossy(&words).into_owned()
}

fn arguments(gate: &Gate, server: &Settings, who: &Who, socket: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = ["-N", "-T"].map(Into::into).into();
    let batch = if matches!(who, Who::Nobody) {
        "yes"
    } else {
        "no"
    };
    for option in [
        "ExitOnForwardFailure=yes",
        // One that the person shares with other terminals would outlive us.
        "ControlMaster=no",
        "ControlPath=none",
        "ConnectTimeout=15",
        "ServerAliveInterval=10",
        "ServerAliveCountMax=3",
        &format!("BatchMode={batch}"),
    ] {
        arguments.extend(["-o".into(), option.into()]);
    }
    let mut forward = OsString::from(socket);
    forward.push(":");
    forward.push(far_end(server));
    arguments.extend(["-L".into(), forward]);
    if let Some(port) = gate.port {
        arguments.extend(["-p".into(), port.to_string().into()]);
    }
    if let Some(user) = &gate.user {
        arguments.extend(["-l".into(), user.into()]);
    }
    if let Some(key) = &gate.key_file {
        arguments.extend(["-i".into(), key.into()]);
    }
    arguments.extend(["--".into(), gate.host.trim().into()]);
    arguments
}

/// The database as the SSH server reaches it.
fn far_end(server: &Settings) -> String {
    let (host, port) = (server.host(), server.port());
    if host.starts_with('/') {
        format!("{host}/.s.PGSQL.{port}")
    } else if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate() -> Gate {
        Gate {
            host: "bastion".to_owned(),
            port: Some(2222),
            user: Some("deploy".to_owned()),
            key_file: Some("/keys/id".into()),
        }
    }

    fn line(gate: &Gate, url: &str, who: &Who) -> String {
        let server = Settings::from_url(url).unwrap();
        let words = arguments(gate, &server, who, Path::new("/run/t/.s.PGSQL.5432"));
        let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
        words.join(" ")
    }

    #[test]
    fn the_client_is_told_where_to_and_nothing_that_its_own_configuration_says() {
        let said = line(&gate(), "postgres://u@db.internal/x", &Who::Nobody);
        assert!(said.ends_with(
            "-L /run/t/.s.PGSQL.5432:db.internal:5432 -p 2222 -l deploy -i /keys/id -- bastion"
        ));
        assert!(said.contains("BatchMode=yes"));
        let bare = Gate {
            port: None,
            user: None,
            key_file: None,
            ..gate()
        };
        let said = line(&bare, "postgres://u@[::1]/x", &Who::Terminal);
        assert!(said.ends_with("-L /run/t/.s.PGSQL.5432:[::1]:5432 -- bastion"));
        assert!(said.contains("BatchMode=no"));
        assert!(!said.contains("StrictHostKeyChecking"));
    }

    #[test]
    fn a_server_that_listens_on_a_socket_is_reached_there() {
        let said = line(&gate(), "postgres:///x?host=/run/pg&user=u", &Who::Nobody);
        assert!(said.contains(":/run/pg/.s.PGSQL.5432"));
    }

    #[test]
    fn a_host_is_never_taken_for_an_option() {
        let odd = Gate {
            host: "-oProxyCommand=true".to_owned(),
            ..gate()
        };
        let said = line(&odd, "postgres://u@h/x", &Who::Nobody);
        assert!(said.ends_with("-- -oProxyCommand=true"));
    }
}
