mod tls;
mod url;
mod written;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;

use super::failure;
use super::password::Password;
use crate::error::{Error, Result};

pub use tls::Tls;
use tls::is_this_computer;

const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const APPLICATION_NAME: &str = "snapback";

/// Our end of a tunnel to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TunnelEnd {
    /// The folder of the Unix socket that leads to the server.
    folder: PathBuf,
    /// Through which machine, for people.
    via: String,
}

/// Where to connect, and as whom.
#[derive(Clone)]
pub struct Settings {
    host: String,
    port: u16,
    user: String,
    database: String,
    password: Option<Password>,
    tls: Tls,
    root_certificate: Option<PathBuf>,
    client_certificate: Option<(PathBuf, PathBuf)>,
    connect_timeout: Duration,
    tunnel: Option<TunnelEnd>,
    is_read_only: bool,
    // Shared by all clones: the look for a transaction pooler is made once, not per session.
    known_direct: Arc<AtomicBool>,
}

impl Settings {
    /// Settings without a password; TLS as the host asks for it (see [`Tls`]).
    pub fn new(
        host: impl Into<String>,
        port: u16,
        user: impl Into<String>,
        database: impl Into<String>,
    ) -> Self {
        let host = host.into();
        Self {
            tls: Tls::usual(&host),
            host,
            port,
            user: user.into(),
            database: database.into(),
            password: None,
            root_certificate: None,
            client_certificate: None,
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
            tunnel: None,
            is_read_only: false,
            known_direct: Arc::default(),
        }
    }

    /// The same with a password.
    #[must_use]
    pub fn with_password(mut self, password: Password) -> Self {
        self.password = Some(password);
        self
    }

    /// The same with another protection.
    #[must_use]
    pub fn with_tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self.known_direct = Arc::default();
        self
    }

    /// The same, with a file of the authorities whose certificates count besides the public ones.
    #[must_use]
    pub fn with_root_certificate(mut self, path: impl Into<PathBuf>) -> Self {
        self.root_certificate = Some(path.into());
        self
    }

    /// The same, showing the server a certificate of ours and proving it with its key.
    #[must_use]
    pub fn with_client_certificate(
        mut self,
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        self.client_certificate = Some((certificate.into(), key.into()));
        self
    }

    /// The same through a tunnel whose near end is the Unix socket `.s.PGSQL.<port>` in that folder.
    /// Certificates are still checked against the server's own name. `via` is the machine that the
    /// tunnel goes through, for people.
    #[must_use]
    pub fn through(mut self, folder: impl Into<PathBuf>, via: impl Into<String>) -> Self {
        self.tunnel = Some(TunnelEnd {
            folder: folder.into(),
            via: via.into(),
        });
        self.known_direct = Arc::default();
        self
    }

    /// The same, for sessions in which the server refuses every write.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.is_read_only = true;
        self
    }

    /// The same for another database of the server.
    #[must_use]
    pub fn with_database(mut self, database: impl Into<String>) -> Self {
        self.database = database.into();
        self.known_direct = Arc::default();
        self
    }

    /// The same as another role.
    #[must_use]
    pub fn with_user(mut self, user: impl Into<String>, password: Option<Password>) -> Self {
        self.user = user.into();
        self.password = password;
        self.known_direct = Arc::default();
        self
    }

    /// The host: a name, an address, or the folder of a Unix socket.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The role.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// How the connection is protected.
    #[must_use]
    pub fn tls(&self) -> Tls {
        self.tls
    }

    /// The password, if there is one.
    #[must_use]
    pub fn password(&self) -> Option<&Password> {
        self.password.as_ref()
    }

    /// The file of authorities whose certificates count besides the public ones.
    #[must_use]
    pub fn root_certificate(&self) -> Option<&Path> {
        self.root_certificate.as_deref()
    }

    /// Our certificate and its key.
    #[must_use]
    pub fn client_certificate(&self) -> Option<(&Path, &Path)> {
        let (certificate, key) = self.client_certificate.as_ref()?;
        Some((certificate, key))
    }

    /// Whether the server refuses every write.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    /// Makes sure that this connection may write at all.
    ///
    /// # Errors
    /// `connection_read_only`.
    pub fn require_writes(&self) -> Result<()> {
        if self.is_read_only {
            return Err(failure::read_only());
        }
        Ok(())
    }

    /// Whether the server is this computer itself, as far as its name tells.
    #[must_use]
    pub fn is_this_computer(&self) -> bool {
        is_this_computer(&self.host)
    }

    /// The database for people: `host:port/database`, and through which machine.
    #[must_use]
    pub fn target(&self) -> String {
        let direct = format!("{}:{}/{}", self.host, self.port, self.database);
        match &self.tunnel {
            Some(tunnel) => format!("{direct} via {}", tunnel.via),
            None => direct,
        }
    }

    pub(super) fn connect_timeout(&self) -> Duration {
        self.connect_timeout
    }

    pub(super) fn is_known_direct(&self) -> bool {
        self.known_direct.load(Ordering::Relaxed)
    }

    pub(super) fn note_direct(&self) {
        self.known_direct.store(true, Ordering::Relaxed);
    }

    /// Makes sure that the files of certificates are there, which the driver would report as a server
    /// that cannot be reached.
    pub(super) async fn check_files(&self) -> Result<()> {
        let client = self
            .client_certificate
            .iter()
            .flat_map(|(certificate, key)| [certificate, key]);
        for path in self.root_certificate.iter().chain(client) {
            if let Err(error) = tokio::fs::metadata(path).await {
                return Err(Error::local_file(
                    "a certificate of the connection",
                    path,
                    &error,
                ));
            }
        }
        Ok(())
    }

    /// What the driver is told. Everything that it would otherwise take from the environment is set.
    pub(super) fn options(&self) -> PgConnectOptions {
        let mut options = PgConnectOptions::new_without_pgpass()
            .host(&self.host)
            .port(self.port)
            .username(&self.user)
            .password(self.password.as_ref().map_or("", Password::reveal))
            .database(&self.database)
            .application_name(APPLICATION_NAME)
            .extra_float_digits(None)
            .ssl_mode(self.tls.for_driver())
            .disable_statement_logging();
        if let Some(path) = &self.root_certificate {
            options = options.ssl_root_cert(path);
        }
        if let Some((certificate, key)) = &self.client_certificate {
            options = options.ssl_client_cert(certificate).ssl_client_key(key);
        }
        if let Some(tunnel) = &self.tunnel {
            // The driver checks certificates against the host, wherever the socket leads.
            options = options.socket(&tunnel.folder);
        }
        options
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("target", &self.target())
            .field("user", &self.user)
            .field("password", &self.password)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.target())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Settings {
        Settings::from_url(url).unwrap()
    }

    #[test]
    fn a_tunnel_is_named_and_changes_nothing_about_the_server() {
        let settings = read("postgres://u@localhost/x").through("/run/t", "bastion");
        assert_eq!(settings.target(), "localhost:5432/x via bastion");
        assert_eq!(settings.host(), "localhost");
        let options = settings.options();
        assert_eq!(options.get_host(), "localhost");
        assert_eq!(options.get_socket(), Some(&PathBuf::from("/run/t")));
    }

    #[test]
    fn the_password_is_not_shown() {
        let settings = read("postgres://u:hunter2@localhost/x");
        assert!(!format!("{settings:?} {settings}").contains("hunter2"));
        assert!(
            !format!(
                "{:?} {}",
                settings.password,
                settings.password.as_ref().unwrap()
            )
            .contains("hunter2")
        );
    }
}
