//! What every command works with: the database, the library, the profile, and who acts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jiff::Timestamp;
use snapback_demo::{App, Demo};
use snapback_engine::archive::{self, Manifest, Passphrase};
use snapback_engine::company::{self, Actor, Opened, Role, Roles, Target};
use snapback_engine::files::{self, Store, StoreAddress};
use snapback_engine::library::{Entry, Library};
use snapback_engine::model::Profile;
use snapback_engine::pg::Settings;
use snapback_engine::places::Borrowed;
use snapback_engine::reporter::Counters;
use snapback_engine::{CancelToken, Code, Error, profile};
use snapback_host::connections::SavedConnection;
use snapback_host::profiles::DETECTED;
use snapback_host::{self as host, archive_keys, storage};
use tokio::sync::OnceCell;

use crate::args::Global;
use crate::ask;
use crate::commands::place;
use crate::connection;
use crate::deeds::Subject;
use crate::demo;
use crate::failure::{Result, usage};
use crate::format::quoted;
use crate::output;
use crate::progress::Progress;

/// The profile where nobody names one.
const USUAL_PROFILE: &str = "carbon";

/// One call of the command.
pub(crate) struct Context {
    pub(crate) global: Global,
    /// What whoever acts must be allowed to do with the archives that are named.
    pub(crate) needed: Role,
    /// Asks the operation to stop.
    pub(crate) cancel: CancelToken,
    begun: Instant,
    /// The saved connection, once it is used; its tunnel ends with the call.
    saved: OnceCell<host::connections::Open>,
    /// How the database is reached, once that is known.
    database: OnceCell<Settings>,
    /// The demo, once it is looked for.
    demo: OnceCell<Option<Demo>>,
    /// How the database is read, once that was asked.
    profile: OnceCell<Profile>,
    /// Where uploaded files are, once that was asked.
    store: OnceCell<Option<Arc<dyn Store>>>,
    /// What whoever acts may do, once that was asked.
    pub(crate) known_roles: OnceCell<Roles>,
    /// What it was found to be about.
    subject: Mutex<Subject>,
    /// Archives of second places that were brought here for the call.
    borrowed: Mutex<Vec<Borrowed>>,
}

impl Context {
    pub(crate) fn new(global: Global, needed: Role, cancel: CancelToken) -> Self {
        Self {
            global,
            needed,
            cancel,
            begun: Instant::now(),
            saved: OnceCell::new(),
            database: OnceCell::new(),
            demo: OnceCell::new(),
            profile: OnceCell::new(),
            store: OnceCell::new(),
            known_roles: OnceCell::new(),
            subject: Mutex::default(),
            borrowed: Mutex::default(),
        }
    }

    /// What it was found to be about until now, for the audit trail.
    pub(crate) fn subject(&self) -> MutexGuard<'_, Subject> {
        self.subject.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Milliseconds since the command began.
    pub(crate) fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Prints JSON or text, as was asked for.
    pub(crate) fn show(&self, document: &impl serde::Serialize, text: impl FnOnce() -> String) {
        if self.global.json {
            output::document(document);
        } else {
            output::text(&text());
        }
    }

    /// Progress of one operation, shown until it is dropped.
    pub(crate) fn progress(&self) -> Progress {
        Progress::start(self.global.progress)
    }

    /// Work that has no way of its own to be stopped, and can be given up at any moment.
    pub(crate) async fn stoppable<T>(
        &self,
        work: impl Future<Output = snapback_engine::Result<T>>,
    ) -> Result<T> {
        tokio::select! {
            () = self.cancel.cancelled() => Err(Error::cancelled().into()),
            done = work => Ok(done?),
        }
    }

