//! Databases that the app can work on, as they are shown, edited, tried out and found in files.

use std::fmt;

use serde::{Deserialize, Serialize};
use snapback_engine::archive::Passphrase;
use snapback_engine::company::{self, Reading, StateSchema as Schema};
use snapback_engine::files::Keys;
use snapback_engine::pg::{self, RestorePath};
use snapback_engine::{Code, Error, uploads};
use snapback_host::connections::{self as saved, Address, Plaintext, SavedConnection};
use snapback_host::imports;
use snapback_host::tunnel::Gate;
use ts_rs::TS;
use uuid::Uuid;

use crate::WireError;

macro_rules! mirrored {
    ($(#[$doc:meta])* $name:ident of $theirs:ty { $($(#[$variant_doc:meta])* $variant:ident,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl From<$theirs> for $name {
            fn from(value: $theirs) -> Self {
                match value { $(<$theirs>::$variant => Self::$variant,)* }
            }
        }

        impl From<$name> for $theirs {
            fn from(value: $name) -> Self {
                match value { $($name::$variant => Self::$variant,)* }
            }
        }
    };
}

mirrored! {
    /// By what a connection is told apart at a glance.
    ConnectionColor of saved::Color {
        /// The colour.
        Gray,
        /// The colour.
        Red,
        /// The colour.
        Orange,
        /// The colour.
        Green,
        /// The colour.
        Teal,
        /// The colour.
        Blue,
        /// The colour.
        Purple,
    }
}

mirrored! {
    /// What a database is used for.
    Environment of saved::Environment {
        /// People work with it.
        Production,
        /// It looks like production, and nobody depends on it.
        Staging,
        /// For trying things out.
        Development,
    }
}

mirrored! {
    /// How a connection is protected.
    TlsMode of pg::Tls {
        /// Not at all.
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
}

/// A password on its way to or from the field that it is typed in. Shows nothing of itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl From<Secret> for Passphrase {
    fn from(secret: Secret) -> Self {
        Self::given(secret.0)
    }
}

impl From<Secret> for pg::Password {
    fn from(secret: Secret) -> Self {
        Self::new(secret.0)
    }
}

impl From<&pg::Password> for Secret {
    fn from(password: &pg::Password) -> Self {
        Self(password.reveal().to_owned())
    }
}

/// The keys of a storage on their way from the fields that they are typed in. Show nothing of themselves.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct StorageKeys {
    /// Who.
    pub access_key_id: Secret,
    /// The secret.
    pub secret_access_key: Secret,
}

impl From<StorageKeys> for Keys {
    fn from(keys: StorageKeys) -> Self {
        let StorageKeys {
            access_key_id: Secret(access_key_id),
            secret_access_key: Secret(secret_access_key),
        } = keys;
        Self {
            access_key_id: access_key_id.trim().to_owned(),
            secret_access_key: secret_access_key.trim().to_owned(),
            session_token: None,
        }
    }
}

/// A database that the app can work on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Connection {
    /// By which commands name it.
    pub id: String,
    /// Name for people.
    pub title: String,
    /// Key of the company that may be damaged to try things out; `null` where the database is not the
    /// demo's.
    pub demo_company: Option<String>,
    /// Whether the person saved it, and so may change and remove it.
    pub is_saved: bool,
    /// Its colour.
    pub color: ConnectionColor,
    /// What it is used for; `null` where nobody said.
    pub environment: Option<Environment>,
    /// Whether everything that writes is refused.
    pub is_read_only: bool,
    /// Whether its database role may write nothing of the application, as far as that is known: once it is open.
    pub role_only_reads: bool,
    /// E-mail address of the application's user on whose behalf it is used.
    pub acting_as: Option<String>,
    /// Where it leads, for people; `null` where that is known only once it is open.
    pub target: Option<String>,
    /// Where the application's uploaded files are; `null` where nobody has said.
    pub storage: Option<ConnectionStorage>,
}

/// Where an application's uploaded files are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ConnectionStorage {
    /// Where, for people, without keys.
    pub address: String,
    /// Why files cannot be had from there now; `null` where nothing stands in the way, or where that is
    /// known only once the connection is open.
    pub problem: Option<WireError>,
}

impl Connection {
    /// One that nobody saved.
    #[must_use]
    pub fn unsaved(id: &str, title: &str) -> Self {
        Self {
            id: id.to_owned(),
            title: title.to_owned(),
            demo_company: None,
            is_saved: false,
            color: ConnectionColor::Gray,
            environment: None,
            is_read_only: false,
            role_only_reads: false,
            acting_as: None,
            target: None,
            storage: None,
        }
    }
}

