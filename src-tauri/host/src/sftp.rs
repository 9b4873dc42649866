//! A folder of another computer that is reached by OpenSSH's own `sftp`, as a second place for archives: with the
//! person's configuration, keys, agent and known hosts.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use snapback_engine::places::{PlaceAddress, Remote};
use snapback_engine::{CancelToken, Code, Error, Result};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::{host_name, ssh};

/// How long the server has to let us in.
const PATIENCE_SECONDS: u32 = 20;
/// How long nothing may be heard of the server.
const SILENCE: Duration = Duration::from_secs(15);
/// How many of its lines are passed on.
const LINES: usize = 4;

/// A folder of another computer.
#[derive(Debug)]
pub struct Sftp {
    /// Whom to ask, as `user@host`.
    server: String,
    port: Option<u16>,
    folder: String,
    client: OsString,
    cancel: CancelToken,
}

impl Sftp {
    /// The folder of that address, reached until it is cancelled; `None` where the address is of another kind.
    #[must_use]
    pub fn open(address: &PlaceAddress, cancel: &CancelToken) -> Option<Self> {
        let PlaceAddress::Sftp {
            server,
            port,
            folder,
            written: _,
        } = address
        else {
            return None;
        };
        Some(Self {
            server: server.clone(),
            port: *port,
            folder: folder.clone(),
            client: ssh(),
            cancel: cancel.clone(),
        })
    }

    fn path(&self, name: &str) -> String {
        quoted(&format!("{}/{name}", self.folder.trim_end_matches('/')))
    }

    /// Has `sftp` do some of its commands, one after the other until one fails; what it says.
    ///
    /// A line that a path breaks would be a command of its own, and one with `!` runs on this computer.
    async fn run(&self, commands: &[String]) -> Result<String> {
        if commands
            .iter()
            .any(|command| command.contains(char::is_control))
        {
            return Err(Error::new(
                Code::LocalFile,
                "The name of a file or folder has control characters in it.",
            )
            .hint("Give it another name."));
        }
        let mut sftp = Command::new("sftp");
        sftp.args(["-b", "-"])
            .arg("-S")
            .arg(&self.client)
            .args(["-o", "BatchMode=yes"])
            // Whatever the person's configuration says: nobody is there to be asked about another key.
            .args(["-o", "StrictHostKeyChecking=yes"])
            .arg("-o")
            .arg(format!("ConnectTimeout={PATIENCE_SECONDS}"))
            .arg("-o")
            .arg(format!("ServerAliveInterval={}", SILENCE.as_secs()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if let Some(port) = self.port {
            sftp.arg("-P").arg(port.to_string());
        }
        sftp.arg(OsStr::new(&self.server));
        let mut running = sftp.spawn().map_err(|_| {
            Error::new(
                Code::StorageUnreachable,
                "OpenSSH's sftp is not installed on this computer.",
            )
            .hint("Install it (Debian: openssh-client).")
        })?;
        if let Some(mut commanding) = running.stdin.take() {
            // A client that has given up reads no more, and says why.
            let script = commands.join("\n") + "\n";
            commanding.write_all(script.as_bytes()).await.ok();
        }
        let ended = tokio::select! {
            () = self.cancel.cancelled() => return Err(Error::cancelled()),
            ended = running.wait_with_output() => ended,
        };
        let ended = ended.map_err(|_| self.failed(""))?;
        let words = String::from_utf8_lossy(&ended.stderr);
        match ended.status.success() {
            true => Ok(String::from_utf8_lossy(&ended.stdout).into_owned()),
            false => Err(self.failed(&words)),
        }
    }

    /// The error of a client that ended with those words.
    fn failed(&self, words: &str) -> Error {
        let is_said = |what: &str| words.contains(what);
        let (code, message, hint) = if is_said("Host key verification failed")
            || is_said("REMOTE HOST IDENTIFICATION HAS CHANGED")
        {
            (
                Code::UnknownHostKey,
                "The SSH server is not the one that is known on this computer.",
                "Connect once in a terminal, compare the fingerprint, and accept it.",
            )
        } else if is_said("Permission denied (") || is_said("Too many authentication failures") {
            (
                Code::StorageRefused,
                "The SSH server does not let this user in.",
                "Whatever works as `sftp` in a terminal without a question works here: a key without a passphrase, or one in the agent.",
            )
        } else if is_said("ermission denied") {
            (
                Code::StorageRefused,
                "The SSH server refuses the folder.",
                "Look at the folder's rights over there.",
            )
        } else if is_said("write local") {
            (
                Code::DiskFull,
                "The copy cannot be written on this computer.",
                "Make room in the library's folder: copies are brought back there to be checked.",
            )
        } else if is_said("No space") || is_said("Quota") {
            (
                Code::StorageFull,
                "There is no room left at the second place.",
                "Make room over there; nothing of ours is ever removed there.",
            )
        } else if is_said("not found") || is_said("No such file") {
            (
                Code::NoSuchStorage,
                "The folder of the second place is not there.",
                "Make the folder first where it is a new one.",
            )
        } else {
            (
                Code::StorageUnreachable,
                "The second place cannot be reached by SSH.",
                "Check that `sftp` reaches it from a terminal without a question.",
            )
        };
        let lines = words.lines().map(str::trim).filter(|line| !line.is_empty());
        let mut last: Vec<&str> = lines.collect();
        last.drain(..last.len().saturating_sub(LINES));
        last.into_iter().fold(
            Error::new(code, message)
                .hint(hint)
                .with("server", &self.server),
            |error, line| error.because(line),
        )
    }
}

impl Remote for Sftp {
    fn names(&self) -> BoxFuture<'_, Result<Vec<String>>> {
        async move {
            let folder = quoted(&self.folder);
            let said = self
                .run(&[format!("cd {folder}"), "ls -1".to_owned()])
                .await?;
            // It repeats what it was told to do.
            let lines = said.lines().filter(|line| !line.starts_with("sftp> "));
            Ok(lines.map(str::to_owned).collect())
        }
        .boxed()
    }

    fn put<'a>(&'a self, source: &'a Path, name: &'a str) -> BoxFuture<'a, Result<()>> {
        async move {
            let source = source.to_str().ok_or_else(|| {
                Error::new(Code::LocalFile, "The archive's path is not of letters.")
                    .with("path", source.display())
            })?;
            // Named after this computer: what was cut off is written over by the next try, and no other's is.
            let part = self.path(&format!(".{name}.{}.part", host_name()));
            let put = format!("put -f {} {part}", quoted(source));
            // In its old form it takes no name that is taken.
            let rename = format!("rename -l {part} {}", self.path(name));
            let done = self.run(&[put, rename]).await;
            if done.is_err() && !self.cancel.is_cancelled() {
                // What is left over is of no use, and may not be there.
                self.run(&[format!("rm {part}")]).await.ok();
            }
            done.map(drop)
        }
        .boxed()
    }

    fn get<'a>(&'a self, name: &'a str, target: &'a Path) -> BoxFuture<'a, Result<()>> {
        async move {
            let here = target.to_str().ok_or_else(|| {
                Error::new(Code::LocalFile, "The copy's path is not of letters.")
                    .with("path", target.display())
            })?;
            let get = format!("get {} {}", self.path(name), quoted(here));
            self.run(&[get]).await.map(drop)
        }
        .boxed()
    }
}

