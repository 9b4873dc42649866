use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::failure;
use super::password::Password;
use super::url::{ConnectionUrl, encoded};
use crate::error::{Code, Error, Result};

const DEFAULT_PORT: u16 = 5432;
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const APPLICATION_NAME: &str = "snapback";

/// Parameters of other clients that change nothing about the connection that we make.
const IGNORED_PARAMETERS: &[&str] = &[
    "application_name",
    "fallback_application_name",
    "pgbouncer",
    "schema",
    "connection_limit",
    "gssencmode",
];

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    /// Not at all; to another computer only where the connection string asks for it.
    Off,
    /// Where the server offers it; only to this computer itself.
    WhereOffered,
    /// Encrypted, without a look at the server's certificate.
    Required,
    /// Encrypted, with a certificate from a known authority.
    VerifyAuthority,
    /// Encrypted, with a certificate from a known authority for this very host.
    VerifyHost,
}

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
            tls: default_tls(&host),
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

    /// Reads a connection string, `postgres://user:password@host:port/database?sslmode=...`.
    ///
    /// `sslmode=prefer` and `allow` mean `require` for another computer, since they would fall back
    /// to an open connection without a word; `require` with `sslrootcert` means `verify-ca`.
    ///
    /// # Errors
    /// `invalid_connection`; the message never repeats the string.
    pub fn from_url(text: &str) -> Result<Self> {
        let url = ConnectionUrl::read(text).map_err(invalid)?;
        let mut settings = Self::new(
            url.host,
            url.port.unwrap_or(DEFAULT_PORT),
            url.user,
            url.database,
        );
        settings.password = url.password.map(Password::new);

        let mut mode = None;
        let mut certificate = None;
        let mut key = None;
        for (name, value) in url.parameters {
            match name.as_str() {
                "host" | "hostaddr" => settings.host = value,
                "port" => {
                    settings.port = value
                        .parse()
                        .map_err(|_| invalid("Its port is not a number."))?
                }
                "user" => settings.user = value,
                "password" => settings.password = Some(Password::new(value)),
                "dbname" => settings.database = value,
                "sslmode" => mode = Some(value),
                "sslrootcert" => settings.root_certificate = Some(PathBuf::from(value)),
                "sslcert" => certificate = Some(PathBuf::from(value)),
                "sslkey" => key = Some(PathBuf::from(value)),
                "connect_timeout" => {
                    let seconds = value
                        .parse()
                        .map_err(|_| invalid("Its connect_timeout is not a number of seconds."))?;
                    settings.connect_timeout = if seconds == 0 {
                        DEFAULT_CONNECT_TIMEOUT
                    } else {
                        Duration::from_secs(seconds)
                    };
                }
                known if IGNORED_PARAMETERS.contains(&known) => {}
                other => {
                    return Err(invalid("It has a parameter that is not known here.")
                        .with("parameter", other));
                }
            }
        }
        settings.client_certificate = match (certificate, key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => return Err(invalid("sslcert and sslkey belong together.")),
        };
        settings.tls = tls_of(
            mode.as_deref(),
            &settings.host,
            settings.root_certificate.is_some(),
        )?;
        settings.checked()
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

    /// The connection string that [`Settings::from_url`] reads back to the same settings, without
    /// the password.
    #[must_use]
    pub fn url_without_password(&self) -> String {
        let mut parameters = Vec::new();
        let host = if self.host.starts_with('/') {
            parameters.push(("host", self.host.clone()));
            String::new()
        } else if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            encoded(&self.host)
        };
        if self.tls != default_tls(&self.host) || self.root_certificate.is_some() {
            parameters.push(("sslmode", mode_word(self.tls).to_owned()));
        }
        let paths = [
            ("sslrootcert", self.root_certificate()),
            ("sslcert", self.client_certificate().map(|(path, _)| path)),
            ("sslkey", self.client_certificate().map(|(_, path)| path)),
        ];
        for (name, path) in paths {
            parameters.extend(path.map(|path| (name, path.display().to_string())));
        }
        if self.connect_timeout != DEFAULT_CONNECT_TIMEOUT {
            let seconds = self.connect_timeout.as_secs().to_string();
            parameters.push(("connect_timeout", seconds));
        }
        let query: Vec<String> = parameters
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        format!(
            "postgres://{}@{host}:{}/{}{}{}",
            encoded(&self.user),
            self.port,
            encoded(&self.database),
            if query.is_empty() { "" } else { "?" },
            query.join("&"),
        )
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
        let mode = match self.tls {
            Tls::Off => PgSslMode::Disable,
            Tls::WhereOffered => PgSslMode::Prefer,
            Tls::Required => PgSslMode::Require,
            Tls::VerifyAuthority => PgSslMode::VerifyCa,
            Tls::VerifyHost => PgSslMode::VerifyFull,
        };
        let mut options = PgConnectOptions::new_without_pgpass()
            .host(&self.host)
            .port(self.port)
            .username(&self.user)
            .password(self.password.as_ref().map_or("", Password::reveal))
            .database(&self.database)
            .application_name(APPLICATION_NAME)
            .extra_float_digits(None)
            .ssl_mode(mode)
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

    fn checked(mut self) -> Result<Self> {
        if self.host.is_empty() {
            return Err(invalid("It names no host."));
        }
        if self.user.is_empty() {
            return Err(invalid("It names no user."));
        }
        if self.database.is_empty() {
            self.database.clone_from(&self.user);
        }
        Ok(self)
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

fn mode_word(tls: Tls) -> &'static str {
    match tls {
        Tls::Off => "disable",
        Tls::WhereOffered => "prefer",
        Tls::Required => "require",
        Tls::VerifyAuthority => "verify-ca",
        Tls::VerifyHost => "verify-full",
    }
}

fn is_this_computer(host: &str) -> bool {
    host.starts_with('/')
        || host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn default_tls(host: &str) -> Tls {
    if is_this_computer(host) {
        Tls::WhereOffered
    } else {
        Tls::Required
    }
}

fn tls_of(mode: Option<&str>, host: &str, has_root_certificate: bool) -> Result<Tls> {
    Ok(match mode {
        Some("disable") => Tls::Off,
        None | Some("prefer" | "allow") if has_root_certificate && !is_this_computer(host) => {
            Tls::VerifyAuthority
        }
        None | Some("prefer" | "allow") => default_tls(host),
        Some("require") if has_root_certificate => Tls::VerifyAuthority,
        Some("require") => Tls::Required,
        Some("verify-ca") => Tls::VerifyAuthority,
        Some("verify-full") => Tls::VerifyHost,
        Some(_) => {
            return Err(invalid(
                "Its sslmode is not one of disable, prefer, require, verify-ca, verify-full.",
            ));
        }
    })
}

fn invalid(why: &'static str) -> Error {
    Error::new(Code::InvalidConnection, format!("The connection string cannot be read. {why}"))
        .hint("Write it as postgres://user:password@host:5432/database; special characters in the password as %XX.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Settings {
        Settings::from_url(url).unwrap()
    }

    #[test]
    fn a_url_is_read_in_all_its_parts() {
        let settings = read(
            "postgresql://app%40x:p%2Fw@db.example:6000/carbon?sslmode=verify-full&connect_timeout=3",
        );
        assert_eq!(settings.target(), "db.example:6000/carbon");
        assert_eq!(
            (settings.user(), settings.tls()),
            ("app@x", Tls::VerifyHost)
        );
        assert_eq!(
            settings.password.as_ref().map(Password::reveal),
            Some("p/w")
        );
        assert_eq!(settings.connect_timeout, Duration::from_secs(3));
    }

    #[test]
    fn the_database_is_named_like_the_user_and_the_port_is_postgres_own_where_none_is_given() {
        assert_eq!(
            read("postgres://app@localhost").target(),
            "localhost:5432/app"
        );
    }

    #[test]
    fn another_computer_is_never_spoken_to_openly_unless_the_url_says_so() {
        for url in [
            "postgres://u@db/x",
            "postgres://u@db/x?sslmode=prefer",
            "postgres://u@db/x?sslmode=allow",
        ] {
            assert_eq!(read(url).tls(), Tls::Required, "{url}");
        }
        assert_eq!(read("postgres://u@db/x?sslmode=disable").tls(), Tls::Off);
        assert_eq!(
            read("postgres://u@db/x?sslmode=require&sslrootcert=ca.pem").tls(),
            Tls::VerifyAuthority
        );
    }

    #[test]
    fn this_computer_may_be_spoken_to_openly() {
        for host in [
            "localhost",
            "127.0.0.1",
            "[::1]",
            "%2Fvar%2Frun%2Fpostgresql",
        ] {
            assert_eq!(
                read(&format!("postgres://u@{host}/x")).tls(),
                Tls::WhereOffered,
                "{host}"
            );
        }
        assert_eq!(read("postgres://u@[::1]/x").host(), "::1");
        assert_eq!(read("postgres:///x?host=/run/pg&user=u").host(), "/run/pg");
    }

    #[test]
    fn what_cannot_be_read_is_refused_without_repeating_it() {
        for url in [
            "hunter2",
            "http://u:hunter2@h/x",
            "postgres://:hunter2@h/x",
            "postgres://u:hunter2@h/x?sslmode=hunter2",
            "postgres://u:hunter2@h:hunter2/x",
            "postgres://u:hunter2@h/x?colour=hunter2",
        ] {
            let error = Settings::from_url(url).unwrap_err();
            assert_eq!(error.code(), Code::InvalidConnection, "{url}");
            assert!(!format!("{error:?}").contains("hunter2"), "{url}");
        }
    }

    #[test]
    fn settings_are_written_as_the_url_that_they_were_read_from() {
        for url in [
            "postgres://u@db.example:5432/x",
            "postgres://app%40x@db.example:6000/a%20b?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem",
            "postgres://u@db.example:5432/x?sslmode=disable&connect_timeout=3",
            "postgres://u@[::1]:5432/x?sslmode=require",
            "postgres://u@:5432/x?host=%2Frun%2Fpg",
            "postgres://u@db.example:5432/x?sslmode=verify-ca&sslrootcert=ca.pem&sslcert=me.pem&sslkey=me.key",
        ] {
            assert_eq!(read(url).url_without_password(), url);
        }
        let written = read("postgres://u:hunter2@h/x").url_without_password();
        assert_eq!(written, "postgres://u@h:5432/x");
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