impl From<&SavedConnection> for Connection {
    fn from(connection: &SavedConnection) -> Self {
        let SavedConnection {
            id,
            name,
            color,
            environment,
            is_read_only,
            address,
            acting_as,
            profile: _,
            storage,
        } = connection;
        Self {
            id: id.to_string(),
            title: name.clone(),
            demo_company: None,
            is_saved: true,
            color: (*color).into(),
            environment: Some((*environment).into()),
            is_read_only: *is_read_only,
            role_only_reads: false,
            acting_as: acting_as.clone(),
            target: Some(address.target()),
            storage: storage.as_ref().map(|address| ConnectionStorage {
                address: address.clone(),
                problem: None,
            }),
        }
    }
}

/// A connection as it is edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConnectionForm {
    /// The one that is changed; `null` for a new one.
    pub id: Option<String>,
    /// Name for people.
    pub name: String,
    /// Its colour.
    pub color: ConnectionColor,
    /// What it is used for.
    pub environment: Environment,
    /// Whether everything that writes is refused.
    pub is_read_only: bool,
    /// E-mail address of the application's user on whose behalf it is used.
    pub acting_as: Option<String>,
    /// How the application's schema is read: a profile that comes with Snapback, or a file.
    pub profile: String,
    /// Where the application's uploaded files are, as a URL without keys.
    pub storage: Option<String>,
    /// Where it leads.
    pub address: ConnectionAddress,
}

impl From<&SavedConnection> for ConnectionForm {
    fn from(connection: &SavedConnection) -> Self {
        let SavedConnection {
            id,
            name,
            color,
            environment,
            is_read_only,
            address,
            acting_as,
            profile,
            storage,
        } = connection;
        Self {
            id: Some(id.to_string()),
            name: name.clone(),
            color: (*color).into(),
            environment: (*environment).into(),
            is_read_only: *is_read_only,
            acting_as: acting_as.clone(),
            profile: profile.clone(),
            storage: storage.clone(),
            address: address.into(),
        }
    }
}

impl TryFrom<ConnectionForm> for SavedConnection {
    type Error = Error;

    /// The connection that the form describes; a new one has a new id.
    ///
    /// # Errors
    /// `no_such_connection` where the id is none; `invalid_connection` where the port is none.
    fn try_from(form: ConnectionForm) -> Result<Self, Error> {
        let ConnectionForm {
            id,
            name,
            color,
            environment,
            is_read_only,
            acting_as,
            profile,
            storage,
            address,
        } = form;
        let id = match id {
            None => Uuid::new_v4(),
            Some(id) => id
                .parse()
                .map_err(|_| Error::new(Code::NoSuchConnection, "This connection is gone."))?,
        };
        Ok(Self {
            id,
            name,
            color: color.into(),
            environment: environment.into(),
            is_read_only,
            address: address.into(),
            acting_as: said(acting_as),
            profile,
            storage: said(storage),
        })
    }
}

/// Where a database is and how it is reached; everything but the password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConnectionAddress {
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
    pub tls: TlsMode,
    /// Whether somebody allowed it to be unprotected.
    pub allows_plaintext: bool,
    /// File of the authorities whose certificates count besides the public ones.
    pub root_certificate: Option<String>,
    /// Our certificate's file and its key's.
    pub client_certificate: Option<(String, String)>,
    /// The SSH server that it is reached through.
    pub tunnel: Option<SshTunnel>,
}

impl From<&Address> for ConnectionAddress {
    fn from(address: &Address) -> Self {
        let Address {
            host,
            port,
            user,
            database,
            tls,
            plaintext,
            root_certificate,
            client_certificate,
            tunnel,
        } = address;
        let text = |path: &std::path::PathBuf| path.display().to_string();
        Self {
            host: host.clone(),
            port: *port,
            user: user.clone(),
            database: database.clone(),
            tls: (*tls).into(),
            allows_plaintext: *plaintext == Plaintext::Allowed,
            root_certificate: root_certificate.as_ref().map(text),
            client_certificate: client_certificate
                .as_ref()
                .map(|(certificate, key)| (text(certificate), text(key))),
            tunnel: tunnel.as_ref().map(SshTunnel::from),
        }
    }
}

impl From<ConnectionAddress> for Address {
    fn from(address: ConnectionAddress) -> Self {
        let ConnectionAddress {
            host,
            port,
            user,
            database,
            tls,
            allows_plaintext,
            root_certificate,
            client_certificate,
            tunnel,
        } = address;
        Self {
            host: host.trim().to_owned(),
            port,
            user: user.trim().to_owned(),
            database: database.trim().to_owned(),
            tls: tls.into(),
            plaintext: if allows_plaintext {
                Plaintext::Allowed
            } else {
                Plaintext::Refused
            },
            root_certificate: said(root_certificate).map(Into::into),
            client_certificate: client_certificate
                .map(|(certificate, key)| (certificate.into(), key.into())),
            tunnel: tunnel.map(Gate::from),
        }
    }
}

