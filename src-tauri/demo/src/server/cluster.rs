//! A cluster's folder: `data/` for PostgreSQL, and beside it the port, the password, the log.

use std::ffi::OsString;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rand::RngExt;
use sqlx::{ConnectOptions, Connection as _};

use super::SUPERUSER;
use super::binaries::Binaries;
use super::launcher::Launcher;
use crate::connection::Connection;
use crate::error::Error;

/// How often a password is hashed. A random one of 190 bits is no harder to guess for it, and each connection,
/// of which a restore opens a dozen, would pay on both sides.
const PASSWORD_ROUNDS: &str = "scram_iterations";

/// Whether data must survive a crash of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// As a real server: every commit reaches the disk.
    #[default]
    Kept,
    /// For tests: nothing is synced.
    ThrownAway,
}

/// What a server may be told beyond the defaults.
#[derive(Debug, Clone, Default)]
pub struct ServerOptions {
    /// Whether commits are synced to disk.
    pub durability: Durability,
    /// Further settings of postgresql.conf, name and value; later ones win.
    pub settings: Vec<(String, String)>,
}

impl ServerOptions {
    /// The options of servers that live for one test.
    pub fn for_tests() -> ServerOptions {
        ServerOptions {
            durability: Durability::ThrownAway,
            settings: vec![],
        }
    }

    /// Adds one setting.
    pub fn with(mut self, name: &str, value: &str) -> ServerOptions {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// The folder of one cluster.
#[derive(Debug, Clone)]
pub(crate) struct Cluster {
    pub(crate) folder: PathBuf,
}

impl Cluster {
    pub(crate) fn in_folder(folder: &Path) -> Cluster {
        Cluster {
            folder: std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()),
        }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    pub(crate) fn links(&self) -> PathBuf {
        self.folder.join("links")
    }

    pub(crate) fn is_initialised(&self) -> bool {
        self.data().join("PG_VERSION").is_file() && self.password_file().is_file()
    }

    fn password_file(&self) -> PathBuf {
        self.folder.join("password")
    }

    fn port_file(&self) -> PathBuf {
        self.folder.join("port")
    }

    pub(crate) fn password(&self) -> Result<String, Error> {
        let path = self.password_file();
        let text = std::fs::read_to_string(&path).map_err(Error::file("reading", &path))?;
        Ok(text.trim().to_owned())
    }

    /// The port of the last start, if there was one.
    pub(crate) fn last_port(&self) -> Option<u16> {
        std::fs::read_to_string(self.port_file())
            .ok()?
            .trim()
            .parse()
            .ok()
    }

    /// Makes sure that a port which nobody listens on is written down, and returns it.
    pub(crate) fn choose_port(&self) -> Result<u16, Error> {
        let listener = self
            .last_port()
            .and_then(|port| TcpListener::bind(("127.0.0.1", port)).ok())
            .map_or_else(|| TcpListener::bind(("127.0.0.1", 0)), Ok);
        let port = listener
            .and_then(|listener| listener.local_addr())
            .map_err(Error::file("choosing a port for", &self.folder))?
            .port();
        write_private(&self.port_file(), &port.to_string())?;
        Ok(port)
    }

    /// How the superuser enters the server on the port written down.
    pub(crate) fn connection(&self) -> Result<Connection, Error> {
        let port = self.last_port().ok_or_else(|| Error::NotSetUp {
            folder: self.folder.clone(),
        })?;
        Ok(Connection::new(
            port,
            SUPERUSER,
            &self.password()?,
            "postgres",
        ))
    }

    /// Makes the cluster if it is not there. Safe to repeat after an interruption: what is half
    /// made is thrown away.
    pub(crate) async fn initialise(&self, launcher: &Launcher) -> Result<(), Error> {
        if self.is_initialised() {
            return Ok(());
        }
        create_private_dir(&self.folder)?;
        let (fresh, data) = (self.folder.join("data.new"), self.data());
        for leftover in [&fresh, &data] {
            remove_dir(leftover)?;
        }
        create_private_dir(&fresh)?;
        write_private(&self.password_file(), &random_password())?;
        launcher.give(&self.folder).await?;
        let mut arguments: Vec<OsString> = vec![
            "--no-sync".into(),
            "--encoding=UTF8".into(),
            "--auth=scram-sha-256".into(),
            format!("--username={SUPERUSER}").into(),
            joined("--pwfile=", &self.password_file()),
            joined("--pgdata=", &fresh),
        ];
        let mut with_builtin = arguments.clone();
        with_builtin.extend(
            [
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
            ]
            .map(OsString::from),
        );
        with_builtin.push(format!("--set={PASSWORD_ROUNDS}=1").into());
        // The builtin provider came with PostgreSQL 17; before it, C orders the same.
        if launcher.run("initdb", with_builtin).await.is_err() {
            remove_dir(&fresh)?;
            create_private_dir(&fresh)?;
            launcher.give(&self.folder).await?;
            arguments.push("--locale=C".into());
            launcher.run("initdb", arguments).await?;
        }
        std::fs::rename(&fresh, &data).map_err(Error::file("renaming", &fresh))
    }

    /// Writes the whole configuration anew, so that nothing of an earlier start lingers.
    pub(crate) fn configure(&self, port: u16, options: &ServerOptions) -> Result<(), Error> {
        let mut settings: Vec<(&str, String)> = vec![
            ("listen_addresses", "127.0.0.1".into()),
            ("port", port.to_string()),
            ("unix_socket_directories", String::new()),
            ("password_encryption", "scram-sha-256".into()),
            ("max_connections", "100".into()),
            ("shared_buffers", "128MB".into()),
            ("max_wal_size", "1GB".into()),
            ("timezone", "UTC".into()),
            ("lc_messages", "C".into()),
            // A statement in the log would carry row values with it.
            ("log_min_error_statement", "panic".into()),
            ("log_error_verbosity", "terse".into()),
            ("log_timezone", "UTC".into()),
        ];
        if self.counts_password_rounds() {
            settings.push((PASSWORD_ROUNDS, "1".into()));
        }
        if options.durability == Durability::ThrownAway {
            for name in ["fsync", "synchronous_commit", "full_page_writes"] {
                settings.push((name, "off".into()));
            }
        }
        let further = options
            .settings
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone()));
        let text: String = settings
            .into_iter()
            .chain(further)
            .map(|(name, value)| format!("{name} = '{}'\n", value.replace('\'', "''")))
            .collect();
        write_private(&self.data().join("postgresql.conf"), &text)
    }

