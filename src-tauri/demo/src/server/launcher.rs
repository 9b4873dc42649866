//! Running the server's programs as an ordinary user.
//!
//! PostgreSQL refuses root. A user namespace makes it believe that it is somebody else while the
//! files stay ours; where the kernel forbids namespaces, `setpriv` turns into `nobody` and the
//! folder is given to it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::binaries::Binaries;
use crate::error::Error;

/// How programs of one cluster are started.
#[derive(Debug, Clone)]
pub(crate) struct Launcher {
    binaries: Binaries,
    prefix: Vec<&'static str>,
    /// Folder with the links that the libraries need, when they are not beside them.
    links: Option<PathBuf>,
    /// True when the files must belong to `nobody`.
    gives_files_away: bool,
}

const NAMESPACE: [&str; 4] = ["unshare", "-U", "--map-user=1000", "--map-group=1000"];
/// As nobody, but able to reach a folder inside a home that is closed to others. Containers
/// that forbid namespaces still allow this. Without the secure bit the reach would not count where
/// a program asks the kernel whether it may run another, as initdb does.
const NOBODY_WITH_REACH: [&str; 7] = [
    "setpriv",
    "--securebits=+no_setuid_fixup",
    "--reuid=nobody",
    "--regid=nogroup",
    "--clear-groups",
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
];
const NOBODY: [&str; 4] = [
    "setpriv",
    "--reuid=nobody",
    "--regid=nogroup",
    "--clear-groups",
];

impl Launcher {
    /// Finds out how to run `binaries` here; missing library links are made in `links_dir`.
    pub(crate) async fn prepare(binaries: &Binaries, links_dir: &Path) -> Result<Launcher, Error> {
        let mut launcher = Launcher {
            binaries: binaries.clone(),
            prefix: vec![],
            links: make_links(binaries, links_dir)?,
            gives_files_away: false,
        };
        if running_as_root() {
            if works(&NAMESPACE).await {
                launcher.prefix = NAMESPACE.to_vec();
            } else if works(&NOBODY_WITH_REACH).await {
                launcher.prefix = NOBODY_WITH_REACH.to_vec();
                launcher.gives_files_away = true;
            } else if works(&NOBODY).await {
                launcher.prefix = NOBODY.to_vec();
                launcher.gives_files_away = true;
            } else {
                return Err(Error::CannotLeaveRoot);
            }
        }
        Ok(launcher)
    }

    /// Hands a folder to the user that the server runs as, where that is not us.
    pub(crate) async fn give(&self, folder: &Path) -> Result<(), Error> {
        if self.gives_files_away {
            let mut chown = Command::new("chown");
            chown.args(["-R", "nobody:nogroup"]).arg(folder);
            run(chown, "chown").await?;
        }
        Ok(())
    }

    /// The words of a command line that runs `program`, and the variables it needs.
    pub(crate) fn words(&self, program: &str) -> Vec<OsString> {
        self.prefix
            .iter()
            .map(OsString::from)
            .chain([self.binaries.program(program).into_os_string()])
            .collect()
    }

    /// The environment of the server's programs: none of ours reaches them.
    pub(crate) fn environment(&self) -> Vec<(&'static str, OsString)> {
        let mut variables = vec![("LC_MESSAGES", "C".into()), ("TZ", "UTC".into())];
        if cfg!(unix) {
            variables.push((
                "PATH",
                "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin".into(),
            ));
        }
        // A library found through a link looks for its own needs beside the link, not beside
        // the file, so the folder of the files must be named as well.
        let folders = self.links.iter().chain([&self.binaries.lib_dir]);
        if let (Some(_), Ok(path)) = (&self.links, std::env::join_paths(folders)) {
            let name = if cfg!(target_os = "macos") {
                "DYLD_LIBRARY_PATH"
            } else {
                "LD_LIBRARY_PATH"
            };
            variables.push((name, path));
        }
        variables
    }

    /// A command that runs `program` of the server.
    pub(crate) fn command(&self, program: &str) -> Command {
        let words = self.words(program);
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        if cfg!(unix) {
            command.env_clear();
        }
        command.envs(self.environment());
        command
    }

    /// Runs one of the server's programs to its end.
    pub(crate) async fn run(
        &self,
        program: &str,
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<(), Error> {
        let mut command = self.command(program);
        command.args(arguments);
        run(command, program).await
    }
}

async fn run(mut command: Command, program: &str) -> Result<(), Error> {
    let failed = |detail: String| Error::Program {
        program: program.to_owned(),
        detail,
    };
    let output = command
        .stdin(std::process::Stdio::null())
        .output()
        .await
        .map_err(|source| failed(source.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    let mut text = String::from_utf8_lossy(&output.stderr).into_owned();
    if text.trim().is_empty() {
        text = String::from_utf8_lossy(&output.stdout).into_owned();
    }
    let last = text.lines().map(str::trim).rfind(|line| !line.is_empty());
    Err(failed(
        last.map_or_else(|| output.status.to_string(), str::to_owned),
    ))
}

async fn works(prefix: &[&str]) -> bool {
    let mut command = Command::new(prefix[0]);
    command.args(&prefix[1..]).arg("true");
    run(command, prefix[0]).await.is_ok()
}

#[cfg(unix)]
fn running_as_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn running_as_root() -> bool {
    false
}

#[cfg(unix)]
fn make_links(binaries: &Binaries, links_dir: &Path) -> Result<Option<PathBuf>, Error> {
    let links = binaries.missing_links()?;
    if links.is_empty() {
        return Ok(None);
    }
    super::cluster::create_private_dir(links_dir)?;
    for (name, file) in links {
        let file = std::path::absolute(&file).map_err(Error::file("reading", &file))?;
        let link = links_dir.join(name);
        if std::fs::read_link(&link).is_ok_and(|leads_to| leads_to == file) {
            continue;
        }
        // Another process may be making the same link: a rename replaces it in one step.
        let fresh = links_dir.join(format!(
            ".{}-{}",
            std::process::id(),
            link.file_name().unwrap_or_default().to_string_lossy()
        ));
        std::os::unix::fs::symlink(file, &fresh).map_err(Error::file("linking", &fresh))?;
        std::fs::rename(&fresh, &link).map_err(Error::file("linking", &link))?;
    }
    Ok(Some(links_dir.to_owned()))
}

#[cfg(not(unix))]
fn make_links(_: &Binaries, _: &Path) -> Result<Option<PathBuf>, Error> {
    Ok(None)
}