    /// Who acts.
    pub(crate) fn actor(&self) -> Result<Actor> {
        Ok(Actor {
            os_user: host::os_user(),
            host: host::host_name(),
            app_user: self.acting_as()?,
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    /// The database: the saved connection or the URL that is named, else the demo if it is up.
    pub(crate) async fn settings(&self) -> Result<Settings> {
        let finding = self.database.get_or_try_init(|| self.found_settings());
        let settings = finding.await?;
        self.subject().database = Some(settings.clone());
        Ok(settings.clone())
    }

    /// The database, where one is named.
    pub(crate) async fn named_settings(&self) -> Result<Option<Settings>> {
        match self.is_on_demo() {
            true => Ok(None),
            false => self.settings().await.map(Some),
        }
    }

    async fn found_settings(&self) -> Result<Settings> {
        if let Some(name) = &self.global.connection {
            let open = self.saved.get_or_try_init(|| connection::open(name, self));
            return Ok(open.await?.settings.clone());
        }
        let named = self.global.database.as_deref();
        if let Some(url) = named.filter(|url| !url.is_empty()) {
            return Ok(Settings::from_url(url)?);
        }
        let Some(demo) = self.demo().await? else {
            return Err(usage(
                "No database is named.",
                "Name it in SNAPBACK_DATABASE_URL or with --database, or start the demo: snapback demo up",
            ));
        };
        output::note(&match demo.app() {
            App::Carbon => "Using the demo database.".to_owned(),
            app => format!("Using the demo database of {}.", app.title()),
        });
        Ok(Settings::from_url(&demo::entrance(demo).url())?)
    }

    /// The demo, if it is up: of the application whose profile is named, else of the first that there is.
    async fn demo(&self) -> Result<Option<&Demo>> {
        let app = self.global.profile.as_deref();
        let app = app.and_then(|name| name.parse().ok());
        let looking = self.demo.get_or_try_init(|| demo::running(app));
        Ok(looking.await?.as_ref())
    }

    /// The profile that reads the database: the one that is named, else that of the demo where the demo is
    /// worked on, else the one that fits.
    async fn profile_of_database(&self) -> Result<Profile> {
        let finding = self
            .profile
            .get_or_try_init(|| Box::pin(self.find_profile()));
        Ok(finding.await?.clone())
    }

    async fn find_profile(&self) -> Result<Profile> {
        let named = self.profile_name()?;
        if named.is_none()
            && self.is_on_demo()
            && let Some(demo) = self.demo().await?
        {
            return Ok(host::profiles::named(demo.app().name())?);
        }
        if let Some(name) = named.as_deref().filter(|name| *name != DETECTED) {
            return Ok(host::profiles::named(name)?);
        }
        let settings = self.settings().await?;
        self.stoppable(host::profiles::of_database(None, &settings))
            .await
    }

    /// The profile that is named, else that of the database where one is named, else the usual one.
    pub(crate) async fn profile(&self) -> Result<Profile> {
        if self.profile_name()?.is_none() && self.is_on_demo() {
            return Ok(host::profiles::named(USUAL_PROFILE)?);
        }
        self.profile_of_database().await
    }

    /// What the profile is called that is named, here or by the saved connection, or where its file is.
    pub(crate) fn profile_name(&self) -> Result<Option<String>> {
        Ok(match (&self.global.profile, &self.global.connection) {
            (Some(name), _) => Some(name.clone()),
            (None, Some(name)) => Some(connection::saved(name)?.profile),
            (None, None) => None,
        })
    }

    /// E-mail address of the application's user on whose behalf this is called.
    pub(crate) fn acting_as(&self) -> Result<Option<String>> {
        match (&self.global.acting_as, &self.global.connection) {
            (Some(email), _) => Ok(Some(email.clone())),
            (None, Some(name)) => Ok(connection::saved(name)?.acting_as),
            (None, None) => Ok(None),
        }
    }

    /// The profile of that name, where it is known here.
    pub(crate) fn profile_named(&self, name: &str) -> Option<Profile> {
        let given = self.profile_name().ok().flatten();
        let given = given.and_then(|given| host::profiles::named(&given).ok());
        given
            .filter(|profile| profile.name == name)
            .or_else(|| profile::built_in(name))
    }

    /// The profile that is named, else the one by which the first of those archives was made. No database is asked.
    pub(crate) fn profile_of_archives(&self, entries: &[Entry]) -> Result<Profile> {
        if let Some(name) = self.profile_name()?.filter(|name| name != DETECTED) {
            return Ok(host::profiles::named(&name)?);
        }
        let made_by = entries.first().and_then(Entry::summary);
        let known = made_by.and_then(|summary| self.profile_named(&summary.profile));
        known.ok_or_else(|| {
            usage(
                "The profile by which these backups were made is not known here.",
                "Name its file with --profile.",
            )
        })
    }

    pub(crate) async fn target(&self) -> Result<Target> {
        Ok(Target {
            profile: self.profile_of_database().await?,
            settings: self.settings().await?,
            acting_as: self.acting_as()?,
            catalogs: snapback_host::catalog_folder(),
        })
    }

    /// Opens the company of that id or exact name.
    pub(crate) async fn open(&self, reference: &str) -> Result<Opened> {
        let target = self.target().await?;
        tracing::info!(database = %target.settings.target(), "opening a company");
        self.subject().company = Some(reference.to_owned());
        let opened = self.stoppable(company::open(&target, reference)).await?;
        self.subject().is_about(opened.company());
        Ok(opened)
    }

    /// Opens the company with which an archive has to do.
    ///
    /// # Errors
    /// `other_company` where the database is another application's: then it has no such company, either.
    pub(crate) async fn open_for(&self, reference: &str, manifest: &Manifest) -> Result<Opened> {
        let profile = Box::pin(self.target()).await?.profile;
        manifest.require_profile(&profile.name).map_err(|error| {
            error.hint(format!(
                "Name the database of that application; where it is a demo: --profile {}",
                manifest.profile
            ))
        })?;
        Box::pin(self.open(reference)).await
    }

    /// The options that were written to say what is worked on, as a further command needs them.
    pub(crate) fn said_options(&self) -> String {
        let Global {
            connection,
            acting_as,
            library,
            profile,
            ..
        } = &self.global;
        // What the environment names is there for the next command, too.
        let named = host::named_library();
        let library = library
            .as_ref()
            .filter(|folder| named.as_ref() != Some(folder));
        let library = library.map(|folder| folder.display().to_string());
        let said = [
            ("connection", connection.as_ref()),
            ("as", acting_as.as_ref()),
            ("profile", profile.as_ref()),
            ("library", library.as_ref()),
        ];
        let said = said.into_iter().filter_map(|(option, value)| {
            let value = value.filter(|value| !value.is_empty())?;
            Some(format!(" --{option} {}", quoted(value)))
        });
        said.collect()
    }

    /// The archive of that path, file name in the library or beginning of an id, or one at a second place, which is
    /// brought here and checked first.
    pub(crate) async fn find(&self, library: &Library, reference: &str) -> Result<Entry> {
        let borrowed = Box::pin(place::borrow(self, library, reference)).await?;
        let mut entry = match &borrowed {
            None => library.find(reference)?,
            Some(borrowed) => library.entry(borrowed.path().to_owned())?,
        };
        if entry.problem() == Some(Code::KeyNeeded)
            && archive::is_locked_by_passphrase(&entry.path)
            && !self.global.json
            && output::can_ask()
        {
            let question = "The passphrase of the archive: ";
            let words = Passphrase::given(ask::secret(question, &self.cancel).await?);
            library.hold_keys(library.keys().with_passphrase(&words));
            entry = library.entry(entry.path)?;
        }
        self.subject().is_of(&entry);
        Box::pin(self.require(&entry, self.needed)).await?;
        if let Some(borrowed) = borrowed {
            borrowed.verify(library, &Counters::default(), &self.cancel)?;
            let mut held = self.borrowed.lock().unwrap_or_else(PoisonError::into_inner);
            held.push(borrowed);
        }
        Ok(entry)
    }

    /// The storage of uploaded files: the one that is named, else the saved connection's, else the demo's
    /// where the demo is worked on; `None` where there is none.
    pub(crate) async fn named_store(&self) -> Result<Option<Arc<dyn Store>>> {
        let opening = self.store.get_or_try_init(|| self.open_store());
        Ok(opening.await?.clone())
    }

    async fn open_store(&self) -> Result<Option<Arc<dyn Store>>> {
        let Some((address, saved)) = self.storage_address()? else {
            return Ok(None);
        };
        let keys = match saved {
            Some(saved) => connection::storage_keys(&saved, &address, self).await?,
            None => storage::named_keys(),
        };
        Ok(Some(files::open(&address, keys)?))
    }

    /// Where the uploaded files are, and the saved connection that says so.
    pub(crate) fn storage_address(
        &self,
    ) -> Result<Option<(StoreAddress, Option<SavedConnection>)>> {
        let named = self.global.storage.as_deref();
        let named = named.filter(|written| !written.is_empty());
        // What the environment names may belong to another database than the connection's.
        let is_usual = named == storage::named_storage().as_deref();
        if let (Some(name), true) = (&self.global.connection, named.is_none() || is_usual) {
            let saved = connection::saved(name)?;
            if let Some(address) = saved.storage_address()? {
                return Ok(Some((address, Some(saved))));
            }
        }
        let address = match named {
            Some(written) => Some(StoreAddress::parse(written)?),
            None if self.is_on_demo() => storage::demo_storage(),
            None => None,
        };
        Ok(address.map(|address| (address, None)))
    }

    /// Whether no other database than the demo's is named.
    pub(crate) fn is_on_demo(&self) -> bool {
        let named = self.global.database.as_deref();
        self.global.connection.is_none() && named.is_none_or(str::is_empty)
    }

    /// The storage of uploaded files, for a command that cannot do without.
    pub(crate) async fn store(&self) -> Result<Arc<dyn Store>> {
        self.named_store().await?.ok_or_else(|| {
            Error::new(
                Code::StorageNeeded,
                "Nobody has said where the uploaded files are.",
            )
            .hint("Name it in SNAPBACK_STORAGE or with --storage, such as file:///srv/storage")
            .into()
        })
    }

    /// Opens the library as [`library`](Self::library) does, for a command that only reads archives: a folder that is
    /// named and not there is a mistake, and none is made.
    pub(crate) async fn library_to_read(&self) -> Result<Library> {
        let named = self.global.library.as_deref();
        let named = named.filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = named.filter(|folder| !folder.is_dir()) {
            let missing = Error::new(Code::NoSuchArchive, "There is no such library.")
                .hint("Check the name of its folder.");
            return Err(missing.with("library", folder.display()).into());
        }
        self.library().await
    }

    /// Opens the library, with the keys at hand for what is encrypted in it.
    pub(crate) async fn library(&self) -> Result<Library> {
        let named = self.global.library.clone();
        let folder = match named.filter(|folder| !folder.as_os_str().is_empty()) {
            Some(folder) => Some(folder),
            None => host::library_folder(&person_settings()?),
        };
        let folder = folder.ok_or_else(|| {
            usage(
                "This computer names no folder for a person's data.",
                "Name the library's folder with --library.",
            )
        })?;
        let library = Library::open(&folder)?;
        library.hold_keys(archive_keys::at_hand(&library).await?);
        Ok(library)
    }
}

/// What the person has set in the app.
fn person_settings() -> Result<host::Settings> {
    let (settings, kept) = host::Settings::read()?;
    if let Some(kept) = kept {
        output::note(&format!(
            "The settings could not be read, so the usual ones hold. They were kept at {}.",
            kept.display()
        ));
    }
    Ok(settings)
}
