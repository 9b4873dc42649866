//! The databases that the window may work on, and the sessions that are open on them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use snapback_engine::{Code, Error};
use snapback_wire::{Connection, WireError};
use tokio::sync::OnceCell;

use crate::demo;
use crate::session::Session;

/// Id of the database that the environment names.
const ENVIRONMENT: &str = "environment";
/// Id of the demo.
const DEMO: &str = "demo";

type Opening = Arc<OnceCell<Arc<Session>>>;

/// Every database by its id, each opened by the first command that needs it.
#[derive(Default)]
pub(crate) struct Connections {
    sessions: Mutex<HashMap<String, Opening>>,
}

impl Connections {
    /// The databases that are known, in the order in which they are offered.
    pub(crate) fn known(&self) -> Vec<Connection> {
        let named = snapback_host::database_url().map(|_| Connection {
            id: ENVIRONMENT.to_owned(),
            title: "From the environment".to_owned(),
            demo_company: None,
        });
        let demo = demo::exists().then(demo::connection);
        named.into_iter().chain(demo).collect()
    }

    /// The session on that database, opened where it is not yet.
    ///
    /// # Errors
    /// `no_such_database` where nothing has that id; errors of the demo's server, of the library's
    /// folder and of the connection string.
    pub(crate) async fn session(&self, id: &str) -> Result<Arc<Session>, WireError> {
        let opening = Arc::clone(self.lock().entry(id.to_owned()).or_default());
        let session = opening
            .get_or_try_init(|| async { open(id).await.map(Arc::new) })
            .await?;
        Ok(Arc::clone(session))
    }

    /// Forgets the session on that database. What runs on it goes on to its end.
    pub(crate) fn close(&self, id: &str) {
        self.lock().remove(id);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Opening>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn open(id: &str) -> Result<Session, WireError> {
    match (id, snapback_host::database_url()) {
        (ENVIRONMENT, Some(url)) => Ok(Session::on_url(id, &url)?),
        (DEMO, _) => Session::on_demo().await,
        _ => Err(Error::new(Code::NoSuchDatabase, "There is no such connection.").into()),
    }
}
