use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use snapback_engine::files::StoreAddress;
use snapback_engine::{Code, Error, Result};
use uuid::Uuid;

use super::address::Address;
use crate::document::{self, Found};

const WHAT: &str = "the saved connections";
/// Changes with the meaning of what is in the file; one that is newer is left alone.
const VERSION: u32 = 1;

/// By what a connection is told apart at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "colours")]
pub enum Color {
    #[default]
    Gray,
    Red,
    Orange,
    Green,
    Teal,
    Blue,
    Purple,
}

/// What a database is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// People work with it.
    #[default]
    Production,
    /// It looks like production, and nobody depends on it.
    Staging,
    /// For trying things out.
    Development,
}

/// A connection as it is saved: everything but its password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedConnection {
    /// Never changes, unlike the name.
    pub id: Uuid,
    /// Name for people, unlike all others.
    pub name: String,
    /// Its colour.
    #[serde(default)]
    pub color: Color,
    /// What the database is used for.
    #[serde(default)]
    pub environment: Environment,
    /// Whether everything that writes is refused.
    #[serde(default)]
    pub is_read_only: bool,
    /// Where the database is.
    pub address: Address,
    /// E-mail address of the application's user on whose behalf it is used.
    #[serde(default)]
    pub acting_as: Option<String>,
    /// How the application's schema is read: a profile that comes with Snapback, a file, or `auto` where the database
    /// tells which one fits.
    pub profile: String,
    /// Where the application's uploaded files are, as [`StoreAddress::parse`] reads it, without keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<String>,
}

impl SavedConnection {
    /// Where the application's uploaded files are; `None` where nobody has said.
    ///
    /// # Errors
    /// `usage` where it cannot be read.
    pub fn storage_address(&self) -> Result<Option<StoreAddress>> {
        let storage = self.storage.as_deref();
        let address = storage.map(StoreAddress::parse).transpose();
        address.map_err(|error| error.with("field", "storage"))
    }
}

#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    connections: Vec<SavedConnection>,
}

/// The file of saved connections.
#[derive(Debug, Clone)]
pub struct SavedConnections {
    path: PathBuf,
}

impl SavedConnections {
    /// Those of the person at this computer.
    ///
    /// # Errors
    /// `local_file` where the system names no folder for them.
    pub fn of_this_person() -> Result<Self> {
        let folder = crate::config_folder().ok_or_else(|| {
            Error::new(
                Code::LocalFile,
                "This computer names no folder for a person's settings.",
            )
            .hint("Set HOME, or XDG_CONFIG_HOME, before starting Snapback.")
        })?;
        Ok(Self::in_folder(&folder))
    }

