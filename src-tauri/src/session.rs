//! What the window works on: one database, one library, and who acts.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use snapback_demo::{App as DemoApp, Demo};
use snapback_engine::archive::Reader;
use snapback_engine::audit::Action;
use snapback_engine::company::{self, Actor, Opened, Role, Roles, Target};
use snapback_engine::files::Store;
use snapback_engine::library::{Entry, Library};
use snapback_engine::model::Profile;
use snapback_engine::pg::{self, Password, Settings};
use snapback_engine::places::{self, Borrowed, PlaceBook};
use snapback_engine::reporter::Counters;
use snapback_engine::restore::{self, Confirmation, RestoreOptions};
use snapback_engine::snapshot::{Corrupted, CreateOptions};
use snapback_engine::{CancelToken, Code, Error, Result};
use snapback_host::connections::SavedConnection;
use snapback_host::places as reached;
use snapback_host::tunnel::{Tunnel, Who};
use snapback_host::{keychain, profiles};
use snapback_wire::{Connection, Include, WireError};

use crate::deeds::{LookedAt, Noted};
use crate::demo;
use crate::storage::Storage;

/// The application of the app's demo.
const DEMO: DemoApp = DemoApp::Carbon;
/// For how long what somebody may do with archives is not asked again. Whatever touches the database opens the
/// company anew, and asks each time.
const ROLES_HOLD: Duration = Duration::from_secs(10);

/// What the window works on.
pub(crate) struct Session {
    /// What the window knows of the database.
    pub(crate) connection: Connection,
    /// The demo, where that is the database.
    pub(crate) demo: Option<Demo>,
    /// The tunnel that the database is reached through; it ends with the session.
    tunnel: Option<Tunnel>,
    /// The database and how it is read.
    pub(crate) target: Target,
    /// Where the application's uploaded files are.
    pub(crate) storage: Storage,
    /// The folder of archives.
    pub(crate) library: Arc<Library>,
    /// Who acts.
    pub(crate) actor: Actor,
    looked_at: LookedAt,
    /// Archives of second places that were brought here, by how the window names them.
    borrowed: tokio::sync::Mutex<HashMap<String, Borrowed>>,
    /// What whoever acts may do, and when that was asked.
    roles: tokio::sync::Mutex<Option<(Instant, Roles)>>,
}

impl Session {
    /// On the database of that URL, read as the application that is found in it.
    pub(crate) async fn on_url(id: &str, url: &str, library: Arc<Library>) -> Result<Self> {
        let settings = Settings::from_url(url)?;
        let profile = profiles::of_database(None, &settings).await?;
        let connection = Connection {
            target: Some(settings.target()),
            ..Connection::unsaved(id, settings.host())
        };
        let storage = Storage::named()?;
        Ok(Self::new(connection, settings, profile, storage, library))
    }

    /// On a saved connection, with the password that the person has typed or the keychain's. Proves
    /// that the server lets us in.
    pub(crate) async fn on_saved(
        saved: &SavedConnection,
        typed: Option<Password>,
        who: &Who,
        library: Arc<Library>,
    ) -> Result<Self> {
        let password = match typed {
            Some(typed) => Some(typed),
            None => keychain::password(saved.id).await?,
        };
        let open = saved.open(password, who).await?;
        pg::Session::open(&open.settings).await?.close().await;
        let profile = profiles::of_database(Some(&saved.profile), &open.settings).await?;
        let storage = Storage::of(saved)?;
        let mut session = Self::new(saved.into(), open.settings, profile, storage, library);
        session.target.acting_as.clone_from(&saved.acting_as);
        session.actor.app_user.clone_from(&saved.acting_as);
        session.tunnel = open.tunnel;
        Ok(session)
    }

    /// On the demo, whose server is started if need be.
    pub(crate) async fn on_demo(library: Arc<Library>) -> Result<Self, WireError> {
        let demo = demo::start().await?;
        let settings = Settings::from_url(&demo.connection(snapback_demo::Role::Restorer).url())?;
        let (profile, storage) = (profiles::named(DEMO.name())?, Storage::of_demo());
        let mut session = Self::new(demo::connection(), settings, profile, storage, library);
        session.demo = Some(demo);
        Ok(session)
    }

    fn new(
        connection: Connection,
        settings: Settings,
        profile: Profile,
        storage: Storage,
        library: Arc<Library>,
    ) -> Self {
        Self {
            connection,
            demo: None,
            tunnel: None,
            target: Target {
                settings,
                profile,
                acting_as: None,
                catalogs: snapback_host::catalog_folder(),
            },
            storage,
            library,
            actor: actor(),
            looked_at: LookedAt::default(),
            borrowed: tokio::sync::Mutex::default(),
            roles: tokio::sync::Mutex::default(),
        }
    }

    /// What whoever acts may do with each company.
    pub(crate) async fn roles(&self) -> Result<Roles> {
        let mut known = self.roles.lock().await;
        if let Some((since, roles)) = known.as_ref()
            && since.elapsed() < ROLES_HOLD
        {
            return Ok(roles.clone());
        }
        let roles = Roles::read(&self.target).await?;
        *known = Some((Instant::now(), roles.clone()));
        Ok(roles)
    }

    /// Makes sure that whoever acts may do as much with an archive's company; of one that cannot be read, with
    /// every one.
    pub(crate) async fn require_of(&self, entry: &Entry, needed: Role) -> Result<()> {
        self.roles().await?.require_of(entry.company_id(), needed)
    }