    /// Whether the server lets the rounds of a password be set: PostgreSQL does since 16.
    fn counts_password_rounds(&self) -> bool {
        let version = std::fs::read_to_string(self.data().join("PG_VERSION")).unwrap_or_default();
        version.trim().parse::<u32>().is_ok_and(|major| major >= 16)
    }

    /// Waits until the server answers, and proves that it is the one of this folder.
    pub(crate) async fn wait_until_ready(&self, patience: Duration) -> Result<Connection, Error> {
        let started = Instant::now();
        loop {
            if let Some(connection) = self.answering().await? {
                return Ok(connection);
            }
            if started.elapsed() > patience {
                return Err(Error::NotAnswering {
                    folder: self.folder.clone(),
                    seconds: patience.as_secs(),
                });
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits for a server that was just started in this folder. Cheaper than asking it: the
    /// server notes in `postmaster.pid` when it is ready, and in the log why it gave up.
    pub(crate) async fn wait_for_fresh_start(&self) -> Result<Connection, Error> {
        const PATIENCE: Duration = Duration::from_secs(60);
        let started = Instant::now();
        loop {
            let notes =
                std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
            if notes.lines().any(|line| line.trim() == "ready") {
                return self.wait_until_ready(PATIENCE).await;
            }
            let log = std::fs::read_to_string(self.log()).unwrap_or_default();
            if let Some(reason) = log.lines().find(|line| line.contains("FATAL:")) {
                return Err(Error::Program {
                    program: "postgres".to_owned(),
                    detail: reason.to_owned(),
                });
            }
            if started.elapsed() > PATIENCE {
                return Err(Error::NotAnswering {
                    folder: self.folder.clone(),
                    seconds: PATIENCE.as_secs(),
                });
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The number in `postmaster.pid`. Proves nothing about who has that number now.
    pub(crate) fn server_pid(&self) -> Option<u32> {
        let notes = std::fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        notes.lines().next()?.trim().parse().ok()
    }

    /// The connection when the server of this very folder answers on our port to our password.
    /// Somebody else's server on that port is nobody of ours.
    pub(crate) async fn answering(&self) -> Result<Option<Connection>, Error> {
        if !self.is_initialised() || self.last_port().is_none() {
            return Ok(None);
        }
        let connection = self.connection()?;
        let attempt = async {
            let mut session = connection.options().connect().await?;
            let data: String = sqlx::query_scalar("SHOW data_directory")
                .fetch_one(&mut session)
                .await?;
            session.close().await?;
            Ok::<_, sqlx::Error>(data)
        };
        let answer = tokio::time::timeout(Duration::from_secs(5), attempt).await;
        let ours = matches!(&answer, Ok(Ok(data)) if same_folder(Path::new(data), &self.data()));
        Ok(ours.then_some(connection))
    }
}

/// Makes a cluster in `folder` (its `data/`, password and settings) without starting it.
///
/// # Errors
/// When the server's programs cannot run here or the folder cannot be written.
pub async fn initialise(binaries: &Binaries, folder: &Path) -> Result<(), Error> {
    let cluster = Cluster::in_folder(folder);
    create_private_dir(&cluster.folder)?;
    let launcher = Launcher::prepare(binaries, &cluster.links()).await?;
    cluster.initialise(&launcher).await
}

/// Makes `folder`, which is still empty, a copy of the cluster in `image`, which is not running.
///
/// # Errors
/// [`Error::File`] where it cannot be copied.
pub async fn place(image: &Path, folder: &Path) -> Result<(), Error> {
    let (from, to) = (Cluster::in_folder(image), Cluster::in_folder(folder));
    tokio::task::spawn_blocking(move || copy_cluster(&from, &to))
        .await
        .map_err(|failed| Error::file("copying", image)(failed.into()))?
}

/// Copies what makes a cluster: its data and its password.
fn copy_cluster(from: &Cluster, to: &Cluster) -> Result<(), Error> {
    if !from.is_initialised() {
        return Err(Error::NotSetUp {
            folder: from.folder.clone(),
        });
    }
    create_private_dir(&to.folder)?;
    write_private(&to.password_file(), &from.password()?)?;
    let roles = crate::access::file(&from.folder);
    if let Ok(text) = std::fs::read_to_string(&roles) {
        write_private(&crate::access::file(&to.folder), &text)?;
    }
    copy_tree(&from.data(), &to.data())
}

fn copy_tree(from: &Path, to: &Path) -> Result<(), Error> {
    create_private_dir(to)?;
    for entry in std::fs::read_dir(from).map_err(Error::file("reading", from))? {
        let entry = entry.map_err(Error::file("reading", from))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            copy_tree(&source, &target)?;
        } else {
            std::fs::copy(&source, &target).map_err(Error::file("copying", &source))?;
        }
    }
    Ok(())
}

fn same_folder(one: &Path, other: &Path) -> bool {
    match (std::fs::canonicalize(one), std::fs::canonicalize(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}

pub(crate) fn joined(option: &str, path: &Path) -> OsString {
    let mut text = OsString::from(option);
    text.push(path);
    text
}

/// 32 letters and digits, 190 bits.
pub(crate) fn random_password() -> String {
    let mut source = rand::rng();
    (0..32)
        .map(|_| char::from(source.sample(rand::distr::Alphanumeric)))
        .collect()
}

pub(crate) fn remove_dir(path: &Path) -> Result<(), Error> {
    match std::fs::remove_dir_all(path) {
        Err(failed) if failed.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::file("removing", path)(failed))
        }
        _ => Ok(()),
    }
}

pub(crate) fn create_private_dir(path: &Path) -> Result<(), Error> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(Error::file("creating", path))
}

/// Replaces a small file in one step, readable by its owner alone.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(Error::file("writing", path))?;
    file.write_all(text.as_bytes())
        .map_err(Error::file("writing", path))?;
    file.persist(path)
        .map_err(|failed| Error::file("writing", path)(failed.error))?;
    Ok(())
}
