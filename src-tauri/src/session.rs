//! What the window works on: one database, one library, and who acts.

use jiff::Timestamp;
use snapback_demo::{Demo, Role};
use snapback_engine::company::{self, Actor, Opened, Target};
use snapback_engine::library::Library;
use snapback_engine::pg::Settings;
use snapback_engine::restore::{Confirmation, RestoreOptions};
use snapback_engine::snapshot::CreateOptions;
use snapback_engine::{Code, Error, Result, profile};
use snapback_wire::{Connection, WireError};

use crate::demo;

/// The profile of the application that is served.
const PROFILE: &str = "carbon";

/// What the window works on.
pub(crate) struct Session {
    /// What the window knows of the database.
    pub(crate) connection: Connection,
    /// The demo, where that is the database.
    pub(crate) demo: Option<Demo>,
    /// The database and how it is read.
    pub(crate) target: Target,
    /// The folder of archives.
    pub(crate) library: Library,
    /// Who acts.
    pub(crate) actor: Actor,
}

impl Session {
    /// On the database of that URL.
    pub(crate) fn on_url(id: &str, url: &str) -> Result<Self> {
        let settings = Settings::from_url(url)?;
        let connection = Connection {
            id: id.to_owned(),
            title: settings.host().to_owned(),
            demo_company: None,
        };
        Self::new(connection, settings, None)
    }

    /// On the demo, whose server is started if need be.
    pub(crate) async fn on_demo() -> Result<Self, WireError> {
        let demo = demo::start().await?;
        let settings = Settings::from_url(&demo.connection(Role::Restorer).url())?;
        Ok(Self::new(demo::connection(), settings, Some(demo))?)
    }

    fn new(connection: Connection, settings: Settings, demo: Option<Demo>) -> Result<Self> {
        let profile = profile::built_in(PROFILE)
            .ok_or_else(|| Error::new(Code::Defect, "The built-in profile is missing."))?;
        let (set, _) = snapback_host::Settings::read()?;
        let folder = snapback_host::library_folder(&set).ok_or_else(no_data_folder)?;
        Ok(Self {
            connection,
            demo,
            target: Target {
                settings,
                profile,
                acting_as: None,
            },
            library: Library::open(&folder)?,
            actor: Actor {
                os_user: snapback_host::os_user(),
                host: snapback_host::host_name(),
                app_user: None,
            },
        })
    }

    /// Opens a company of that id.
    pub(crate) async fn open(&self, company: &str) -> Result<Opened> {
        company::open(&self.target, company).await
    }

    /// The settings of a backup of that company, made now.
    pub(crate) fn create_options(
        &self,
        opened: &Opened,
        label: Option<String>,
    ) -> Result<CreateOptions> {
        let now = Timestamp::now();
        let target = self
            .library
            .new_archive_path(opened.company(), now, label.as_deref())?;
        Ok(CreateOptions {
            label,
            ..CreateOptions::new(target, self.actor.clone(), now)
        })
    }

    /// The settings of a restore that is made now with that consent.
    pub(crate) fn restore_options(&self, confirmation: Confirmation) -> RestoreOptions {
        let spill = self.library.spool_folder().to_owned();
        RestoreOptions {
            confirmation,
            ..RestoreOptions::new(self.actor.clone(), Timestamp::now(), spill)
        }
    }
}

pub(crate) fn no_data_folder() -> Error {
    Error::new(
        Code::LocalFile,
        "This computer names no folder for a person's data.",
    )
    .hint("Name one for the library with SNAPBACK_LIBRARY.")
}