/// The SSH server that a tunnel goes through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SshTunnel {
    /// A name, an address, or an alias of `~/.ssh/config`.
    pub host: String,
    /// Its port, where the configuration does not say.
    pub port: Option<u16>,
    /// The user there, where the configuration does not say.
    pub user: Option<String>,
    /// The private key's file, where neither the agent nor the configuration has it.
    pub key_file: Option<String>,
}

impl From<&Gate> for SshTunnel {
    fn from(gate: &Gate) -> Self {
        let Gate {
            host,
            port,
            user,
            key_file,
        } = gate;
        Self {
            host: host.clone(),
            port: *port,
            user: user.clone(),
            key_file: key_file.as_ref().map(|path| path.display().to_string()),
        }
    }
}

impl From<SshTunnel> for Gate {
    fn from(tunnel: SshTunnel) -> Self {
        let SshTunnel {
            host,
            port,
            user,
            key_file,
        } = tunnel;
        Self {
            host: host.trim().to_owned(),
            port,
            user: said(user),
            key_file: said(key_file).map(Into::into),
        }
    }
}

/// What a field says; nothing where it is empty.
fn said(field: Option<String>) -> Option<String> {
    let field = field?.trim().to_owned();
    (!field.is_empty()).then_some(field)
}

/// A connection that was read from a URL or found in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct FoundConnection {
    /// What the file calls it, such as the variable; empty for a URL.
    pub called: String,
    /// Where it leads.
    pub address: ConnectionAddress,
    /// Its password, where it was there.
    pub password: Option<Secret>,
}

impl FoundConnection {
    /// What a connection string says.
    ///
    /// # Errors
    /// `invalid_connection`; the message never repeats the string.
    pub fn from_url(url: &str) -> Result<Self, Error> {
        let (address, settings) = Address::from_url(url)?;
        Ok(Self {
            called: String::new(),
            address: (&address).into(),
            password: settings.password().map(Secret::from),
        })
    }
}

impl From<&imports::FoundConnection> for FoundConnection {
    fn from(found: &imports::FoundConnection) -> Self {
        let imports::FoundConnection {
            called,
            address,
            password,
        } = found;
        Self {
            called: called.clone(),
            address: address.into(),
            password: password.as_ref().map(Secret::from),
        }
    }
}

/// A connection that was saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SavedReport {
    /// The connection.
    pub connection: Connection,
    /// Why its password or the keys of its storage could not be kept; `null` where they were, or where there
    /// were none to keep.
    pub password_problem: Option<WireError>,
}

impl SavedReport {
    /// The connection, and how keeping its password and keys went.
    #[must_use]
    pub fn new(connection: Connection, kept: Result<(), Error>) -> Self {
        Self {
            connection,
            password_problem: kept.err().map(WireError::from),
        }
    }
}

/// What a connection leads to and what it may do there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Survey {
    /// The server's version, such as `15.2`.
    pub server_version: String,
    /// The database role.
    pub role: String,
    /// Version of TLS, such as `TLSv1.3`; `null` where the connection is open.
    pub tls_version: Option<String>,
    /// Whether the connection is set to read only.
    pub is_read_only: bool,
    /// The application that was found; `null` where no profile fits.
    pub application: Option<FoundApplication>,
    /// What its storage holds; `null` where nobody has said where uploaded files are.
    pub storage: Option<StorageFound>,
}

/// What trying out a storage has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct StorageFound {
    /// Where it is, without keys.
    pub address: String,
    /// Why uploaded files cannot be had from there; `null` where they can.
    pub problem: Option<WireError>,
    /// The company whose files were looked for; `null` where there was none to look for.
    pub company: Option<String>,
    /// Its files.
    pub file_count: u64,
    /// Their bytes.
    pub byte_count: u64,
    /// Whether the rows that list files may not be read.
    pub rows_are_hidden: bool,
    /// Files that do not fit what rows say of them.
    pub problem_count: u64,
}

impl StorageFound {
    /// What was found there, or why nothing was.
    #[must_use]
    pub fn new(address: String, found: Result<uploads::StorageSurvey, Error>) -> Self {
        match found {
            Err(error) => Self::failed(address, error.into()),
            Ok(uploads::StorageSurvey {
                address,
                company,
                file_count,
                byte_count,
                rows_are_hidden,
                problem_count,
            }) => Self {
                address,
                problem: None,
                company: company.map(|company| company.name),
                file_count,
                byte_count,
                rows_are_hidden,
                problem_count,
            },
        }
    }