    /// Makes sure that whoever acts may manage every company: for what is not one company's alone.
    pub(crate) async fn require_everywhere(&self) -> Result<()> {
        self.roles().await?.require_everywhere(Role::Admin)
    }

    /// Notes that rows of an archive are looked at, with the first of them.
    pub(crate) fn note_looked_at(&self, entry: &Entry, how: &'static str) {
        let noted = || Noted::new(self, Action::Inspect).about(entry);
        self.looked_at.note(&entry.path, how, noted);
    }

    /// What the window knows of the database, and of its role and its storage as they are now.
    pub(crate) async fn shown(&self) -> Connection {
        let may_write = company::may_write(&self.target).await;
        Connection {
            // What cannot be asked is found out by whatever is begun.
            role_only_reads: may_write.is_ok_and(|may| !may),
            storage: self.storage.shown().await,
            ..self.connection.clone()
        }
    }

    /// The storage, where a backup or a restore is to include uploaded files.
    pub(crate) async fn files(&self, include: Include) -> Result<Option<Arc<dyn Store>>> {
        match include {
            Include::DataOnly => Ok(None),
            Include::DataAndFiles => self.storage.open().await.map(Some),
        }
    }

    /// The storage, where the restore that waits has changed uploaded files, or they wait for their place.
    pub(crate) async fn files_of_review(
        &self,
        opened: &mut Opened,
    ) -> Result<Option<Arc<dyn Store>>> {
        let status = restore::review_status(opened, &self.library).await?;
        if status.files.is_some() || status.waiting.is_some() {
            return self.storage.open().await.map(Some);
        }
        Ok(None)
    }

    /// The name of the saved connection that it is on.
    pub(crate) fn saved_name(&self) -> Option<String> {
        let Connection {
            is_saved, title, ..
        } = &self.connection;
        is_saved.then(|| title.clone())
    }

    /// Whether its tunnel has ended by itself.
    pub(crate) fn is_over(&self) -> bool {
        self.tunnel.as_ref().is_some_and(Tunnel::is_over)
    }

    /// Opens a company of that id.
    pub(crate) async fn open(&self, company: &str) -> Result<Opened> {
        company::open(&self.target, company).await
    }

    /// An archive of the library by its path, or one at a second place, with whose company whoever acts may do as much:
    /// the window names no other file.
    pub(crate) async fn archive(&self, path: &str, needed: Role) -> Result<Entry> {
        if let Some((number, file)) = places::at_place(path)? {
            let entry = Box::pin(self.borrow(number, file)).await?;
            self.require_of(&entry, needed).await?;
            return Ok(entry);
        }
        self.in_library(path, needed).await
    }

    /// An archive of the library by its path, and no other: for what changes one.
    pub(crate) async fn in_library(&self, path: &str, needed: Role) -> Result<Entry> {
        let path = PathBuf::from(path);
        if path.parent() != Some(self.library.folder()) {
            return Err(
                Error::new(Code::NoSuchArchive, "This archive is not in the library.")
                    .with("archive", path.display()),
            );
        }
        let entry = self.library.entry(path)?;
        self.require_of(&entry, needed).await?;
        Ok(entry)
    }

    /// An archive of a second place, brought here and checked when it is first asked for; it goes with the session.
    async fn borrow(&self, number: u32, file: &str) -> Result<Entry> {
        let mut borrowed = self.borrowed.lock().await;
        let name = places::reference_to(number, file);
        if let Some(known) = borrowed.get(&name) {
            return self.library.entry(known.path().to_owned());
        }
        let (library, cancel) = (&self.library, CancelToken::new());
        let book = PlaceBook::open(library)?;
        let destination = reached::open(book.place(number)?, &cancel).await?;
        let found = places::borrow(library, &destination, file, &cancel).await?;
        let found = tokio::task::block_in_place(|| {
            found
                .verify(library, &Counters::default(), &cancel)
                .map(|()| found)
        })?;
        let entry = library.entry(found.path().to_owned())?;
        borrowed.insert(name, found);
        Ok(entry)
    }

    /// Opens an archive of the library by its path, as [`Self::archive`] finds it.
    pub(crate) async fn reader(&self, path: &str, needed: Role) -> Result<Reader> {
        let entry = self.archive(path, needed).await?;
        self.library.open_archive(&entry.path)
    }

    /// The settings of a backup of that company, made now.
    pub(crate) fn create_options(
        &self,
        opened: &Opened,
        label: Option<String>,
        corrupted: Corrupted,
        files: Option<Arc<dyn Store>>,
    ) -> Result<CreateOptions> {
        let now = Timestamp::now();
        let target = self
            .library
            .new_archive_path(opened.company(), now, label.as_deref())?;
        Ok(CreateOptions {
            label,
            corrupted,
            files,
            ..CreateOptions::new(target, self.actor.clone(), now)
        })
    }

    /// The settings of a restore that is made now with that consent.
    pub(crate) fn restore_options(
        &self,
        confirmation: Confirmation,
        files: Option<Arc<dyn Store>>,
    ) -> RestoreOptions {
        let spill = self.library.spool_folder().to_owned();
        RestoreOptions {
            confirmation,
            files,
            ..RestoreOptions::new(self.actor.clone(), Timestamp::now(), spill)
        }
    }
}

/// Who sits at this computer.
pub(crate) fn actor() -> Actor {
    Actor {
        os_user: snapback_host::os_user(),
        host: snapback_host::host_name(),
        app_user: None,
    }
}
