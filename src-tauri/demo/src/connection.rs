//! Where a database of ours listens, and as whom to enter it.

use std::fmt;

use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// The parts of a connection to a server on this computer.
///
/// `Debug` masks the password; there is no `Display` and no serialisation, so that a password
/// leaves only by [`Connection::password`] and [`Connection::url`].
#[derive(Clone, PartialEq, Eq)]
pub struct Connection {
    /// Always a loopback address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// The role to log in as.
    pub user: String,
    /// The database to enter.
    pub database: String,
    password: String,
}

impl Connection {
    pub(crate) fn new(port: u16, user: &str, password: &str, database: &str) -> Connection {
        Connection {
            host: "127.0.0.1".to_owned(),
            port,
            user: user.to_owned(),
            database: database.to_owned(),
            password: password.to_owned(),
        }
    }

    /// The password in clear.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// The whole as a `postgres://` URL, password included: for handing over, not for showing.
    pub fn url(&self) -> String {
        format!(
            "postgres://{}:{}@{}:{}/{}",
            percent_encoded(&self.user),
            percent_encoded(&self.password),
            self.host,
            self.port,
            percent_encoded(&self.database),
        )
    }

    /// The same server and role, another database.
    pub fn with_database(&self, database: &str) -> Connection {
        Connection {
            database: database.to_owned(),
            ..self.clone()
        }
    }

    /// The same server and database, another role.
    pub fn with_role(&self, user: &str, password: &str) -> Connection {
        Connection {
            user: user.to_owned(),
            password: password.to_owned(),
            ..self.clone()
        }
    }

    /// The same for the driver. No TLS: the server has none and listens on loopback only.
    pub fn options(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host(&self.host)
            .port(self.port)
            .username(&self.user)
            .password(&self.password)
            .database(&self.database)
            .ssl_mode(PgSslMode::Disable)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("user", &self.user)
            .field("database", &self.database)
            .field("password", &"***")
            .finish()
    }
}

fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
