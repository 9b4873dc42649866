use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use snapback_engine::pg::{Settings, Tls};
use snapback_engine::{Code, Error, Result};

use crate::tunnel::Gate;

/// Whether a connection to another computer may do without encryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plaintext {
    /// It may not.
    #[default]
    Refused,
    /// Somebody said that it may.
    Allowed,
}

/// Where a database is and how it is reached; everything but the password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// A name, an address, or the folder of a Unix socket; as the SSH server sees it where there is
    /// a tunnel.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The role.
    pub user: String,
    /// The database.
    pub database: String,
    /// How the connection is protected.
    pub tls: Tls,
    /// Whether it may be unprotected.
    #[serde(default)]
    pub plaintext: Plaintext,
    /// File of the authorities whose certificates count besides the public ones.
    #[serde(default)]
    pub root_certificate: Option<PathBuf>,
    /// Our certificate and its key.
    #[serde(default)]
    pub client_certificate: Option<(PathBuf, PathBuf)>,
    /// The SSH server that it is reached through.
    #[serde(default)]
    pub tunnel: Option<Gate>,
}

impl Address {
    /// The address that those settings lead to, directly.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        Self {
            host: settings.host().to_owned(),
            port: settings.port(),
            user: settings.user().to_owned(),
            database: settings.database().to_owned(),
            tls: settings.tls(),
            plaintext: Plaintext::Refused,
            root_certificate: settings.root_certificate().map(Into::into),
            client_certificate: settings
                .client_certificate()
                .map(|(certificate, key)| (certificate.into(), key.into())),
            tunnel: None,
        }
    }

    /// Reads a connection string; what it says about the password is in the settings beside it.
    ///
    /// # Errors
    /// `invalid_connection`; the message never repeats the string.
    pub fn from_url(url: &str) -> Result<(Self, Settings)> {
        let settings = Settings::from_url(url.trim())?;
        Ok((Self::of(&settings), settings))
    }

    /// The connection string, without the password.
    #[must_use]
    pub fn url(&self) -> String {
        self.unchecked().url_without_password()
    }

    /// Where it leads, for people.
    #[must_use]
    pub fn target(&self) -> String {
        match &self.tunnel {
            Some(gate) => format!("{} via {}", self.unchecked().target(), gate.host),
            None => self.unchecked().target(),
        }
    }

    /// Settings for the engine, without password and tunnel.
    ///
    /// # Errors
    /// `invalid_connection` where something is missing; `tls_failed` where nothing would protect the
    /// connection to another computer and nobody allowed that.
    pub fn settings(&self) -> Result<Settings> {
        for (part, value) in [
            ("host", &self.host),
            ("user", &self.user),
            ("database", &self.database),
        ] {
            if value.trim().is_empty() {
                return Err(Error::new(
                    Code::InvalidConnection,
                    format!("The connection names no {part}."),
                )
                .with("field", part));
            }
        }
        let settings = self.unchecked();
        let is_open = matches!(self.tls, Tls::Off | Tls::WhereOffered);
        if is_open && !settings.is_this_computer() && self.plaintext == Plaintext::Refused {
            return Err(Error::new(
                Code::TlsFailed,
                "Without TLS everybody on the way to that computer could read along.",
            )
            .hint("Choose a TLS mode, or allow this connection to be unencrypted.")
            .with("field", "tls"));
        }
        Ok(settings)
    }

    fn unchecked(&self) -> Settings {
        let mut settings =
            Settings::new(&self.host, self.port, &self.user, &self.database).with_tls(self.tls);
        if let Some(path) = &self.root_certificate {
            settings = settings.with_root_certificate(path);
        }
        if let Some((certificate, key)) = &self.client_certificate {
            settings = settings.with_client_certificate(certificate, key);
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str) -> Address {
        Address::from_url(url).unwrap().0
    }

    #[test]
    fn a_url_and_the_fields_say_the_same() {
        let url = "postgres://app@db.example:6000/carbon?sslmode=verify-full&sslrootcert=ca.pem";
        assert_eq!(address(url).url(), url);
        let (address, settings) = Address::from_url("  postgres://u:hunter2@h/x \n").unwrap();
        assert_eq!(settings.password().unwrap().reveal(), "hunter2");
        let kept = serde_json::to_string(&address).unwrap();
        assert!(!kept.contains("hunter2") && !format!("{address:?}").contains("hunter2"));
    }

    #[test]
    fn another_computer_is_spoken_to_openly_only_where_somebody_allowed_it() {
        for tls in [Tls::Off, Tls::WhereOffered] {
            let mut open = address("postgres://u@db.example/x");
            open.tls = tls;
            let refused = open.settings().unwrap_err();
            assert_eq!(refused.code(), Code::TlsFailed);
            open.plaintext = Plaintext::Allowed;
            open.settings().unwrap();
        }
        let mut here = address("postgres://u@localhost/x");
        here.tls = Tls::Off;
        here.settings().unwrap();
    }

    #[test]
    fn what_is_missing_is_named() {
        let mut without = address("postgres://u@h/x");
        without.database = " ".to_owned();
        let refused = without.settings().unwrap_err();
        assert_eq!(refused.code(), Code::InvalidConnection);
        assert_eq!(refused.context()["field"], "database");
    }
}