/// A path as `sftp` takes it, without any letter that means more than itself. Between quotes those of patterns do not.
fn quoted(path: &str) -> String {
    let mut shown = String::from("\"");
    for letter in path.chars() {
        if matches!(letter, '"' | '\\') {
            shown.push('\\');
        }
        shown.push(letter);
    }
    shown.push('"');
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sftp() -> Sftp {
        let address = "sftp://me@nas:2222/srv/backups".parse().unwrap();
        Sftp::open(&address, &CancelToken::new()).unwrap()
    }

    #[test]
    fn no_letter_of_a_path_means_more_than_itself() {
        assert_eq!(sftp().path("a b\"c\\*.x"), r#""/srv/backups/a b\"c\\*.x""#);
    }

    #[tokio::test]
    async fn a_name_is_never_a_command() {
        let archive = Path::new("/library/a\n!touch broken.snapback");
        let refused = sftp().put(archive, "a.snapback").await.unwrap_err();
        assert_eq!(refused.code(), Code::LocalFile);
        let name = "a\n!touch broken.snapback";
        let target = Path::new("/library/a.snapback");
        let refused = sftp().get(name, target).await.unwrap_err();
        assert_eq!(refused.code(), Code::LocalFile);
    }

    #[test]
    fn what_it_says_is_told_apart() {
        for (words, code) in [
            (
                "Host key verification failed.\nConnection closed",
                Code::UnknownHostKey,
            ),
            (
                "me@nas: Permission denied (publickey).",
                Code::StorageRefused,
            ),
            ("dest open \"/x\": Permission denied", Code::StorageRefused),
            ("realpath /srv/x: No such file", Code::NoSuchStorage),
            (
                "write remote \"/srv/x\": No space left on device",
                Code::StorageFull,
            ),
            (
                "write local \"/home/x\": No space left on device",
                Code::DiskFull,
            ),
            (
                "ssh: connect to host nas port 22: Connection refused",
                Code::StorageUnreachable,
            ),
        ] {
            let error = sftp().failed(words);
            assert_eq!(error.code(), code, "{words}");
            assert!(error.hint_text().is_some());
        }
    }
}
