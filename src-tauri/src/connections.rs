//! The databases that the window may work on, and the sessions that are open on them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use snapback_engine::files::Keys;
use snapback_engine::pg::Password;
use snapback_engine::{Code, Error};
use snapback_host::connections::{SavedConnection, SavedConnections};
use snapback_host::keychain;
use snapback_host::tunnel::Who;
use snapback_wire::{Connection, WireError};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::demo;
use crate::session::Session;
use crate::shelf::Shelf;

/// Id of the database that the environment names.
const ENVIRONMENT: &str = "environment";
/// Id of the demo.
const DEMO: &str = "demo";

type Opening = Arc<OnceCell<Arc<Session>>>;

/// Every database by its id, each opened by the first command that needs it.
pub(crate) struct Connections {
    sessions: Mutex<HashMap<String, Opening>>,
    /// The library that all of them use.
    pub(crate) shelf: Shelf,
    /// Who answers what the SSH client asks.
    pub(crate) who: Who,
}

impl Connections {
    /// None open yet. What the SSH client wants to know is asked there.
    pub(crate) fn asking(who: Who) -> Self {
        Self {
            sessions: Mutex::default(),
            shelf: Shelf::default(),
            who,
        }
    }

    /// The databases that are known, in the order in which they are offered.
    ///
    /// # Errors
    /// `local_file` where the saved ones cannot be read.
    pub(crate) fn known(&self) -> Result<Vec<Connection>, Error> {
        let named = snapback_host::database_url()
            .map(|_| Connection::unsaved(ENVIRONMENT, "From the environment"));
        let saved = SavedConnections::of_this_person()?.all()?;
        let demo = demo::exists().then(demo::connection);
        let saved = saved.iter().map(Connection::from);
        Ok(named.into_iter().chain(saved).chain(demo).collect())
    }

    /// The session on that database, opened where it is not yet.
    ///
    /// # Errors
    /// `no_such_connection` where nothing has that id; `password_needed`; errors of the demo's server,
    /// of the library's folder and of the connection.
    pub(crate) async fn session(&self, id: &str) -> Result<Arc<Session>, WireError> {
        self.open(id, None).await
    }

    /// The same with a password that the person has typed, in place of the keychain's. A session whose
    /// tunnel has ended by itself is opened anew.
    ///
    /// # Errors
    /// As [`Connections::session`].
    pub(crate) async fn open(
        &self,
        id: &str,
        password: Option<Password>,
    ) -> Result<Arc<Session>, WireError> {
        let opening = {
            let mut sessions = self.lock();
            let is_over =
                |opening: &Opening| opening.get().is_some_and(|session| session.is_over());
            if password.is_some() || sessions.get(id).is_some_and(is_over) {
                sessions.remove(id);
            }
            Arc::clone(sessions.entry(id.to_owned()).or_default())
        };
        let session = opening
            .get_or_try_init(|| async { self.begin(id, password).await.map(Arc::new) })
            .await?;
        Ok(Arc::clone(session))
    }

    async fn begin(&self, id: &str, password: Option<Password>) -> Result<Session, WireError> {
        let library = self.shelf.library_with_keys().await?;
        Ok(match (id, snapback_host::database_url()) {
            (ENVIRONMENT, Some(url)) => Session::on_url(id, &url, library).await?,
            (DEMO, _) => Session::on_demo(library).await?,
            _ => Session::on_saved(&saved(id)?, password, &self.who, library).await?,
        })
    }

    /// Forgets the session on that database. What runs on it goes on to its end.
    pub(crate) fn close(&self, id: &str) {
        self.lock().remove(id);
    }

    /// Forgets all sessions: what they were opened with has changed.
    pub(crate) fn close_all(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Opening>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The saved connection of that id.
///
/// # Errors
/// `no_such_connection`; `local_file`.
pub(crate) fn saved(id: &str) -> Result<SavedConnection, Error> {
    let id = id
        .parse()
        .map_err(|_| Error::new(Code::NoSuchConnection, "This connection is gone."))?;
    SavedConnections::of_this_person()?.by_id(id)
}

/// Keeps typed keys of a storage in the keychain, or forgets those that are there where none are to be kept.
///
/// # Errors
/// `storage_keys_needed` where the keychain does not open.
pub(crate) async fn keep_keys(id: Uuid, keys: Option<&Keys>, is_kept: bool) -> Result<(), Error> {
    match (keys, is_kept) {
        (Some(keys), true) => keychain::remember_storage_keys(id, keys).await,
        (None, true) => Ok(()),
        (_, false) => keychain::forget_storage_keys(id).await,
    }
}

/// Keeps a typed password in the keychain, or forgets the one that is there where none is to be kept:
/// then it is asked for each time.
///
/// # Errors
/// `password_needed` where the keychain does not open.
pub(crate) async fn keep_password(
    id: Uuid,
    password: Option<&Password>,
    is_kept: bool,
) -> Result<(), Error> {
    match (password, is_kept) {
        (Some(password), true) => keychain::remember(id, password).await,
        (None, true) => Ok(()),
        (_, false) => keychain::forget(id).await,
    }
}