    /// A storage that files cannot be had from.
    #[must_use]
    pub fn failed(address: String, problem: WireError) -> Self {
        Self {
            address,
            problem: Some(problem),
            company: None,
            file_count: 0,
            byte_count: 0,
            rows_are_hidden: false,
            problem_count: 0,
        }
    }
}

/// An application of which there is a profile, and what may be done with its companies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct FoundApplication {
    /// Name of the profile that fits.
    pub profile: String,
    /// Name of the application, for people.
    pub title: String,
    /// How many companies can be chosen; `null` where the role may not even read that.
    pub company_count: Option<u64>,
    /// Whether a company can be backed up; `null` where there is none to ask about.
    pub may_back_up: Option<bool>,
    /// Why it cannot be backed up.
    pub reading_problem: Option<WireError>,
    /// By which rights a company could be restored; `null` where that is not known.
    pub restoring: Option<RestoreRights>,
    /// Whether schema `snapback` is there.
    pub has_state_schema: bool,
    /// The line that an administrator runs before the first restore, where the role may not create it.
    pub state_schema_remedy: Option<String>,
}

/// By which rights a restore would write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum RestoreRights {
    /// As superuser.
    Superuser,
    /// With `session_replication_role` granted.
    ReplicaRole,
    /// As the owner of all tables.
    PlainOwner,
    /// Not at all.
    Not {
        /// What is missing, as a sentence.
        missing: String,
        /// What an administrator runs or what to do instead.
        remedy: String,
    },
}

impl From<&RestorePath> for RestoreRights {
    fn from(path: &RestorePath) -> Self {
        match path {
            RestorePath::Superuser => Self::Superuser,
            RestorePath::ReplicaRole => Self::ReplicaRole,
            RestorePath::PlainOwner => Self::PlainOwner,
            RestorePath::Not { missing, remedy } => Self::Not {
                missing: missing.clone(),
                remedy: remedy.clone(),
            },
        }
    }
}

impl From<&company::Survey> for Survey {
    fn from(survey: &company::Survey) -> Self {
        let company::Survey {
            server_version,
            role,
            encryption,
            is_read_only,
            application,
        } = survey;
        Self {
            server_version: format!("{}.{}", server_version / 10_000, server_version % 10_000),
            role: role.clone(),
            tls_version: match encryption {
                company::Encryption::None => None,
                company::Encryption::Tls(version) => Some(version.clone()),
            },
            is_read_only: *is_read_only,
            application: application.as_ref().map(FoundApplication::from),
            storage: None,
        }
    }
}

impl From<&company::Application> for FoundApplication {
    fn from(application: &company::Application) -> Self {
        let company::Application {
            profile,
            title,
            company_count,
            reading,
            restoring,
            state_schema,
        } = application;
        let (may_back_up, reading_problem) = match reading {
            Reading::Whole => (Some(true), None),
            Reading::Not(error) => (Some(false), Some(error.into())),
            Reading::Unknown => (None, None),
        };
        Self {
            profile: profile.clone(),
            title: title.clone(),
            company_count: *company_count,
            may_back_up,
            reading_problem,
            restoring: restoring.as_ref().map(RestoreRights::from),
            has_state_schema: *state_schema == Schema::Present,
            state_schema_remedy: match state_schema {
                Schema::Present | Schema::MayBeMade => None,
                Schema::MayNotBeMade { remedy } => Some(remedy.clone()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_that_was_not_touched_saves_the_same_connection() {
        let url = "postgres://u:hunter2@db.example/x?sslmode=verify-full&sslrootcert=ca.pem";
        let saved = SavedConnection {
            id: Uuid::from_u128(7),
            name: "Carbon".to_owned(),
            color: saved::Color::Teal,
            environment: saved::Environment::Staging,
            is_read_only: true,
            address: Address {
                tunnel: Some(Gate {
                    host: "bastion".to_owned(),
                    port: Some(2222),
                    user: None,
                    key_file: Some("/keys/id".into()),
                }),
                ..Address::from_url(url).unwrap().0
            },
            acting_as: Some("anna@example.com".to_owned()),
            profile: "carbon".to_owned(),
            storage: Some("file:///srv/storage".to_owned()),
        };
        let form = ConnectionForm::from(&saved);
        let crossed = serde_json::to_string(&form).unwrap();
        assert!(!crossed.contains("hunter2"));
        let form: ConnectionForm = serde_json::from_str(&crossed).unwrap();
        assert_eq!(SavedConnection::try_from(form).unwrap(), saved);
    }

    #[test]
    fn a_password_shows_nothing_of_itself() {
        let found = FoundConnection::from_url("postgres://u:hunter2@h/x").unwrap();
        assert!(!format!("{found:?}").contains("hunter2"));
        let typed: Secret = serde_json::from_str("\"hunter2\"").unwrap();
        assert_eq!(pg::Password::from(typed).reveal(), "hunter2");
    }
}