    /// Those in that folder.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            path: folder.join("connections.json"),
        }
    }

    /// All of them in the order in which they were saved.
    ///
    /// # Errors
    /// `local_file`, also where a newer Snapback wrote them or they cannot be understood: then they are
    /// kept under another name, which the error says.
    pub fn all(&self) -> Result<Vec<SavedConnection>> {
        match document::read::<File>(WHAT, &self.path)? {
            Found::Nothing => Ok(Vec::new()),
            Found::Document(file) if file.version <= VERSION => Ok(file.connections),
            Found::Document(_) => Err(Error::new(
                Code::LocalFile,
                "The saved connections were written by a newer Snapback.",
            )
            .with("path", self.path.display())),
            Found::Unreadable { kept } => Err(Error::new(
                Code::LocalFile,
                "The saved connections could not be understood and were put aside.",
            )
            .hint("Save them again; what was there is kept in that file.")
            .with("path", kept.display())),
        }
    }

    /// The one of that name.
    ///
    /// # Errors
    /// `no_such_connection`, with the names that there are; as [`SavedConnections::all`].
    pub fn named(&self, name: &str) -> Result<SavedConnection> {
        let all = self.all()?;
        let names: Vec<&str> = all.iter().map(|saved| saved.name.as_str()).collect();
        let known = match names.as_slice() {
            [] => "None is saved yet: save one in the app.".to_owned(),
            names => format!("Saved are: {}.", names.join(", ")),
        };
        all.into_iter()
            .find(|saved| saved.name == name)
            .ok_or_else(|| {
                Error::new(
                    Code::NoSuchConnection,
                    "There is no saved connection of that name.",
                )
                .hint(known)
            })
    }

    /// The one of that id.
    ///
    /// # Errors
    /// `no_such_connection`; as [`SavedConnections::all`].
    pub fn by_id(&self, id: Uuid) -> Result<SavedConnection> {
        let found = self.all()?.into_iter().find(|saved| saved.id == id);
        found.ok_or_else(|| Error::new(Code::NoSuchConnection, "This connection is gone."))
    }

    /// Saves a connection, in place of the one of that id.
    ///
    /// # Errors
    /// `usage` for a name that is empty or another's, or a storage that cannot be read; `local_file`,
    /// `disk_full`.
    pub fn put(&self, connection: SavedConnection) -> Result<()> {
        connection.storage_address()?;
        let mut all = self.all()?;
        let name = connection.name.trim();
        if name.is_empty() {
            return Err(
                Error::new(Code::Usage, "The connection needs a name.").with("field", "name")
            );
        }
        let is_anothers = |other: &SavedConnection| other.id != connection.id && other.name == name;
        if all.iter().any(is_anothers) {
            return Err(
                Error::new(Code::Usage, "Another connection has this name.").with("field", "name")
            );
        }
        let connection = SavedConnection {
            name: name.to_owned(),
            ..connection
        };
        match all.iter_mut().find(|saved| saved.id == connection.id) {
            Some(saved) => *saved = connection,
            None => all.push(connection),
        }
        self.write(all)
    }

    /// Forgets a connection; one that is not there is no error.
    ///
    /// # Errors
    /// `local_file`, `disk_full`.
    pub fn remove(&self, id: Uuid) -> Result<()> {
        let mut all = self.all()?;
        all.retain(|saved| saved.id != id);
        self.write(all)
    }

    fn write(&self, connections: Vec<SavedConnection>) -> Result<()> {
        let version = VERSION;
        document::write(
            WHAT,
            &self.path,
            &File {
                version,
                connections,
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection(name: &str) -> SavedConnection {
        SavedConnection {
            id: Uuid::new_v4(),
            name: name.to_owned(),
            color: Color::Teal,
            environment: Environment::Staging,
            is_read_only: true,
            address: Address::from_url("postgres://u:hunter2@db.example/x")
                .unwrap()
                .0,
            acting_as: Some("anna@example.com".to_owned()),
            profile: "carbon".to_owned(),
            storage: Some("s3://?endpoint=https://x.example/s3&region=eu".to_owned()),
        }
    }

    fn saved() -> (tempfile::TempDir, SavedConnections) {
        let folder = tempfile::tempdir().unwrap();
        let saved = SavedConnections::in_folder(folder.path());
        (folder, saved)
    }

    #[test]
    fn connections_are_saved_changed_and_forgotten_without_a_password() {
        let (folder, saved) = saved();
        assert_eq!(saved.all().unwrap(), []);
        let (first, second) = (connection("first"), connection("second"));
        saved.put(first.clone()).unwrap();
        saved.put(second.clone()).unwrap();
        let renamed = SavedConnection {
            name: "renamed".to_owned(),
            ..first.clone()
        };
        saved.put(renamed.clone()).unwrap();
        assert_eq!(saved.all().unwrap(), [renamed, second.clone()]);
        assert_eq!(saved.named("second").unwrap(), second);
        let text = std::fs::read_to_string(folder.path().join("connections.json")).unwrap();
        assert!(!text.contains("hunter2"), "{text}");
        saved.remove(first.id).unwrap();
        assert_eq!(saved.all().unwrap(), [second]);
    }

    #[test]
    fn a_name_is_one_connections_alone() {
        let (_folder, saved) = saved();
        saved.put(connection("carbon")).unwrap();
        for name in ["carbon", " carbon ", " "] {
            let refused = saved.put(connection(name)).unwrap_err();
            assert_eq!(refused.context()["field"], "name", "{name:?}");
        }
        let unknown = saved.named("Carbon").unwrap_err();
        assert_eq!(unknown.code(), Code::NoSuchConnection);
        assert_eq!(unknown.hint_text(), Some("Saved are: carbon."));
    }

    #[test]
    fn a_storage_that_cannot_be_read_is_not_saved_and_none_is_none() {
        let (folder, saved) = saved();
        let mut first = connection("first");
        first.storage = Some("s3://user:hunter2@host".to_owned());
        let refused = saved.put(first.clone()).unwrap_err();
        assert_eq!(refused.context()["field"], "storage");
        assert!(!format!("{refused:?}").contains("hunter2"));
        first.storage = None;
        saved.put(first.clone()).unwrap();
        let text = std::fs::read_to_string(folder.path().join("connections.json")).unwrap();
        assert!(!text.contains("storage"), "{text}");
        assert_eq!(saved.all().unwrap(), [first]);
    }

    #[test]
    fn what_a_newer_snapback_wrote_is_left_alone() {
        let (folder, saved) = saved();
        let path = folder.path().join("connections.json");
        std::fs::write(&path, r#"{ "version": 2, "connections": [] }"#).unwrap();
        assert_eq!(saved.all().unwrap_err().code(), Code::LocalFile);
        assert!(saved.put(connection("x")).is_err());
        assert!(std::fs::read_to_string(&path).unwrap().contains("2"));
    }
}
