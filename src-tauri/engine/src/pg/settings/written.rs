//! Settings as a connection string.

use std::path::PathBuf;
use std::time::Duration;

use super::url::{ConnectionUrl, encoded};
use super::{DEFAULT_CONNECT_TIMEOUT, Settings, Tls};
use crate::error::{Code, Error, Result};
use crate::pg::Password;

const DEFAULT_PORT: u16 = 5432;

/// Parameters of other clients that change nothing about the connection that we make.
const IGNORED_PARAMETERS: &[&str] = &[
    "application_name",
    "fallback_application_name",
    "pgbouncer",
    "schema",
    "connection_limit",
    "gssencmode",
];

impl Settings {
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
        let has_root_certificate = settings.root_certificate.is_some();
        settings.tls = Tls::of_mode(mode.as_deref(), &settings.host, has_root_certificate)
            .ok_or_else(|| {
                invalid(
                    "Its sslmode is not one of disable, prefer, require, verify-ca, verify-full.",
                )
            })?;
        settings.checked()
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
        if self.tls != Tls::usual(&self.host) || self.root_certificate.is_some() {
            parameters.push(("sslmode", self.tls.mode().to_owned()));
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
}
